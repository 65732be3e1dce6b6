"""The widget of workspace Inspect."""

from __future__ import annotations

from sefd_viewer.app.controller import Controller
from sefd_viewer.gui import wiring
from sefd_viewer.gui.central import CentralArea


def make_inspect(controller: Controller) -> CentralArea:
    """Photo, edges and 3D views, connected with the state."""
    central = CentralArea()
    wiring.connect_central(central, controller)
    return central
