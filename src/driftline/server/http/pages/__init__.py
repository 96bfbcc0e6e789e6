"""Pages of the server: one file each, found by name; each declares its path, its access and its responses."""
