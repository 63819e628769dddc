"""TOML to Case, with file, line and column in every error; the sampling of points."""
