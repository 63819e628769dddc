"""What the command line can be asked to do: a module a command, and table.py, which names them all."""
