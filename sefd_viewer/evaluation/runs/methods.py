"""What can be evaluated: the networks in their roles with some weights, and predictions from files."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.catalog import plugin_bodies
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.case_measures import PredictedBody
from sefd_viewer.inference.messages import ROLES, PersonInput, Role
from sefd_viewer.networks.cards import holds_estimator
from sefd_viewer.plain_files import require_file
from sefd_viewer.plugin_code import Offer, offered
from sefd_viewer.resources import INSTALL_EDGES, resource_path

ESTIMATORS = ("see", "sesd")
Predict = Callable[[NDArray[np.uint8], Sequence[PersonInput]], Mapping[str, PredictedBody]]
"""What a plugin's method is: the photo (H, W, 3) and its people, to their bodies by the people's keys."""
NEAR, OVERLAP = 0.25, 0.3
"""How close a body is to somebody annotated, unless said otherwise: the mean distance of their joints as a
part of the box's diagonal, and the share that boxes have in common (intersection over union)."""
_BODY = re.compile(r"open-body-1|anny|(?:smpl[hx]?|skel)-(neutral|female|male)(-[0-9a-f]{8})?")


@dataclass(frozen=True)
class Method:
    """One column of a comparison, called `name`.

    A network has a `role` and maybe `weights` (else the shipped ones); predictions lie in the file or folder
    `predictions`, with those of `role` where a file holds several. `body` says which body they are of where
    the file does not (`smpl-neutral`); `mapping` is a file that says where in it what lies. A `command` makes
    the predictions first (`external`), of the records at the positions `pictures`. The picture called n
    is n + `later` in the file (None: nothing is said), or in files that number frames record k is frame
    `each` k + `later`, of the records `within` a folder or camera of that name. `called` says how the set
    calls whom of a file's people: `track 3=1`, several with commas between. `near` and `overlap` say how
    close a body has to be to somebody annotated (`Nearness`).
    `plugin` is the id of a plugin's method.
    """

    name: str
    role: Role | None = None
    weights: str | None = None
    predictions: str | None = None
    body: str | None = None
    mapping: str | None = None
    command: str | None = None
    pictures: tuple[int, ...] | None = None
    later: int | None = None
    each: int = 1
    within: str = ""
    called: str = ""
    plugin: str | None = None
    near: float = NEAR
    overlap: float = OVERLAP

    @property
    def is_network(self) -> bool:
        """Whether a network has to run."""
        return self.predictions is None and self.command is None and self.plugin is None

    def identity(self) -> str:
        """What tells this method's results from another's: a hash of weights or predictions."""
        if self.command is not None:
            return f"command {hashlib.sha256(self.command.encode()).hexdigest()[:16]}"
        if self.predictions is not None:
            own = "" if self.body is None else f" {self.body}"
            own += "" if self.mapping is None else f" {hash_of(Path(self.mapping))}"
            own += f" {self.later or 0:+d} {self.within}" if self.later or self.within else ""
            own += f" every {self.each}" if self.each != 1 else ""
            own += f" {self.called}" if self.called else ""
            own += f" {self.near:g} {self.overlap:g}" if (self.near, self.overlap) != (NEAR, OVERLAP) else ""
            return f"{self.role or 'file'} {hash_of(Path(self.predictions))}{own}"
        if self.plugin is not None:
            return f"plugin {self.plugin} {_hash_of_code(_offer(self.plugin).folder)}"
        assert self.role is not None
        file = Path(self.weights) if self.weights else resource_path(f"weights/{self.role}.safetensors")
        if not file.is_file():
            remedy = "Give NAME=ROLE:WEIGHTS with a file that is there, or train one (docs/training.md)"
            if file.parent == resource_path("weights"):
                remedy = f"Install them: {INSTALL_EDGES}"
            raise SefdError(f"the weights of {self.name} are missing", where=file, remedy=remedy)
        if self.role == "student" and holds_estimator(file):
            see = resource_path("weights") / "see.safetensors"
            shown = "teacher" if not see.is_file() or holds_estimator(see) else "see"
            own = hash_of(resource_path(f"weights/{shown}.safetensors"))
            return f"{shown} {own} shown the edges of {hash_of(file)}"
        return f"{self.role} {hash_of(file)}"


