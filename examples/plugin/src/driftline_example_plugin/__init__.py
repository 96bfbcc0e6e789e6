"""Parts for Driftline in a package of its own: a metric, the state that it is taken from, and a derived column."""
