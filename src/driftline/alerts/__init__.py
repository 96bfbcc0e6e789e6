"""Decides what lasts and who is told: evidence over windows, incidents, delivery."""
