"""Presentations on the screen: the slides, and the list of cases."""
