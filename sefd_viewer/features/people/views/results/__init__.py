"""The workspace "Results": runs, their table and linked plots."""
