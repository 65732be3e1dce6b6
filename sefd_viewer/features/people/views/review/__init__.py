"""The workspace "Review": rows or a wall of pictures, findings with thresholds, the case and its verdict."""
