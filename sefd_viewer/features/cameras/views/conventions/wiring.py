"""The three tabs, made and wired: which signal changes what in the state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from PySide6.QtGui import QGuiApplication

from sefd_viewer.features.cameras.conventions import choices
from sefd_viewer.features.cameras.image_plane_frame import with_depth_order

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.features.cameras.views.conventions.extrinsics_tab import ExtrinsicsTab
    from sefd_viewer.features.cameras.views.conventions.image_plane_tab import ImagePlaneTab
    from sefd_viewer.features.cameras.views.conventions.inspector_tab import InspectorTab
    from sefd_viewer.gui.main_window import MainWindow


def extrinsics_tab(controller: Controller) -> ExtrinsicsTab:
    """Which mode bodies have, and which outlines lie over the photos."""
    from sefd_viewer.features.cameras.views.conventions.extrinsics_tab import ExtrinsicsTab

    tab, store = ExtrinsicsTab(), controller.store
    tab.mode_chosen.connect(lambda mode: store.set(choices.with_mode(controller.state, mode)))
    tab.outlines_chosen.connect(lambda modes: store.set(replace(controller.state, outlined_modes=modes)))
    return tab


def image_plane_tab(controller: Controller) -> ImagePlaneTab:
    """Whose bodies, and their order in depth."""
    from sefd_viewer.features.cameras.views.conventions.image_plane_tab import ImagePlaneTab

    tab, store = ImagePlaneTab(), controller.store

    def order(keys: tuple[str, ...]) -> None:
        state, implied = controller.state, controller.frame.image_plane.implied
        if state.record is not None:
            store.set(with_depth_order(state, state.record, keys, implied))

    tab.method_chosen.connect(lambda method: store.set(replace(controller.state, overlay=method)))
    tab.ordered.connect(order)
    tab.reset_clicked.connect(lambda: order(controller.frame.image_plane.implied))
    return tab


def inspector_tab(controller: Controller) -> InspectorTab:
    """The cards, the diagnosis, and another calibration."""
    from sefd_viewer.features.cameras.views.conventions.inspector_tab import InspectorTab

    tab, store, desk = InspectorTab(), controller.store, controller.conventions

    def clear(pairs: tuple[tuple[str, object], ...], view: str | None) -> None:
        state = controller.state
        for step, value in pairs:
            state = choices.with_option(state, step, value, view)
        store.set(state)

    def copy(text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        controller.say("The diagnosis is on the clipboard")

    tab.chosen.connect(
        lambda step, value, view: store.set(
            choices.with_option(controller.state, step, value, view), merge=f"{step} {view}"
        )
    )
    tab.cleared.connect(clear)
    tab.all_cleared.connect(lambda: store.set(choices.with_conventions(controller.state, None)))
    tab.calibration_wanted.connect(
        lambda: cast("MainWindow", tab.window()).actions_table.run("open_calibration")
    )
    tab.calibration_dropped.connect(lambda: store.set(choices.with_calibration(controller.state, None)))
    tab.diagnosis.started.connect(desk.diagnose)
    tab.diagnosis.stopped.connect(desk.stop)
    tab.diagnosis.applied.connect(desk.apply)
    tab.diagnosis.copied.connect(copy)
    return tab
