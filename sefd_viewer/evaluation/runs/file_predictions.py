"""Predictions that lie in files: our JSON documents and archives, 3DPW's pickles, other programs' files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.joints_alone import AT_THE_ROOT_M, is_joints, joints_id, joints_vertices
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.body.smpl_layout import GENDERS
from sefd_viewer.datasets.body_files.mapping import mapped_people, read_mapping
from sefd_viewer.datasets.body_files.people import SAME_BODY_MM, FoundFile, FoundPerson, apart_mm, numbers
from sefd_viewer.datasets.body_files.reading import (
    described,
    folder_people,
    known_people,
    located,
    of_stated,
    stored_content,
)
from sefd_viewer.datasets.picture_index import PictureIndex
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import DAMAGED, BodyError, SefdError
from sefd_viewer.evaluation.case_measures import PredictedBody
from sefd_viewer.evaluation.photo_truth import FindBody
from sefd_viewer.evaluation.runs.doubts import about_bodies, about_cameras, about_frames, some_records
from sefd_viewer.evaluation.runs.external import picture_name
from sefd_viewer.evaluation.runs.matching import (
    MatchedPeople,
    by_own_names,
    matched,
    named_by_boxes,
)
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.naming import Nearness, body_of, named_as_annotated, placed, shaped
from sefd_viewer.evaluation.runs.photos import Photo
from sefd_viewer.evaluation.runs.pose_sources import ANNOTATION
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.crops import Crop, crop_rotation
from sefd_viewer.geometry.joints import JOINT_SETS
from sefd_viewer.inference.export import SCHEMA
from sefd_viewer.inference.messages import Role

_KEYS = ("records", "people")
_PER_PERSON = (*_KEYS, "scores", "vertices", "joints", "pose", "betas", "transl")
_LOOKED_AT = 20
_NPZ = (
    "an .npz holds records (N,), people (N,), maybe scores (N,), and vertices (N,V,3), pose (N,72) and betas "
    "(N,10), or joints (N,J,3) in metres with joint_set such as human36m17"
)


class FoundBodies(NamedTuple):
    """The bodies predicted for a record, by person, and why those of others cannot be used."""

    bodies: dict[str, PredictedBody]
    refused: dict[str, str]


class FilePredictions:
    """What a file or folder predicts, by record and person."""

    def __init__(self, method: Method, find_body: FindBody, dataset: Dataset) -> None:
        """Read everything; raises SefdError for what is no file of predictions, or one of other pictures."""
        assert method.predictions is not None
        path, self._find_body = Path(method.predictions), find_body
        self._cases: dict[str, dict[str, dict[str, Any]]] = {}
        self._names: Mapping[int, str] = {}
        self._stated = method.body
        self.nearness = Nearness(method.near, method.overlap)
        pairs = (pair.partition("=") for pair in method.called.split(",") if pair)
        self._ours = {theirs: ours for theirs, _, ours in pairs}
        self._about = list[str]()
        found: FoundFile | None = None
        mapping = None if method.mapping is None else read_mapping(Path(method.mapping))
        if mapping is not None and not path.is_dir():
            found = located(mapped_people(stored_content(path), path, mapping), path, path)
        elif mapping is None and holds_documents(path):
            self._read_documents(path, method.role)
        else:
            found = folder_people(path, mapping) if path.is_dir() else self._read_values(path)
        self._matched: MatchedPeople | None = None
        if found is not None:
            found = of_stated(found, method.body, path)
            self._about = [*about_bodies(found, find_body), *about_cameras(found, some_records(dataset))]
            self._matched = (
                _of_command(found, method.pictures)
                if method.pictures
                else matched(found, dataset, later=method.later, each=method.each, within=method.within)
            )
            if not method.pictures and method.later is None:
                self._about += about_frames(self._matched, dataset, find_body)
        elif not self._cases:
            raise SefdError("there are no predictions here", where=path, remedy=_forms(method.role))
        elif method.pictures:
            written = [picture_name(k) for k in range(len(method.pictures))]
            names, _ = PictureIndex(written, [None] * len(written)).called(self._cases)
            self._names = {method.pictures[k]: name for k, name in names.items()}
        else:
            self._names, words = by_own_names(self._cases, dataset)
            count = sum(map(len, self._cases.values()))
            about = f"the program's own form: {count} bodies, people by name"
            self._about = [about, *words, *self._about]

    @property
    def notes(self) -> tuple[str, ...]:
        """How the file was matched with the set, in words; nothing for the program's own documents."""
        return (*(() if self._matched is None else self._matched.words), *self._about)

    def named(self, photo: Photo) -> FoundBodies:
        """The same as `of`, by the names of the annotated people whom the bodies are near."""
        bodies, refused = self.of(photo)
        return FoundBodies(named_as_annotated(bodies, photo, self.nearness), refused)

    def of(self, photo: Photo) -> FoundBodies:
        """What is predicted for a record.

        Bodies that bring no camera stand before the person's own, else the record's, else the first one's.
        """
        if self._matched is not None:
            return self._of_others(photo, self._matched.by_position.get(photo.position, ()))
        record = photo.record
        found = self._cases.get(self._names.get(photo.position, ""), {})
        cameras = {person.key: person.camera for person in record.people if person.camera is not None}
        shared = record.camera or next(iter(cameras.values()), None)
        bodies: dict[str, PredictedBody] = {}
        refused: dict[str, str] = {}
        for person, case in found.items():
            try:
                bodies[person] = self._body(person, case, cameras.get(person) or shared)
            except SefdError as error:
                refused[person] = str(error)
        return FoundBodies(bodies, refused)

    def _of_others(self, photo: Photo, people: Sequence[FoundPerson]) -> FoundBodies:
        """The bodies that another program predicted, under names that are nobody's in the set."""
        found = FoundBodies({}, {})
        own = named_by_boxes(people, photo.record, self.nearness.overlap)
        for place, one in enumerate(people):
            name = self._ours.get(one.person) or own.get(place, one.person)
            while name in found.bodies or name in found.refused:
                name += "'"
            try:
                found.bodies[name] = placed(replace(one, person=name), self._find_body, photo)
            except SefdError as error:
                found.refused[name] = str(error)
        return found

    def _body(self, person: str, case: dict[str, Any], photo: PinholeCamera | None) -> PredictedBody:
        if "broken" in case:
            raise case["broken"]
        if "surface" in case:
            surface: FoundPerson = case["surface"]
            body = body_of(surface, self._find_body)
            vertices = shaped(np.asarray(surface.vertices), body)
            camera = case.get("camera") or (photo if case.get("placed", True) else None)
            return PredictedBody(person, vertices, body, camera, score=case.get("score", 1.0))
        smpl: SmplParameters = case["smpl"]
        body = self._find_body(smpl.body_id)
        camera = case.get("camera") or photo
        crop: Crop | None = case.get("crop")
        turn = None if crop is None or photo is None else crop_rotation(crop, photo).T
        score = case.get("score", 1.0)
        return PredictedBody(person, body.forward(smpl).vertices, body, camera, turn, score)

    # ---- our documents

    def _read_documents(self, path: Path, role: Role | None) -> None:
        for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
            content = stored_content(file)
            if isinstance(content, dict) and content.get("schema") == SCHEMA:
                try:
                    self._take_document(content, role)
                except DAMAGED as error:
                    remedy = "Let `sefd-viewer predict` write it again"
                    words = f"this document of predictions is broken ({type(error).__name__}: {error})"
                    raise SefdError(words, where=file, remedy=remedy) from error

    def _take_document(self, content: Mapping[str, Any], role: Role | None) -> None:
        source = str(content["image"]["path"])
        cases: dict[str, dict[str, Any]] = {}
        for person in content["people"]:
            answers = person["predictions"]
            chosen = answers.get(role) if role is not None else next(iter(answers.values()), None)
            if chosen is not None:
                pose = person.get("pose2d", {})
                cases[person["person"]] = _case(partial(_document_case, chosen, pose))
        self._cases.setdefault(source, cases)

    # ---- archives and pickles

    def _read_values(self, path: Path) -> FoundFile | None:
        """Our own archive, a sequence as 3DPW's, or else another program's file, told by what is inside."""
        content = stored_content(path)
        if isinstance(content, dict) and "records" in content:
            self._read_npz(content, path)
        elif is_sequence(content):
            self._read_sequence(content, path)
        else:
            found, _mapping = known_people(content, path)
            if found is None:
                words = f"this is not a file of bodies in a known format; it holds {described(content)}"
                remedy = f"{_forms(None)}; `sefd-viewer what {path.name}` proposes how to map it"
                raise SefdError(words, where=path, remedy=remedy)
            return located(found, path, path)
        return None

    def _read_npz(self, values: Mapping[str, Any], path: Path) -> None:
        content = _arrays(values, path)
        if not {"vertices", "pose", "joints"} & content.keys():
            raise SefdError("this archive lacks what it must hold", where=path, remedy=_NPZ)
        _check_lengths(content, path)
        alone = not {"vertices", "pose"} & content.keys()
        body_id = _joints_of(content, path) if alone else self._stated or str(content.get("body_id", ""))
        if not body_id and not {"vertices", "faces"} <= content.keys():
            raise SefdError(
                "this archive does not say which body its people are of",
                where=path,
                remedy=f"Save body_id in it (of any other mesh faces, (F, 3)), or name it: "
                f"NAME={path.name}#open-body-1 or #smpl-neutral",
            )
        self._about += _contradicted(content, body_id, self._find_body)
        for row, record in enumerate(content["records"]):
            person = str(content["people"][row]) if "people" in content else "1"
            cases = self._cases.setdefault(str(record), {})
            if person in cases:
                raise SefdError(f"person {person} of {record} occurs twice", where=path, remedy=_NPZ)
            cases[person] = _case(partial(_npz_case, content, row, body_id))

    def _read_sequence(self, content: Mapping[str, Any], path: Path) -> None:
        """A pickle as 3DPW's: poses, betas and trans of each person for each frame, named image_00000."""
        try:
            sequence = str(content.get("sequence", path.stem))
            genders = content.get("genders", ["n"] * len(content["poses"]))
            for person, poses in enumerate(content["poses"]):
                betas = np.asarray(content["betas"][person], np.float32)
                for frame, pose in enumerate(np.asarray(poses, np.float32)):
                    make = partial(
                        _smpl_case,
                        self._stated or str(content.get("body_id", f"smpl-{GENDERS[str(genders[person])]}")),
                        pose[:72],
                        (betas if betas.ndim == 1 else betas[frame])[:10],
                        np.asarray(content["trans"][person][frame], np.float32),
                    )
                    case = _case(make)
                    self._cases.setdefault(f"{sequence}/image_{frame:05d}.jpg", {})[str(person)] = case
        except DAMAGED as error:
            raise SefdError(
                f"this is not a sequence of predictions ({error})",
                where=path,
                remedy="docs/formats.md shows how sequences are stored",
            ) from error


