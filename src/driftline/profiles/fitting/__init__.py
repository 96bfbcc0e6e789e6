"""Makes the plan of a reference: kinds, roles, task, bins and classes, and the model of its errors."""
