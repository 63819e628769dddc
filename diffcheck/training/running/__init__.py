"""Runs in torch, and all that torch has before and after each action; knows nothing of what is true."""
