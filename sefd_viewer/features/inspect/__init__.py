"""Workspace Inspect: what every method says of one person."""
