"""Dashboards, alert rules and provisioning for Grafana."""
