"""What a watch remembers from window to window, besides evidence and incidents."""
