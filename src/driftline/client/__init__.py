"""Runs in your service: logger, spool, middleware, instruments."""
