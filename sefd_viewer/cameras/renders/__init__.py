"""Renders of a whole set as files: bodies over every photo, contact sheets of sequences, films."""
