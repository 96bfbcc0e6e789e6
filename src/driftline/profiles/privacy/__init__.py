"""Values of few rows: labels become hashes, numbers are rounded, and what looks like persons is recognised."""
