"""A body in a plugin: the open body, smaller; data sets name it by its id, `open-child`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sefd_viewer import api

SIZE = 0.68
"""1.15 m, as tall as a child of six, of the open body's 1.7 m."""


def make() -> api.BodyModel:
    """The model: every length is scaled, skinning and joints stay."""
    grown = api.open_body()
    smaller = {name: (getattr(grown, name) * SIZE).astype(np.float32) for name in ("v_template", "shapedirs")}
    posed = None if grown.posedirs is None else (grown.posedirs * SIZE).astype(np.float32)
    return replace(grown, id="open-child", name="Open child", posedirs=posed, **smaller)
