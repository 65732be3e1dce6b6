"""Where a picture comes from, for the file that holds it: program, data, record, weights and settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sefd_viewer import __version__
from sefd_viewer.app.method_files import run_method
from sefd_viewer.app.methods import CHOICE, MEASURED, TRUTH
from sefd_viewer.app.methods import Method as Shown
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.evaluation.runs.methods import Method


def provenance(controller: Controller) -> dict[str, Any]:
    """What one needs to make the picture of the record in view again; `with_hashes` makes it ready for JSON.

    `methods` are those whose bodies are shown.
    """
    scene = controller.content.scene
    people = [f"{person.key}: {person.pose2d.source}" for person in scene.people] if scene else []
    shown = [method for method, stage in controller.content.stages.items() if stage.bodies]
    return {**_common(controller, shown), "record": controller.state.record, "people": people}


def film_provenance(controller: Controller, keys: Sequence[str], rate: float) -> dict[str, Any]:
    """What one needs to make a film of these records again; `methods` are those that have a view."""
    sequence = {
        "first": keys[0],
        "last": keys[-1],
        "frames": len(keys),
        "frames each second": rate,
    }
    shown = [info.id for info in CHOICE.of(controller.state).shown()]
    return {**_common(controller, shown), "sequence": sequence}


def with_hashes(about: Mapping[str, Any]) -> dict[str, Any]:
    """The same with `methods` as hashes of weights or predictions: it takes a while to read them."""
    found = about["methods"].items()
    methods = {name: one if isinstance(one, str) else one.identity() for name, one in found}
    return {**about, "methods": methods}


def _source(method: Shown, controller: Controller) -> Method | str:
    """What tells a method's bodies from others', or in words whose they are."""
    info = CHOICE.of(controller.state).info(method)
    if info.kind not in MEASURED:
        return "annotation" if method == TRUTH else f"a {info.kind}"
    try:
        return run_method(info, controller.settings.weights, controller.content)
    except SefdError as error:
        return str(error)


def _common(controller: Controller, shown: Sequence[Shown]) -> dict[str, Any]:
    state, dataset = controller.state, controller.content.dataset
    return {
        "program": f"sefd-viewer {__version__}",
        "data set": dataset.name if dataset is not None else None,
        "format": dataset.format if dataset is not None else None,
        "methods": {method: _source(method, controller) for method in shown},
        "body edges on the photo": state.overlay,
        "edges": asdict(state.edges),
        "device": controller.device,
    }
