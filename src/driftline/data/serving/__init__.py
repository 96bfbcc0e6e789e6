"""What model servers and their tracers write: inference payloads, the events that carry them, and spans of calls."""
