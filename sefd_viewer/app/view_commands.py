"""Commands for what lies over the photo: its layers, and whose body edges; and for how the window looks."""

from __future__ import annotations

from sefd_viewer.app import effects
from sefd_viewer.app.command import Command
from sefd_viewer.app.layers import layers
from sefd_viewer.app.methods import METHODS, TITLES


def view_commands() -> list[Command]:
    """All of them."""
    return [
        Command(
            "toggle_layer",
            "Show or hide what lies under the pointer",
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
            for info in layers()
        ),
        *(
            Command(
                f"overlay_{method}",
                f"Body edges of: {TITLES[method].lower()}",
                effects.overlay(method),
                (),
                "Whose bodies' edges lie over the photo",
                lambda c, method=method: method != "truth" or "truth" in c.content.stages,  # type: ignore[misc]
                lambda c, method=method: c.state.overlay == method,  # type: ignore[misc]
            )
            for method in METHODS
        ),
        Command(
            "reset_layers",
            "Reset what lies over the photo",
            effects.reset_layers,
            (),
            "As at the first start",
        ),
        Command("toggle_theme", "Dark or light colours", effects.toggle_theme, ("Ctrl+Shift+T",)),
        Command("full_screen", "Full screen", lambda d: d.shell.toggle_full_screen(), ("F11",)),
    ]
