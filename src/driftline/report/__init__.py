"""The forms of the report, over one `Result`. They lay out; they compute nothing."""
