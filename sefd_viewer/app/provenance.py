"""Where a picture comes from, for the file that holds it: program, data, record, weights and settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sefd_viewer import __version__
from sefd_viewer.app.methods import Method as Shown
from sefd_viewer.app.methods import as_role
from sefd_viewer.app.resolve import shown_methods

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller


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
    return {**_common(controller, shown_methods(controller.content)), "sequence": sequence}


def with_hashes(about: Mapping[str, Any]) -> dict[str, Any]:
    """The same with `methods` as hashes of their weights, or "annotation": it takes a while to read them."""
    methods = {name: one.identity() if one else "annotation" for name, one in about["methods"].items()}
    return {**about, "methods": methods}


def _common(controller: Controller, shown: Sequence[Shown]) -> dict[str, Any]:
    from sefd_viewer.evaluation.runs.methods import Method

    state, settings, dataset = controller.state, controller.settings, controller.content.dataset
    roles = {method: as_role(method) for method in shown}
    methods = {name: role and Method(name, role, settings.weights.get(role)) for name, role in roles.items()}
    return {
        "program": f"sefd-viewer {__version__}",
        "data set": dataset.name if dataset is not None else None,
        "format": dataset.format if dataset is not None else None,
        "methods": methods,
        "body edges on the photo": state.overlay,
        "edges": asdict(state.edges),
        "device": controller.device,
    }
