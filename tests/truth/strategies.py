"""Numbers at which formulas are tried."""

from hypothesis import strategies as st

short = st.integers(-80, 80).map(lambda each: each / 8)
"""Short binary numbers, kinks and borders among them."""
doubles = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=True)
"""Any finite double, subnormals and the largest among them."""
