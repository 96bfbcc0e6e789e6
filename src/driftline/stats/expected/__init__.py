"""What outcomes and errors to expect of rows whose labels have not come."""
