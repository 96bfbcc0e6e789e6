"""What other tools wrote, as checks."""
