"""What Prometheus reads: the page of metrics, rules to alert by, and the history of windows at their own times."""
