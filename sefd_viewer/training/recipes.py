"""Recipes: all that decides a training but where its files lie, as TOML that ships or that somebody wrote."""

from __future__ import annotations

import tomllib
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import SefdError
from sefd_viewer.networks.cards import STRUCTURAL_MAPS, PresetName, Role, StructuralMap
from sefd_viewer.resources import resource_path
from sefd_viewer.training.criterion import DistillationSettings, LossWeights

SYNTHETIC = "synthetic"
"""The set of crops that are made of synthetic scenes."""
_BASE = "based_on"


@dataclass(frozen=True)
class SetShare:
    """What of an annotated set is trained on, and how often.

    Every `half` makes the same share of every step; in it a set counts by its people times `weight`. Of the
    records whose keys match one of `only` (file name patterns; all without any) those are taken whose frame's
    number, else their place in the set, is a multiple of `every`. A set of weight 0 is left out.
    """

    half: str = "3d"
    weight: float = 1.0
    every: int = 1
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class EdgeLossWeights:
    """Factors of an edge estimator's losses: L1, perceptual distance, 1 - SSIM (supplement, section 5)."""

    l1: float = 0.2
    vgg: float = 0.8
    ssim: float = 0.0


@dataclass(frozen=True)
class TrainingSettings:
    """How one network is trained. `held_out` crops, the first ones, are never trained on.

    A run ends after `steps`, or after `epochs` where these are given: the largest half of the `sets` is seen
    once in an epoch. The rate of `optimizer` rises and falls along a cosine, or is divided by ten at each of
    `decay_at`, epochs or steps as the run counts. `structural_map` is the fourth channel (empty: the role's
    own), `edges` how it is made. Pictures are mirrored, turned (normal, `turn_degrees`, at most twice that,
    six in ten) and resized (normal, within `resize`); 2D poses get a detector's errors, or PoseFix's. A
    student with a teacher `distils` its features. The held-out crops are measured every `check_every` steps;
    the weights of every `keep_every`-th step are kept, to be looked at; 0 keeps the last ones alone. A
    `blind` network is shown no picture. Several `devices` on `nodes` machines share every step's batch.

    The `task` is a mesh network, or an edge estimator, SEE or SESD, of these `widths`, which is told the map
    of the meshes that a `role` of teacher sees; `vgg` is a file with VGG-16 to compare edges by. Comparing
    costs most of a step, so one person in `vgg_every` is enough.
    """

    role: Role
    preset: PresetName = "compact-2"
    about: str = ""
    task: Literal["mesh", "see", "sesd"] = "mesh"
    structural_map: StructuralMap | Literal[""] = ""
    edges: EdgeSettings | None = None
    steps: int = 3000
    epochs: float = 0.0
    decay_at: tuple[float, ...] = ()
    optimizer: Literal["adamw", "adam"] = "adamw"
    batch_size: int = 64
    learning_rate: float = 2e-3
    turn_degrees: float = 0.0
    resize: float = 0.0
    pose_errors: Literal["detector", "posefix"] = "detector"
    seed: int = 1
    workers: int = 0
    held_out: int = 600
    check_every: int = 250
    device: str = "auto"
    devices: int = 1
    nodes: int = 1
    precision: Literal["bf16-mixed", "16-mixed", "32-true"] = "bf16-mixed"
    compiled: bool = False
    keep_every: int = 0
    blind: bool = False
    distils: bool = True
    distillation: DistillationSettings = field(default_factory=DistillationSettings)
    losses: LossWeights = field(default_factory=LossWeights)
    widths: tuple[int, ...] = (16, 32, 64, 128, 256)
    edge_losses: EdgeLossWeights = field(default_factory=EdgeLossWeights)
    vgg: Path | None = None
    vgg_every: int = 1
    sets: Mapping[str, SetShare] = field(default_factory=lambda: {SYNTHETIC: SetShare()})

    def __post_init__(self) -> None:
        wanted = {"student": "picture", "teacher": "meshes"}.get(self.role)
        found = STRUCTURAL_MAPS[self.structural_map] if self.structural_map else wanted
        if found not in (wanted, "nothing") or (wanted is None and found is not None):
            fitting = [name for name, source in STRUCTURAL_MAPS.items() if source in (wanted, "nothing")]
            raise SefdError(
                f"a {self.role} does not see {self.structural_map!r} edges",
                remedy=f"It sees {', '.join(fitting)}" if wanted else "A baseline sees colours alone",
            )
        if self.task != "mesh" and self.role != "teacher":
            raise SefdError("an edge estimator learns what a teacher sees", remedy="Its role is teacher")
        ranks = self.devices * self.nodes
        if ranks < 1 or self.batch_size % ranks or self.batch_size < 2 * ranks:
            raise SefdError(
                f"{self.batch_size} people in a step cannot be shared by {ranks} devices",
                remedy="Give a multiple of that, two each at least: norms need more than one",
            )
        if self.vgg_every < 1:
            raise SefdError(
                f"VGG-16 cannot compare one person in {self.vgg_every}", remedy="Give 1 for all, or more"
            )
        if self.steps < 1 or self.epochs < 0 or not self.sets:
            raise SefdError(
                "a training needs steps and a set to draw people from",
                remedy="Give `steps` above 0 and a [[sets]] entry",
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON and TOML, without what is not set."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def recipe_names() -> list[str]:
    """The recipes that ship."""
    return list(_shipped())


def about(name: str) -> str:
    """What a recipe that ships is for, in a line."""
    return str(_shipped()[name].get("about", ""))


def read_recipe(name: str | Path, changes: Sequence[str] = (), **options: object) -> TrainingSettings:
    """The recipe that ships under a name, or in a TOML file, with changes.

    `changes` are words like `learning_rate=1e-3` or `sets.mpii.weight=2`, values as in TOML (a word needs no
    quotes); `options` are values by name, None where nothing is changed. Raises SefdError that names what is
    unknown or of a wrong kind.
    """
    values = _resolved(_read(name), name)
    for change in changes:
        _put(values, *_parsed(change))
    values |= {key: value for key, value in options.items() if value is not None}
    settings: TrainingSettings = _made(TrainingSettings, values, "")
    return replace(settings, sets={name: one for name, one in settings.sets.items() if one.weight > 0})


def to_toml(settings: TrainingSettings) -> str:
    """The settings as a recipe file."""
    import tomlkit

    document = tomlkit.document()
    plain = settings.to_dict()
    tables = {key: plain.pop(key) for key in [k for k, v in plain.items() if isinstance(v, dict)]}
    for key, value in (plain | tables).items():
        document.add(key, tomlkit.item(value))
    return tomlkit.dumps(document)


@cache
def _shipped() -> dict[str, dict[str, Any]]:
    folder = resource_path("recipes")
    found: dict[str, dict[str, Any]] = {}
    for path in (folder / f"{name}.toml" for name in ("crowds", "paper", "ablations")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def _read(name: str | Path) -> Mapping[str, Any]:
    if str(name) in _shipped():
        return _shipped()[str(name)]
    path = Path(name)
    if not path.is_file():
        raise SefdError(
            f"there is no recipe {str(name)!r}", remedy=f"Name a TOML file or one of {', '.join(_shipped())}"
        )
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SefdError(
            f"this recipe is not TOML ({error})", where=path, remedy="Mend that line of the recipe"
        ) from error


def _resolved(values: Mapping[str, Any], name: str | Path) -> dict[str, Any]:
    """With what the recipe is based on; tables add up."""
    own = dict(values)
    base = own.pop(_BASE, None)
    if base is None:
        return own
    if str(base) not in _shipped() or str(base) == str(name):
        remedy = f"It can be based on {', '.join(_shipped())}"
        raise SefdError(f"this recipe is based on {base!r}, which does not ship", where=name, remedy=remedy)
    found = _resolved(_shipped()[str(base)], str(base))
    for key, value in own.items():
        adds = key in ("sets", "losses") and isinstance(value, Mapping)
        found[key] = {**found.get(key, {}), **value} if adds else value
    return found


def _parsed(change: str) -> tuple[list[str], object]:
    key, equals, words = change.partition("=")
    if not equals or not key.strip():
        raise SefdError(f"{change!r} changes nothing", remedy="Write KEY=VALUE, for example steps=500")
    try:
        value = tomllib.loads(f"value = {words}")["value"]
    except tomllib.TOMLDecodeError:
        value = words
    return key.strip().split("."), value


def _put(values: dict[str, Any], path: Sequence[str], value: object) -> None:
    place = values
    for key in path[:-1]:
        place[key] = dict(place.get(key) or {})
        place = place[key]
    place[path[-1]] = value


def _plain(value: Any) -> Any:
    """Tuples as lists, keys as words, without what is None."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, Path):
        return str(value)
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _made(kind: Any, values: Any, where: str) -> Any:
    """A value of this kind out of plain ones; SefdError with the key's name."""
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _dataclass(kind, values, where)
    if origin in (Union, UnionType):
        choices = [one for one in inner if one is not type(None)]
        if Path in choices:
            return Path(_made(str, values, where))
        literals = [word for one in choices if get_origin(one) is Literal for word in get_args(one)]
        return _made(Literal[tuple(literals)] if literals else choices[0], values, where)
    if origin is Literal:
        fits = values in inner
    elif origin is tuple:
        fits = isinstance(values, list | tuple)
    elif origin is not None:  # a mapping
        fits = isinstance(values, Mapping)
    else:
        fits = isinstance(values, int | float if kind is float else kind)
        fits = fits and not (isinstance(values, bool) and kind is not bool)
    if not fits:
        choice = (
            f"one of {', '.join(map(repr, inner))}" if origin is Literal else _WORDS.get(origin or kind, "")
        )
        raise SefdError(f"{where} cannot be {values!r}", remedy=f"Give {choice}")
    if origin is tuple:
        return tuple(_made(inner[0], one, where) for one in values)
    if origin is not None and origin is not Literal:
        return {
            _key(inner[0], key, where): _made(inner[1], one, f"{where}.{key}") for key, one in values.items()
        }
    return float(values) if kind is float else values


_WORDS: Mapping[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "words",
    tuple: "a list",
}


def _key(kind: type, key: str, where: str) -> object:
    try:
        return kind(key)
    except ValueError as error:
        raise SefdError(f"{where} has no {key!r}", remedy="Give whole numbers") from error


def _dataclass(kind: Any, values: Any, where: str) -> Any:
    if not isinstance(values, Mapping):
        raise SefdError(f"{where or 'this'} cannot be {values!r}", remedy="Give a table")
    known = {one.name: one for one in fields(kind)}
    prefix = f"{where}." if where else ""
    if unknown := sorted(set(values) - set(known)):
        raise SefdError(f"a recipe has no {prefix}{unknown[0]}", remedy=f"There are {', '.join(known)}")
    needed = [name for name, one in known.items() if one.default is one.default_factory is MISSING]
    if absent := [name for name in needed if name not in values]:
        raise SefdError(
            f"this recipe lacks {prefix}{absent[0]}",
            remedy="Add it to the recipe; docs/training.md lists them all",
        )
    kinds = typing.get_type_hints(kind)
    made = {key: _made(kinds[key], value, f"{prefix}{key}") for key, value in values.items()}
    try:
        return kind(**made)
    except ValueError as error:  # EdgeSettings
        raise SefdError(
            f"{where}: {error}", remedy="Correct it in the recipe; docs/training.md lists all"
        ) from error
