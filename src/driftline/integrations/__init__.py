"""Thin adapters to the orchestrators and registries that a team already has, one file each."""
