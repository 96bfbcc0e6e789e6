"""The report as a list of typed sections, which every form of it walks in order."""
