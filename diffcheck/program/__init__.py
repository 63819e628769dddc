"""Formula or somebody's code to torch: lowering, the table of modes, the gradient. Knows nothing of flint."""
