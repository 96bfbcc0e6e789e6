"""Groups of rows side by side: how far their rates are apart, and in which cells a mean is higher than elsewhere."""
