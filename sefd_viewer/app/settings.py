"""What the program remembers from one start to the next: a TOML file in the user's settings folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

from sefd_viewer.atomic import write_file

Theme = Literal["system", "dark", "light"]
THEMES: tuple[Theme, ...] = get_args(Theme)
RECENT_LIMIT = 12


@dataclass(frozen=True)
class Settings:
    """Remembered choices: `weights` maps a role to a file, `geometry` and `docks` are Qt's words (base64).

    `bodies` are files of licensed bodies or folders of them; `checkpoints` further weights files of the
    student, to be compared with the teacher.
    """

    theme: Theme = "system"
    device: str = "auto"
    bodies: tuple[str, ...] = ()
    weights: Mapping[str, str] = field(default_factory=dict)
    checkpoints: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()
    reviewer: str = ""
    geometry: str = ""
    docks: str = ""

    def with_recent(self, path: str) -> Settings:
        """Return the settings with `path` first among the recent ones."""
        others = tuple(p for p in self.recent if p != path)
        return replace(self, recent=(path, *others)[:RECENT_LIMIT])


def settings_path() -> Path:
    """Where the settings lie: `SEFD_VIEWER_SETTINGS`, or `settings.toml` in the user's settings folder."""
    import platformdirs

    chosen = os.environ.get("SEFD_VIEWER_SETTINGS")
    return Path(chosen) if chosen else Path(platformdirs.user_config_path("sefd-viewer")) / "settings.toml"


def load_settings(path: Path) -> tuple[Settings, str | None]:
    """Return the settings of `path` and words about what was wrong with it (None: nothing).

    A missing file gives the defaults; a broken value is replaced by its default.
    """
    if not path.exists():
        return Settings(), None
    try:
        import tomlkit

        return _from_table(tomlkit.parse(path.read_text("utf-8")).unwrap())
    except (OSError, ValueError, RecursionError) as error:
        return Settings(), f"{path}: the settings cannot be read ({error}); the defaults are used"


def save_settings(path: Path, settings: Settings) -> None:
    """Write `settings` to `path` as a whole; comments of the old file are kept."""
    import tomlkit

    path.parent.mkdir(parents=True, exist_ok=True)
    document = _document(path)
    for name, value in _to_table(settings).items():
        document[name] = value
    document.pop("body", None)  # what earlier versions wrote: one path
    write_file(path, tomlkit.dumps(document).encode("utf-8", "surrogateescape"))


def _document(path: Path) -> Any:
    import tomlkit

    try:
        return tomlkit.parse(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return tomlkit.document()


def _to_table(settings: Settings) -> dict[str, Any]:
    table: dict[str, Any] = {"theme": settings.theme, "device": settings.device}
    table["bodies"] = list(settings.bodies)
    table |= {"recent": list(settings.recent), "geometry": settings.geometry, "docks": settings.docks}
    table["reviewer"] = settings.reviewer
    table["checkpoints"] = list(settings.checkpoints)
    table["weights"] = dict(settings.weights)
    return table


def _from_table(table: Mapping[str, Any]) -> tuple[Settings, str | None]:
    wrong: list[str] = []

    def take(name: str, kind: type, default: Any) -> Any:
        value = table.get(name, default)
        if isinstance(value, kind) or value is default:
            return value
        wrong.append(name)
        return default

    theme = take("theme", str, "system")
    if theme not in THEMES:
        wrong.append("theme")
        theme = "system"
    weights = take("weights", dict, {})
    settings = Settings(
        theme=cast(Theme, theme),
        device=take("device", str, "auto"),
        bodies=tuple(str(p) for p in take("bodies", list, []))
        or tuple(filter(None, [take("body", str, "")])),
        weights={str(k): str(v) for k, v in weights.items()},
        checkpoints=tuple(str(p) for p in take("checkpoints", list, [])),
        recent=tuple(str(p) for p in take("recent", list, [])),
        reviewer=take("reviewer", str, ""),
        geometry=take("geometry", str, ""),
        docks=take("docks", str, ""),
    )
    words = f"settings: {', '.join(wrong)} not understood, the default is used" if wrong else None
    return settings, words
