"""Text to Formula: the table of functions, the reader, the list of operations. Knows nothing of torch or flint."""
