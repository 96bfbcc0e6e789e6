"""Stores of results, one file each."""
