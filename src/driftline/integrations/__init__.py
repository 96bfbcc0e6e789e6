"""Driftline in the tools that a team has already."""
