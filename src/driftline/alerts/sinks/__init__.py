"""Receivers of notifications, one file each."""
