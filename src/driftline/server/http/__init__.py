"""HTTP: routes, access, tokens, responses and the OpenAPI document."""
