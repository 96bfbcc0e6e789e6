"""Suites that every part of a kind passes, for this project's parts and for those of others."""
