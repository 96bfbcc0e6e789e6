"""Which rows are in which segment: values, ranges, conditions, intersections, and the groups of an attribute."""
