"""A person's own limits: validated, evaluated, suggested."""
