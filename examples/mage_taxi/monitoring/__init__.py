"""What the blocks share."""
