"""What folds rows into profiles, one file each."""
