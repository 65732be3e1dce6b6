"""Pictures of meshes without a GPU: depth and identity buffers, shaded overlays, visibility of joints.

Import from the modules: `zbuffer`, `overlay`, `visibility`. None of them loads numba before it is used.
"""
