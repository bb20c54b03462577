"""Malformed frames against a running hub, and Schemathesis over its OpenAPI document."""
