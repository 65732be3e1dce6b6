"""Where a picture comes from, for the file that holds it: program, data, record, weights and settings."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sefd_viewer import __version__
from sefd_viewer.session.methods import as_role

if TYPE_CHECKING:
    from sefd_viewer.session.controller import Controller


def provenance(controller: Controller) -> dict[str, Any]:
    """What one needs to make the picture of the record in view again; ready for JSON.

    `methods` maps the methods whose bodies are shown to a hash of their weights, or to "annotation".
    """
    from sefd_viewer.evaluation.runs.methods import Method

    state, content, settings = controller.state, controller.content, controller.settings
    methods = {}
    for mesh in controller.frame.meshes:
        role = as_role(mesh.method)
        if mesh.bodies and role is not None:
            methods[mesh.method] = Method(mesh.method, role, settings.weights.get(role)).identity()
        elif mesh.bodies:
            methods[mesh.method] = "annotation"
    dataset, scene = content.dataset, content.scene
    return {
        "program": f"sefd-viewer {__version__}",
        "data set": dataset.name if dataset is not None else None,
        "format": dataset.format if dataset is not None else None,
        "record": state.record,
        "people": [f"{person.key}: {person.pose2d.source}" for person in scene.people] if scene else [],
        "methods": methods,
        "meshes on the photo": state.overlay,
        "beside": state.compare,
        "edges": asdict(state.edges),
        "device": controller.device,
    }
