"""Which bodies are here: the open body, and licensed ones out of files and folders that a person named."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from sefd_viewer.body.anny import ANNY, anny_body
from sefd_viewer.body.files import COMPANIONS, find_bodies, load_body, open_body, other_bodies
from sefd_viewer.body.joints_alone import is_joints, joints_body
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.surface import stored_surface
from sefd_viewer.errors import BodyError
from sefd_viewer.plain_files import is_folder
from sefd_viewer.plugin_code import PluginError, load_attribute, manifests, read_manifest

REMEDY = "Name the SMPL files, or the folder that holds them: --body PATH, or Preferences > Licensed bodies"

_FILES = {
    "smpl": "SMPL_{}.pkl, from smpl.is.tue.mpg.de",
    "smplh": "smplh/{}/model.npz or SMPLH_{}.pkl, from mano.is.tue.mpg.de",
    "smplx": "SMPLX_{}.npz, from smpl-x.is.tue.mpg.de",
    "skel": "skel_{}.pkl, from skel.is.tue.mpg.de",
}
_FAMILY_AND_GENDER = re.compile(r"((smpl[hx]?|skel)-(?:neutral|female|male))(?:-[0-9a-f]{8})?")
_Stamps = tuple[tuple[int, int] | None, ...]
_UNKNOWN = re.compile(r"(smpl[hx]?|skel)-unknown-")


def remedy_for(body_id: str) -> str:
    """What to do where a body is not here: which file it is, where that comes from, how it is named."""
    asked = _FAMILY_AND_GENDER.match(body_id)
    if asked is None:
        return REMEDY
    family, _, gender = asked[1].partition("-")
    written = gender if family == "skel" else gender.upper()
    file = _FILES[family].replace("smplh/{}", f"smplh/{gender}").format(written)
    return f"It is {file}. {REMEDY}"


class BodyCatalog:
    """Finds the body that parameters or a network mean; `places` are body files, or folders of them.

    Genders and kinds are found by looking inside. Files are read at the first question for a licensed body,
    and folders are looked through again when a body is not among those known.
    """

    def __init__(self, places: Sequence[str | Path] = ()) -> None:
        self.places = tuple(str(place) for place in places)
        self._read: dict[Path, BodyModel] | None = None
        self._notes: tuple[str, ...] = ()
        self._left_aside: list[str] = []

    @property
    def models(self) -> tuple[BodyModel, ...]:
        """All bodies that can be used, the open one first, each once."""
        different = {model.id: model for model in reversed(self._known().values())}
        return (open_body(), *reversed(different.values()))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know: which of several bodies is used, and whose gender is not told."""
        self._known()
        return self._notes

    @property
    def left_aside(self) -> tuple[str, ...]:
        """Files of the places that cannot be used, and why."""
        self._known()
        return tuple(self._left_aside)

    def check(self) -> BodyCatalog:
        """Raise BodyError for a named file that is no body, and for a folder without any."""
        for place in map(_path, self.places):
            if not is_folder(place):
                _loaded(place)
            elif not any(file.is_relative_to(place) for file in self._known()):
                why = next((f" ({words})" for words in self._left_aside if str(place) in words), "")
                raise BodyError(f"no SMPL file is in this folder{why}", where=place, remedy=REMEDY)
        return self

    def find(self, body_id: str) -> BodyModel | None:
        """The body of an id, or of the family and gender that it names (`smpl-female`); None if not here."""
        if open_body().is_called(body_id):
            return open_body()
        if is_joints(body_id):
            return joints_body(body_id)
        if body_id == ANNY:
            return anny_body()
        found = self._among_known(body_id) or stored_surface(body_id) or _plugin_body(body_id)
        if found is None and any(is_folder(_path(place)) for place in self.places):
            self._read = None
            found = self._among_known(body_id)
        return found

    def get(self, body_id: str) -> BodyModel:
        """The same; raises BodyError that says what is here and what to do when it is not."""
        found = self.find(body_id)
        if found is not None:
            return found
        here = ", ".join(model.id for model in self.models)
        told = "".join(f". {words}" for words in self._left_aside)
        raise BodyError(
            f"the body '{body_id}' is needed, and its file is not here; here are: {here}{told}",
            where=", ".join(self.places) or None,
            remedy=remedy_for(body_id),
        )

    def _among_known(self, body_id: str) -> BodyModel | None:
        models = list(self._known().values())
        found = next((model for model in models if model.is_called(body_id)), None)
        asked = _FAMILY_AND_GENDER.fullmatch(body_id)
        if found is not None or asked is None:
            return found
        family = [model for model in models if _family(model) == asked[2]]
        return _taken_for(family[0], asked[1], body_id) if len(family) == 1 else None

    def _known(self) -> dict[Path, BodyModel]:
        if self._read is None:
            self._left_aside = []
            self._read = self._look()
            self._notes = (*_several_of_one_gender(self._read), *_without_gender(self._read))
        return self._read

    def _look(self) -> dict[Path, BodyModel]:
        """Every body file of the places that can be used; the others are told."""
        found: dict[Path, BodyModel] = {}
        for place in map(_path, self.places):
            named = other_bodies(place) if is_folder(place) else []
            self._left_aside += [f"{file}: {family} by its name; left aside" for file, family in named]
            for file in find_bodies(place) if is_folder(place) else [place]:
                try:
                    found.setdefault(file, _loaded(file))
                except BodyError as error:
                    self._left_aside.append(f"{error.where or file}: {error.what}; left aside")
        return found


