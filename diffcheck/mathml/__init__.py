"""A case's mathematics as Presentation MathML, from sympy's expressions; knows nothing of torch."""
