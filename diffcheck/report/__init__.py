"""Results to what people and machines read; sees results only."""
