"""What brings rows from brokers, folders and tables, one file each."""
