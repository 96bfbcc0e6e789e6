"""Views of the dashboard: one file each, found by name; each reads a store, and says how it looks."""
