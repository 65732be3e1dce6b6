"""The workspace "Results" without a screen: runs of methods over the open data set, their table and plots."""