def parse_method(words: str) -> Method:
    """`student`, `student=weights.safetensors`, `mine=student:weights.pth`, `theirs=predictions.npz`.

    `see` and `sesd` are a network that learned with SEE's edges, shown those that each of them guesses; so is
    a student whose file holds an estimator alone. A plugin's method is named by its id:
    `upright_bodies.upright`.
    The name comes before the `=`; behind it a file of predictions, or a role with a file of weights. After a
    `#` stands what a file does not say, several with commas between: the role of a folder that holds some,
    the body, a mapping (`.toml`) for no known layout, `frames+2` for numbers that begin elsewhere (`frames*4`
    where the set has every fourth of the file's frames, `frames*4+2`),
    `in=FOLDER` for the sequence or camera that it is of, `track 3=1` for whom the set calls person 1,
    `near=0.4` and `overlap=0.2` for how close a body has to be to be somebody's. What has an `{out}` in it is
    a command, of whose files the same can be said.
    Raises SefdError with the forms that would do.
    """
    name, _, rest = words.partition("=")
    if any(one.id == (rest or name) for one in offered("methods")):
        return Method(name, plugin=rest or name)
    if "{out}" in rest:
        return command_method(name, rest)
    if name in ROLES and not rest:
        return Method(name, name)
    if name in ESTIMATORS and not rest:
        return Method(name, "student", weights=str(resource_path("weights") / f"{name}.safetensors"))
    role, _, file = rest.partition(":")
    if role in ROLES and file:
        return Method(name, role, weights=_existing(file))
    if name in ROLES and rest.endswith((".safetensors", ".tar", ".pth", ".pt")):
        return Method(name, name, weights=_existing(rest))
    if rest:
        path, _, part = rest.rpartition("#")
        if not path or Path(rest).exists():
            return Method(name, predictions=_existing(rest))
        return file_method(name, path, part)
    raise SefdError(
        f"{words!r} names no method",
        remedy="Give baseline, student, teacher, see, sesd, NAME=ROLE:WEIGHTS, "
        "NAME=PREDICTIONS[#ROLE|#BODY|#MAPPING], NAME='COMMAND {images} {out}' or a plugin's method"
        f"{''.join(f' ({one.id})' for one in offered('methods'))}",
    )


def plugin_predictor(id: str) -> Predict:
    """What a plugin's method does. Raises SefdError where no plugin in use has it or its code is broken."""
    offer = _offer(id)
    predict = offer.load()

    def checked(image: NDArray[np.uint8], people: Sequence[PersonInput]) -> Mapping[str, PredictedBody]:
        found = predict(image, people)
        if not isinstance(found, Mapping) or not all(
            isinstance(one, PredictedBody) for one in found.values()
        ):
            words = f"{offer.target} returned something else than PredictedBody by person"
            raise SefdError(words, where=offer.folder, remedy="Fix the plugin (docs/plugins.md)")
        return found

    return checked


def _offer(id: str) -> Offer:
    found = next((one for one in offered("methods") if one.id == id), None)
    if found is None:
        remedy = "Install it, or switch it on under Preferences > Plugins"
        raise SefdError(f"no plugin in use has the method {id}", remedy=remedy)
    return found


