"""Commands for what is seen: layers, methods on the photo, comparison, colours, and the edge panel."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from sefd_viewer.app import actions, effects
from sefd_viewer.app.command import Command
from sefd_viewer.app.comparing import own_photos
from sefd_viewer.app.effects import Desk
from sefd_viewer.app.error_colors import TITLES as COLOR_TITLES
from sefd_viewer.app.layers import LAYERS
from sefd_viewer.app.methods import METHODS, TITLES
from sefd_viewer.app.state import EdgeSource

EDGE_SOURCES: dict[EdgeSource, str] = {
    "student": "What the student saw (crop)",
    "teacher": "What the teacher saw (crop)",
    "canny": "Canny, whole photo",
    "hed": "HED, whole photo",
    "mesh_edge": "Mesh edges, whole photo",
}


def view_commands() -> list[Command]:
    """All of them."""
    return [*_layer_commands(), *_overlay_commands(), *_edge_commands()]


def _layer_commands() -> list[Command]:
    return [
        Command("fit", "Fit", lambda d: d.shell.fit(), ("F",), "Show the whole photo and all bodies"),
        Command(
            "toggle_camera",
            "From the photo's camera",
            effects.turn_camera,
            ("C",),
            "See meshes as the photo's camera does, or walk around them",
            effects.always,
            lambda c: c.state.camera_mode == "photo",
        ),
        Command(
            "toggle_layer",
            "Toggle layer under the pointer",
            effects.toggle_layer_at_pointer,
            ("V",),
            "",
            effects.has_record,
        ),
        *(
            Command(
                f"layer_{info.key}",
                info.title,
                effects.toggle_layer(info.key),
                (),
                info.tip,
                effects.always,
                effects.layer_on(info.key),
            )
            for info in LAYERS
        ),
        Command("reset_layers", "Reset layers", effects.reset_layers, (), "Layers as at the first start"),
        Command("toggle_theme", "Dark or light colours", effects.toggle_theme, ("Ctrl+Shift+T",)),
        Command("full_screen", "Full screen", lambda d: d.shell.toggle_full_screen(), ("F11",)),
    ]


def _overlay_commands() -> list[Command]:
    return [
        Command(
            f"overlay_{method}",
            f"{TITLES[method]} on the photo",
            effects.overlay(method),
            (),
            f"Draw the meshes of: {TITLES[method].lower()}",
            lambda c, method=method: method != "truth" or "truth" in c.content.stages,  # type: ignore[misc]
            lambda c, method=method: c.state.overlay == method,  # type: ignore[misc]
        )
        for method in METHODS
    ] + [
        Command(
            "compare",
            "Two methods side by side",
            lambda d: d.controller.store.set(actions.toggle_comparison(d.controller.state)),
            ("O",),
            "A divider on the photo and in 3D: drag it to wipe between two methods",
            effects.has_people_in_inspect,
            lambda c: c.state.compare is not None,
        ),
        Command(
            "swap_methods",
            "Swap the two methods",
            lambda d: d.controller.store.set(actions.swap_methods(d.controller.state), remember=False),
            ("I",),
            "Flicker between the method on the photo and the other one",
            effects.has_people_in_inspect,
        ),
        Command(
            "flicker",
            "Flicker (held)",
            lambda d: _flicker(d, not d.controller.state.flicker),
            ("Q",),
            "The other method on the photo while the key is held: the one beside it, else the baseline",
            effects.has_people_in_inspect,
            lambda c: c.state.flicker,
            lambda d: _flicker(d, False),
        ),
        Command(
            "photos_side_by_side",
            "A photo for each method",
            lambda d: d.controller.store.set(actions.toggle_photos(d.controller.state)),
            ("P",),
            "Two to four photos side by side that zoom and pan together; Layers chooses whose",
            effects.has_people_in_inspect,
            lambda c: bool(own_photos(c.state)),
        ),
        Command(
            "onion_skin",
            "Onion skin",
            lambda d: d.controller.store.set(actions.toggle_onion_skin(d.controller.state)),
            ("Shift+O",),
            "The other method's bodies show through those on the photo and in 3D, without a divider",
            effects.has_people_in_inspect,
            lambda c: c.state.compare is not None and c.state.onion_skin,
        ),
        Command(
            "ghost",
            "Ghost of the ground truth",
            lambda d: d.controller.store.set(actions.toggle_ghost(d.controller.state)),
            ("Shift+G",),
            "The true body, faint, around each predicted one in 3D: their centres are brought together",
            lambda c: c.state.workspace == "inspect" and "truth" in c.content.stages,
            lambda c: c.state.ghost,
        ),
        *(
            Command(
                f"color_{key}",
                f"3D colour: {title.lower()}",
                effects.color_by(key),
                (),
                "What colours the bodies in 3D",
                effects.always,
                lambda c, key=key: c.state.color_by == key,  # type: ignore[misc]
            )
            for key, title in COLOR_TITLES.items()
        ),
    ]


def _flicker(desk: Desk, on: bool) -> None:
    controller = desk.controller
    controller.store.set(replace(controller.state, flicker=on), remember=False)


def _edge_commands() -> list[Command]:
    return [
        Command(
            f"edges_{source}",
            EDGE_SOURCES[source],
            effects.edge_source(source),
            (),
            "What the edge panel shows",
            effects.always,
            lambda c, source=source: c.state.edge_source == source,  # type: ignore[misc]
        )
        for source in get_args(EdgeSource)
    ]
