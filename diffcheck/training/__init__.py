"""Training semantics: update rules, one step judged at a time, the replay of a whole run."""
