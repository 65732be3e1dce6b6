"""The colours of found, false and missed edges: blue, grey, orange, distinct for colour-blind people too."""

from __future__ import annotations

from sefd_viewer.app.state import Color

HIT: Color = (80, 190, 255)
FALSE: Color = (150, 150, 150)
MISSED: Color = (255, 130, 50)
