"""Pages over a store for people, and the same as JSON: one file a view; computes nothing."""