def _of_command(found: FoundFile, positions: Sequence[int]) -> MatchedPeople:
    """The people in what a command wrote about pictures that were numbered for it."""
    names = [picture_name(place) for place in range(len(positions))]
    records = [Record(name, name, Path("images") / f"{name}.png") for name in names]
    there = matched(found, Dataset("the command's pictures", None, "image folder", records))
    return MatchedPeople(
        {positions[place]: people for place, people in there.by_position.items()}, there.words
    )


def is_sequence(content: Any) -> bool:
    """Whether somebody's poses lie in a list of people, as in 3DPW's pickles."""
    poses = content.get("poses") if isinstance(content, dict) else None
    first = poses[0] if isinstance(poses, list) and poses else ()
    rows = isinstance(first, list) and bool(first) and isinstance(first[0], list | np.ndarray)
    return rows or (isinstance(first, np.ndarray) and first.ndim == 2)


def holds_documents(path: Path) -> bool:
    """Whether a file, or the first JSON files of a folder, are documents of `sefd-viewer predict`."""
    files = sorted(path.glob("*.json"))[:_LOOKED_AT] if path.is_dir() else [path]
    for file in files:
        if file.suffix.lower() == ".json":
            with suppress(SefdError):
                content = stored_content(file)
                if isinstance(content, dict) and content.get("schema") == SCHEMA:
                    return True
    return False


