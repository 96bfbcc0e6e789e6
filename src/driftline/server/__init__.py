"""The server: rows come in over HTTP, and are acknowledged once they are durable."""