def _hash_of_code(folder: Path) -> str:
    """The first digits of the hash of a plugin's code and manifest."""
    files = sorted(file for file in folder.rglob("*") if file.suffix in (".py", ".toml"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]


def file_method(name: str, file: str, said: str = "") -> Method:
    """A file or folder of predictions, with what it does not say itself: words with commas between.

    Raises SefdError for a file that is not there, and words that are none of those of `parse_method`.
    """
    return with_said(Method(name, predictions=_existing(file)), said)


def with_said(method: Method, said: str) -> Method:
    """A method with what its file does not say itself: the words behind a #, with commas between."""
    for word in filter(None, (word.strip() for word in said.split(","))):
        method = _said(method, word)
    return method


def _said(method: Method, word: str) -> Method:
    """A method of a file with one more thing that is said behind its #."""
    shift = re.fullmatch(r"frames(?:\*([1-9]\d{0,3}))?([+-]\d{1,7})?", word)
    if shift is not None:
        return replace(method, each=int(shift[1] or 1), later=None if shift[2] is None else int(shift[2]))
    if word.startswith("in="):
        return replace(method, within=word.removeprefix("in="))
    theirs, _, ours = word.partition("=")
    if theirs == "near":
        return replace(method, near=_share(theirs, ours))
    if theirs == "overlap":
        return replace(method, overlap=_share(theirs, ours))
    if ours.strip():
        pair = f"{theirs.strip()}={ours.strip()}"
        return replace(method, called=f"{method.called},{pair}" if method.called else pair)
    if word.endswith(".toml"):
        return replace(method, mapping=_existing(word))
    if word in ROLES:
        return replace(method, role=word)
    if _BODY.fullmatch(word) or word in plugin_bodies():
        return replace(method, body=word)
    raise SefdError(
        f"{word!r} is neither a role nor a body",
        remedy=f"After # comes one of {', '.join(ROLES)}, a body such as smpl-neutral, a mapping (.toml), "
        "frames+2, frames*4, in=FOLDER, near=0.4, overlap=0.2, or THEIRS=OURS where the set calls somebody "
        "otherwise",
    )


def _share(what: str, said: str) -> float:
    """How near, a part of a box's diagonal, or how large an overlap has to be; SefdError for none."""
    most = 5.0 if what == "near" else 1.0
    with suppress(ValueError):
        if 0 < float(said) <= most:
            return float(said)
    remedy = (
        "It is the mean distance of joints as a part of the box's diagonal, such as near=0.4"
        if what == "near"
        else "It is what two boxes share of what both cover, such as overlap=0.2"
    )
    raise SefdError(f"{what}={said} is not a number above 0 and up to {most:g}", remedy=remedy)


def command_method(name: str, words: str) -> Method:
    """A command as a method; what it writes may not say all of itself, behind a # as of a file.

    Raises SefdError where it cannot be one.
    """
    command, _, said = words.rpartition("#")
    if "{out}" in command:
        with suppress(SefdError):
            return with_said(_command(name, command.rstrip()), said)
    return _command(name, words)


def _command(name: str, words: str) -> Method:
    if not re.fullmatch(r"[\w .+-]+", name) or name.startswith("."):
        raise SefdError(f"{name!r} cannot name a folder", remedy="Call the method by letters and digits")
    for place, what in (("{images}", "asks for no pictures"), ("{out}", "writes nothing")):
        if place not in words:
            remedy = "It gets a folder of pictures as {images}, and writes into the folder {out}"
            raise SefdError(f"the command of {name} {what}", remedy=remedy)
    try:
        shlex.split(words)
    except ValueError as error:
        raise SefdError(
            f"the command of {name} cannot be read ({error})", remedy="Check its quotes"
        ) from error
    return Method(name, command=words)


def check_names(methods: Iterable[Method]) -> None:
    """Raise SefdError when two methods have the same name."""
    seen: set[str] = set()
    for method in methods:
        if method.name in seen:
            raise SefdError(f"two methods are called {method.name}", remedy="Give each its own NAME=")
        seen.add(method.name)


def _existing(file: str) -> str:
    path = Path(file).expanduser().absolute()
    if not path.exists():
        raise SefdError("there is no such file", where=path, remedy="Check the name")
    try:
        require_file(path)
    except OSError as error:
        raise SefdError.unreadable(path, error) from error
    return str(path)


def hash_of(path: Path) -> str:
    """The first digits of the hash of a file, or of the names and sizes in a folder."""
    if path.is_dir():
        listed = sorted((str(f.relative_to(path)), f.stat().st_size) for f in path.rglob("*") if f.is_file())
        return hashlib.sha256(repr(listed).encode()).hexdigest()[:16]
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


ENDED = "The process of the run ended. What was measured is kept; start it again to go on."
REPORT_TITLE = "Where methods fail"


@dataclass(frozen=True)
class RunOrder:
    """A run that is wanted: data set, methods, settings; `positions` None means all.

    `poses` names the source of the networks' 2D poses (`pose_sources`).
    `answers` is the folder in which the networks' answers are kept.
    `folder` goes on with a run that was made earlier. `target` names the function of the process as
    module:function: its module loads the networks, the name does not.
    """

    target: ClassVar[str] = "sefd_viewer.evaluation.runs.running:work"

    root: str | None
    format: str | None
    methods: tuple[Method, ...]
    edges: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    bodies: tuple[str, ...] = ()
    positions: tuple[int, ...] | None = None
    poses: str = "annotation"
    folder: str | None = None
    answers: str | None = None


@dataclass(frozen=True)
class WantedCase:
    """Whom a page shows: one `person` of a record, or everybody in it (None), under a title and a note."""

    record: str
    person: str | None = None
    title: str = ""
    note: str = ""


@dataclass(frozen=True)
class ReportOrder:
    """A page that is wanted: about `cases` of the run in folder `run`, written to `out`."""

    target: ClassVar[str] = "sefd_viewer.evaluation.report.writing:work"
    run: str
    out: str
    cases: tuple[WantedCase, ...]
    title: str = REPORT_TITLE
    device: str = "auto"


@dataclass(frozen=True)
class RunReport:
    """How a run stands: records `done` of `total`; `folder` is where results lie."""

    folder: str | None = None
    stage: str = ""
    done: int = 0
    total: int = 0
