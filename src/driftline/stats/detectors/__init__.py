"""Detectors of changes in streams, one file each: the class is found by the name of its file."""
