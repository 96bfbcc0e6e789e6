"""What `driftline export` writes, one file each, found by name."""
