"""Measures how often verdicts are false, how often changes are found, and how often intervals hold the truth."""
