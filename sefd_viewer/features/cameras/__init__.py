"""Workspace Cameras: all views of one moment, extrinsics, conventions, one image plane."""
