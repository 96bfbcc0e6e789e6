"""Folds by compiled loops in place of a sort, where Numba is installed and it pays."""
