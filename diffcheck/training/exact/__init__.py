"""What a step makes exactly, what rounding may make of it, and the replay of a run; knows nothing of torch."""
