"""Mesh edge maps of many pictures at once on a graphics card: `edges`, `render` and `factory` again in torch.

Import the drawer from `drawer`, the maps of posed bodies from `maps`. Any torch device with float64 will do.
"""
