"""Thin commands over the same functions that the window uses."""
