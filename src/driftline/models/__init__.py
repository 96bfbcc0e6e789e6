"""What models tell beside each other: whether one is still the best, and what it loses without a feature."""
