"""What makes verdicts of estimates, one file each."""
