"""What the program remembers from one start to the next: a TOML file in the user's settings folder."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

from sefd_viewer.app.methods import MethodHabits, MethodLook
from sefd_viewer.atomic import write_file

Theme = Literal["system", "dark", "light"]
THEMES: tuple[Theme, ...] = get_args(Theme)
RECENT_LIMIT = 12
SAMPLE = "sample:"
"""Stands for the shipped sample among the recent paths."""
TEXT_SIZES = (80, 200)
"""Least and largest text, in percent."""
PHOTOS_KEPT = (2, 60)


@dataclass(frozen=True)
class Preferences:
    """What the page of preferences changes; every change is a step of undo.

    `text` is the size of text in percent; `weights` maps a role to a file; `bodies` are files of licensed
    bodies or folders of them. `found_poses`: 2D poses are found even where there are annotated ones.
    `run_at_once`: the networks run on a photo when it opens. `photos_kept` so many photos, with the networks'
    answers about them, stay in memory. `keys` are a command's keys where somebody changed them; `plugins_off`
    the names of plugins that are not used, `plugins_on` of those used though they begin switched off.
    `methods` are their names, colours, order and the yardstick.
    """

    theme: Theme = "system"
    text: int = 100
    device: str = "auto"
    bodies: tuple[str, ...] = ()
    weights: Mapping[str, str] = field(default_factory=dict)
    found_poses: bool = False
    run_at_once: bool = True
    photos_kept: int = 6
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    plugins_off: tuple[str, ...] = ()
    plugins_on: tuple[str, ...] = ()
    methods: MethodHabits = field(default_factory=MethodHabits)


@dataclass(frozen=True)
class Settings(Preferences):
    """All remembered choices: preferences, and what follows from use.

    `checkpoints` are further weights files of the student, to be compared with the teacher; `recent` the
    paths that were open, the newest first; `geometry` is Qt's words (base64).
    """

    checkpoints: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()
    reviewer: str = ""
    geometry: str = ""

    def with_recent(self, path: str) -> Settings:
        """Return the settings with `path` first among the recent ones."""
        others = tuple(p for p in self.recent if p != path)
        return replace(self, recent=(path, *others)[:RECENT_LIMIT])

    @property
    def preferences(self) -> Preferences:
        """The part that the page of preferences changes."""
        return Preferences(**{name: getattr(self, name) for name in PREFERENCES})

    def with_preferences(self, preferences: Preferences) -> Settings:
        """Return the settings with these preferences."""
        return replace(self, **{name: getattr(preferences, name) for name in PREFERENCES})


PREFERENCES = tuple(one.name for one in fields(Preferences))


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
    table |= {"recent": list(settings.recent), "geometry": settings.geometry}
    table["reviewer"] = settings.reviewer
    table["checkpoints"] = list(settings.checkpoints)
    table |= {"text": settings.text, "photos_kept": settings.photos_kept}
    table |= {"found_poses": settings.found_poses, "run_at_once": settings.run_at_once}
    table["plugins_off"] = list(settings.plugins_off)
    table["plugins_on"] = list(settings.plugins_on)
    table["weights"] = dict(settings.weights)
    table["keys"] = {id: list(keys) for id, keys in settings.keys.items()}
    table["methods"] = _plain_methods(settings.methods)
    return table


def _plain_methods(methods: MethodHabits) -> dict[str, Any]:
    looks = {
        name: {"title": look.title} | ({"color": f"#{bytes(look.color).hex()}"} if look.color else {})
        for name, look in methods.looks.items()
    }
    order, hidden = list(methods.order), sorted(methods.hidden)
    return {"baseline": methods.baseline, "order": order, "hidden": hidden, "looks": looks}


def _methods(plain: Mapping[str, Any]) -> MethodHabits:
    """What is not understood is as usual."""
    begin, looks = MethodHabits(), plain.get("looks")
    found = {}
    for name, look in looks.items() if isinstance(looks, dict) else ():
        if isinstance(look, dict):
            color = re.fullmatch("#([0-9a-fA-F]{6})", str(look.get("color", "")))
            rgb = None if color is None else cast("tuple[int, int, int]", tuple(bytes.fromhex(color[1])))
            found[str(name)] = MethodLook(str(look.get("title", "")), rgb)
    order, hidden = (
        list(dict.fromkeys(map(str, value))) if isinstance(value, list) else []
        for value in (plain.get("order"), plain.get("hidden"))
    )
    baseline = str(plain.get("baseline", begin.baseline))
    return MethodHabits(found, tuple(order) or begin.order, frozenset(hidden), baseline)


def _from_table(table: Mapping[str, Any]) -> tuple[Settings, str | None]:
    wrong: list[str] = []

    def take(name: str, kind: type, default: Any) -> Any:
        value = table.get(name, default)
        if isinstance(value, kind) or value is default:
            return value
        wrong.append(name)
        return default

    def number(name: str, default: int, least: int, most: int) -> int:
        value = take(name, int, default)
        return min(max(int(value), least), most)

    def strings(name: str) -> tuple[str, ...]:
        return tuple(str(p) for p in take(name, list, []))

    theme = take("theme", str, "system")
    if theme not in THEMES:
        wrong.append("theme")
        theme = "system"
    weights, keys = take("weights", dict, {}), take("keys", dict, {})
    settings = Settings(
        theme=cast(Theme, theme),
        text=number("text", 100, *TEXT_SIZES),
        device=take("device", str, "auto"),
        bodies=strings("bodies") or tuple(filter(None, [take("body", str, "")])),
        weights={str(k): str(v) for k, v in weights.items()},
        found_poses=take("found_poses", bool, False),
        run_at_once=take("run_at_once", bool, True),
        photos_kept=number("photos_kept", 6, *PHOTOS_KEPT),
        keys={str(id): tuple(map(str, some)) for id, some in keys.items() if isinstance(some, list)},
        plugins_off=strings("plugins_off"),
        plugins_on=strings("plugins_on"),
        methods=_methods(take("methods", dict, {})),
        checkpoints=strings("checkpoints"),
        recent=strings("recent"),
        reviewer=take("reviewer", str, ""),
        geometry=take("geometry", str, ""),
    )
    words = f"settings: {', '.join(wrong)} not understood, the default is used" if wrong else None
    return settings, words
