"""The path of a served row: log, panes, windows, late labels, watermark."""
