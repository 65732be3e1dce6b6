"""Bodies that other programs predicted, read from their files: one family of formats is one file."""
