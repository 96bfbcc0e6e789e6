"""Columns computed from other columns, one file each: the file is named as the derivation."""
