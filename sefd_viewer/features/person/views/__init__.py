"""Widgets around the workspaces."""
