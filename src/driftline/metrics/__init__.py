"""Everything that is measured, one file each: the file is named as the metric."""
