"""Formula to truth: symbolic derivative, enclosures, allowance, limits, finite differences. Knows nothing of torch."""