def plugin_bodies() -> dict[str, tuple[Path, str]]:
    """The ids of the bodies that plugins bring, each with the plugin's folder and what makes it."""
    found: dict[str, tuple[Path, str]] = {}
    for manifest in manifests():
        try:
            for one in read_manifest(manifest).get("bodies", ()):
                found.setdefault(str(one["id"]), (manifest.parent, str(one["body"])))
        except (PluginError, KeyError, TypeError, AttributeError):
            continue  # the page of plugins tells what is wrong with it
    return found


def _plugin_body(body_id: str) -> BodyModel | None:
    """The body of this id that a plugin brings; BodyError where its code fails or makes something else."""
    made = plugin_bodies().get(body_id)
    return None if made is None else _made(*made, body_id)


@lru_cache(maxsize=8)
def _made(folder: Path, target: str, body_id: str) -> BodyModel:
    try:
        body = load_attribute(folder, target)()
    except PluginError as error:
        raise BodyError(error.what, where=error.where, remedy=error.remedy) from error
    except Exception as error:  # strangers' code may raise anything
        words = f"the plugin's {target} fails ({type(error).__name__}: {error})"
        raise BodyError(words, where=folder, remedy="Fix the plugin") from error
    if not isinstance(body, BodyModel):
        words = f"the plugin's {target} makes no BodyModel of sefd_viewer.api"
        raise BodyError(words, where=folder, remedy="Fix the plugin")
    return replace(body, id=body_id)


def catalog_at(places: Sequence[str]) -> BodyCatalog:
    """The catalog of these places: the same one until a file or folder named there changes, or a regressor
    beside such a file."""
    return _kept_catalog(tuple(places), tuple(_stamps_of(_path(place)) for place in places))


@lru_cache(maxsize=8)
def _kept_catalog(places: tuple[str, ...], _stamps: tuple[_Stamps, ...]) -> BodyCatalog:
    return BodyCatalog(places)


def _path(place: str) -> Path:
    return Path(place).expanduser()


def _loaded(file: Path) -> BodyModel:
    """The body in a file, read again when the file or a regressor beside it has changed."""
    return _read_once(file, _stamps_of(file))


@lru_cache(maxsize=12)
def _read_once(file: Path, _stamps: _Stamps) -> BodyModel:
    return load_body(file)


def _stamps_of(file: Path) -> _Stamps:
    """What tells that a body's file, or one of the regressors beside it, is another than before."""
    return tuple(map(_stamp, (file, *(file.parent / name for name in COMPANIONS))))


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size


def _family(model: BodyModel) -> str:
    return model.id.partition("-")[0]


def _taken_for(model: BodyModel, family_and_gender: str, body_id: str) -> BodyModel | None:
    """The only body of a family that is here as the one asked for, where its file tells no gender."""
    if not _UNKNOWN.match(model.id):
        return None
    taken = _as_gender(model, family_and_gender)
    return taken if taken.is_called(body_id) else None


@lru_cache(maxsize=8)
def _as_gender(model: BodyModel, family_and_gender: str) -> BodyModel:
    return replace(model, id=f"{family_and_gender}-{_UNKNOWN.sub('', model.id)}")


def _without_gender(read: dict[Path, BodyModel]) -> list[str]:
    """What to know about bodies whose gender is not told: they are used where they are alone in a family."""
    notes = []
    hint = "a name like SMPL_FEMALE.pkl says it"
    for family in dict.fromkeys(map(_family, read.values())):
        own = {file: model for file, model in read.items() if _family(model) == family}
        nameless = ", ".join(str(file) for file, model in own.items() if _UNKNOWN.match(model.id))
        if nameless:
            alone = "it is used for every gender"
            others = "left aside, as there are other bodies"
            words = alone if len(own) == 1 else others
            notes.append(f"{nameless}: the file's name gives no gender ({hint}); {words}")
    return notes


def _several_of_one_gender(read: dict[Path, BodyModel]) -> list[str]:
    """Which of several different bodies of one gender is used."""
    groups: dict[str, dict[str, Path]] = {}
    for file, model in read.items():
        groups.setdefault(model.id.rpartition("-")[0], {}).setdefault(model.id, file)
    return [
        f"{first}: used for {family}, not {', '.join(map(str, others))}, which is another body; "
        "name the one that is meant alone"
        for family, files in groups.items()
        for first, *others in [list(files.values())]
        if others and not _UNKNOWN.match(f"{family}-")
    ]
