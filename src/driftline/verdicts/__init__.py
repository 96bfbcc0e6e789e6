"""Turns estimates into verdicts: baseline, tolerance, timelines, and the `Result`."""
