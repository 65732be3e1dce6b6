"""Cameras of several views: their calibrations in the files that people hold."""
