"""Playback of sequences: the bar below the views of the workspace "Inspect"."""
