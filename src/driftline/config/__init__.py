"""Typed settings: `driftline.yaml`, the environment and flags, with where each was said."""
