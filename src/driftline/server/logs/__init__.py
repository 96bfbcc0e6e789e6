"""Logs of batches, one file each."""
