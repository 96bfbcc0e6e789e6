"""What keeps results, one file each."""
