"""What only a model in hand can tell: what it loses without a feature."""
