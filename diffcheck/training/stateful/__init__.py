"""The machine that explores a training loop: world and shadow, actions, judgement, and the program that repeats it."""