def _joints_of(content: Mapping[str, Any], path: Path) -> str:
    """The body of joints alone that an archive is of; SefdError where it does not say which joints."""
    name = str(content.get("joint_set", ""))
    joints = np.asarray(content["joints"])
    if name not in JOINT_SETS or joints.ndim != 3 or joints.shape[1:] != (JOINT_SETS[name].count, 3):
        words = f"this archive has joints {joints.shape}, and calls them {name!r}"
        remedy = f"Save joint_set in it, one of {', '.join(JOINT_SETS)}, and joints (N, J, 3) of it"
        raise SefdError(words, where=path, remedy=remedy)
    return joints_id(name)


def _arrays(values: Mapping[str, Any], path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz; of others than are needed nothing is wanted."""
    known = (*_PER_PERSON, "faces", "body_id", "joint_set")
    try:
        arrays = {name: _array(one) for name, one in values.items() if name in known}
        if "faces" in arrays:
            arrays["faces"] = numbers(arrays["faces"], -1, 3, name="faces").astype(np.int64)
        return arrays
    except ValueError as error:
        raise SefdError(f"this archive holds no arrays ({error})", where=path, remedy=_NPZ) from error


def _array(values: Any) -> NDArray[Any]:
    """The values as an array; of words or numbers where they were saved as objects."""
    array = np.asarray(values)
    return np.array(array.tolist()) if array.dtype == object else array


def _case(make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A person's prediction; one that cannot be used is kept as the error, so that it is counted."""
    try:
        return make()
    except BodyError as error:
        return {"broken": error}


def _document_case(answer: Mapping[str, Any], pose: Mapping[str, Any]) -> dict[str, Any]:
    case: dict[str, Any] = {
        "score": 1.0 if pose.get("source", ANNOTATION) == ANNOTATION else float(pose["score"]),
        "smpl": SmplParameters.from_dict(answer["smpl"]),
        "camera": PinholeCamera.from_dict(answer["camera"]),
    }
    if answer.get("orientation") == "crop":
        case["crop"] = Crop.from_square(answer["crop"]["bbox_xywh"], size=int(answer["crop"]["size"]))
    return case


def _npz_case(content: Mapping[str, NDArray[Any]], row: int, body_id: str) -> dict[str, Any]:
    score = {"score": float(content["scores"][row])} if "scores" in content else {}
    if "vertices" in content:
        vertices, faces = content["vertices"][row], content.get("faces")
        return {"surface": FoundPerson("", body_id, vertices=vertices, faces=faces), **score}
    if is_joints(body_id):
        own = np.asarray(content["joints"][row], np.float64)
        bones = joints_vertices(own, body_id.removeprefix("joints-"))
        before = bool((own[:, 2] > AT_THE_ROOT_M).all())
        return {"surface": FoundPerson("", body_id, vertices=bones), "placed": before, **score}
    transl = content["transl"][row] if "transl" in content else np.zeros(3)
    return _smpl_case(body_id, content["pose"][row], content["betas"][row], transl) | score


def _contradicted(content: Mapping[str, NDArray[Any]], body_id: str, find_body: FindBody) -> list[str]:
    """That an archive's vertices are not what its own parameters make, in words; the vertices count."""
    if not {"vertices", "pose", "betas"} <= content.keys() or not len(content["records"]):
        return []
    try:
        smpl = SmplParameters.from_pose(body_id, content["pose"][0], content["betas"][0], np.zeros(3))
        mean = apart_mm(content["vertices"][0], find_body(body_id).forward(smpl).vertices)
    except (SefdError, *DAMAGED):
        return []  # told for each person
    if not mean > SAME_BODY_MM:
        return []
    words = f"its vertices are {mean:.0f} mm from those that {body_id} makes of its pose"
    return [f"{words}: the vertices count"]


def _smpl_case(body_id: str, pose: NDArray[Any], betas: NDArray[Any], transl: NDArray[Any]) -> dict[str, Any]:
    return {"smpl": SmplParameters.from_pose(body_id, pose, betas, transl)}


def _check_lengths(content: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Raise SefdError where arrays are missing or do not have an entry for each record."""
    count = content["records"].size
    needed = ("betas",) if "pose" in content and "vertices" not in content else ()
    for name in (*needed, *_PER_PERSON):
        if name not in content and name in needed:
            raise SefdError(f"this archive has pose without {name}", where=path, remedy=_NPZ)
        if name in content and (content[name].ndim == 0 or len(content[name]) != count):
            words = f"{name} is {content[name].shape} for {count} records"
            raise SefdError(words, where=path, remedy=_NPZ)
        if name in content and name not in _KEYS and content[name].dtype.kind not in "fiu":
            raise SefdError(f"{name} holds no numbers", where=path, remedy=_NPZ)


def _forms(role: Role | None) -> str:
    which = f" of the {role}" if role else ""
    return f"Give a folder that `sefd-viewer predict` wrote{which}, or a file of docs/formats.md"
