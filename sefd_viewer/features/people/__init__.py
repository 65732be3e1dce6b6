"""Everybody in the data set: errors, findings, verdicts and tags."""
