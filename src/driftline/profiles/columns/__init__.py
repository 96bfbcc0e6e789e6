"""One column of a batch, read once: the cleaned values of any part of its rows."""
