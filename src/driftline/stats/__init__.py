"""Statistics on arrays: divergences, distances between distributions, intervals, multiplicity."""
