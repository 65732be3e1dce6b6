"""Numbers behind the check of cameras and annotations; no window, no pictures."""
