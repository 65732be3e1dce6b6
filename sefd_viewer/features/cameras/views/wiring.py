"""Which signal of the widgets changes what in the state: all in one place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtGui import QGuiApplication

from sefd_viewer.features.cameras.frame import FRAME
from sefd_viewer.features.cameras.model import (
    choose_joint,
    with_board,
    with_calibration,
    with_conventions,
    with_mode,
    with_option,
)
from sefd_viewer.features.cameras.pages import with_depth_order
from sefd_viewer.features.cameras.service import service_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from sefd_viewer.app.controller import Controller
    from sefd_viewer.features.cameras.views.extrinsics import ExtrinsicsTab
    from sefd_viewer.features.cameras.views.image_plane import ImagePlaneTab
    from sefd_viewer.features.cameras.views.inspector import InspectorTab
    from sefd_viewer.features.cameras.views.residuals import ResidualTab
    from sefd_viewer.gui.main_window import MainWindow


def connect_residuals(tab: ResidualTab, controller: Controller) -> None:
    """The joint, what residuals are measured against, and their unit."""

    def choose(name: str) -> Any:
        return lambda value: controller.store.set(with_board(controller.state, **{name: value}))

    tab.joint_chosen.connect(
        lambda joint: controller.store.set(choose_joint(controller.state, joint), remember=False)
    )
    tab.against_chosen.connect(choose("against"))
    tab.unit_chosen.connect(choose("unit"))
    tab.told.connect(controller.say)


def extrinsics_tab(controller: Controller) -> ExtrinsicsTab:
    """Which mode bodies have, and which outlines lie over the photos."""
    from sefd_viewer.features.cameras.views.extrinsics import ExtrinsicsTab

    tab, store = ExtrinsicsTab(), controller.store
    tab.mode_chosen.connect(lambda mode: store.set(with_mode(controller.state, mode)))
    tab.steps.use_exact.clicked.connect(lambda: store.set(with_mode(controller.state, "exact")))
    tab.steps.check.clicked.connect(lambda: _run(tab, "check_all_photos"))
    tab.steps.report.clicked.connect(lambda: _run(tab, "camera_report"))
    tab.outlines_chosen.connect(lambda modes: store.set(with_board(controller.state, outlined=modes)))
    return tab


def image_plane_tab(controller: Controller) -> ImagePlaneTab:
    """Whose bodies, and their order in depth."""
    from sefd_viewer.features.cameras.views.image_plane import ImagePlaneTab

    tab, store = ImagePlaneTab(), controller.store

    def order(keys: tuple[str, ...]) -> None:
        state, implied = controller.state, FRAME.of(controller.frame).image_plane.implied
        if state.record is not None:
            store.set(with_depth_order(state, state.record, keys, implied))

    tab.method_chosen.connect(lambda method: store.set(replace(controller.state, overlay=method)))
    tab.ordered.connect(order)
    tab.reset_clicked.connect(lambda: order(FRAME.of(controller.frame).image_plane.implied))
    return tab


def inspector_tab(controller: Controller) -> InspectorTab:
    """The cards, the diagnosis, and another calibration."""
    from sefd_viewer.features.cameras.views.inspector import InspectorTab

    tab, store, service = InspectorTab(), controller.store, service_of(controller)

    def clear(pairs: tuple[tuple[str, object], ...], view: str | None) -> None:
        state = controller.state
        for step, value in pairs:
            state = with_option(state, step, value, view)
        store.set(state)

    def copy(text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        controller.say("The diagnosis is on the clipboard")

    tab.chosen.connect(
        lambda step, value, view: store.set(
            with_option(controller.state, step, value, view), merge=f"{step} {view}"
        )
    )
    tab.cleared.connect(clear)
    tab.all_cleared.connect(lambda: store.set(with_conventions(controller.state, None)))
    tab.calibration_wanted.connect(lambda: _run(tab, "open_calibration"))
    tab.calibration_dropped.connect(lambda: store.set(with_calibration(controller.state, None)))
    tab.diagnosis.started.connect(service.diagnose)
    tab.diagnosis.stopped.connect(service.stop_diagnosis)
    tab.diagnosis.applied.connect(service.apply)
    tab.diagnosis.copied.connect(copy)
    tab.diagnosis.write.connect(lambda: _run(tab, "write_corrected"))
    return tab


def _run(widget: QWidget, command: str) -> None:
    """Run a command as a menu does."""
    cast("MainWindow", widget.window()).actions_table.run(command)
