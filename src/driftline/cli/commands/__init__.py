"""One file a command of the terminal: a click command named like its file."""
