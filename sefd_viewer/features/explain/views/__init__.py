"""The widgets of the workspace "Explain"."""
