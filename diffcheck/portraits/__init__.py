"""The numbers behind the pictures of a case's worst result, gathered only where a report asks for them."""
