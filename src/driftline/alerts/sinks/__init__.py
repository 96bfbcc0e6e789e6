"""Where incidents are told, one file each."""
