"""Folds rows into mergeable summaries under a frozen plan."""
