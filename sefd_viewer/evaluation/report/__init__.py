"""One HTML file about cases of a run: pictures to wipe, meshes to turn, numbers, and where they come from."""
