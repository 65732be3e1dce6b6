"""The public names of sefd-viewer; everything else may change between versions.

| for | names |
|---|---|
| pictures and data sets | `load_image`, `open_dataset`, `sample`, `Dataset`, `Record`, `Person` |
| 2D poses | `detect_people`, `read_poses`, `Pose2D` |
| edges | `canny`, `dilate`, `mesh_edges`, `EdgeSettings`, `EdgeMap`, `MeshEdges` |
| networks | `load_network`, `describe_weights`, `predict`, `Predictor`, `Prediction` |
| bodies | `open_body`, `load_body`, `BodyModel`, `SmplParameters` |
| cameras | `PinholeCamera`, `Crop`, `smpl_to_camera`, `to_image_plane` |
| what is wrong with cameras | `stated_cameras`, `StatedCamera`, `diagnose`, `Diagnosis` |
| checks | `scan`, `built_in_detectors`, `Detector`, `Measurement`, `Measurements`, `Finding` |
| for detectors | `Inspection`, `InspectedPerson`, `Trace` |
| verdicts | `VerdictStore`, `Verdict`, `fingerprint` |
| the window | `show`, `window_picture` |
| plugins in the window | `Feature`, `WorkspaceInfo`, `in_workspace`, `Pane`, `Command`, `CommandContext` |
| what plugins compute and keep | `Key`, `Slice` |
| for plugins' methods | `PersonInput`, `PredictedBody` |
| bodies as solids (pyvista) | `Solid`, `overlap`, `surfaces_apart`, `closest_point`, `girth_m` |
| errors in mm | `mpjpe`, `pa_mpjpe`, `mpvpe`, `person_metrics`, `PersonMetrics` |
| methods over a data set | `evaluate`, `MethodSummary` |
| what went wrong | `SefdError` |

Images are (H, W, 3) uint8 RGB. Points and boxes on them are pixels with centres at integers.
Bodies and cameras are in metres; x right, y down, z forward. Errors are in millimetres.
A name is imported when it is first used, so this module costs nothing by itself.

    from sefd_viewer import api
    image = api.load_image("photo.jpg")
    bodies = api.predict(image, roles=("student",))["student"]
    print(bodies[0].joints_image)
"""

from __future__ import annotations

import functools
import importlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.command import Command
    from sefd_viewer.app.effects import CommandContext
    from sefd_viewer.app.feature import Feature, Pane, WorkspaceInfo, in_workspace
    from sefd_viewer.app.keys import Key
    from sefd_viewer.app.slices import Slice
    from sefd_viewer.body.files import load_body, open_body
    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.body.parameters import SmplParameters
    from sefd_viewer.body.solids import Solid, closest_point, girth_m, overlap, surfaces_apart
    from sefd_viewer.cameras.diagnosis.camera_reading import stated_cameras
    from sefd_viewer.cameras.diagnosis.conventions import StatedCamera
    from sefd_viewer.cameras.diagnosis.diagnosing import Diagnosis, diagnose
    from sefd_viewer.checks.detector import Detector, Finding, Measurement
    from sefd_viewer.checks.inspection import InspectedPerson, Inspection
    from sefd_viewer.checks.measurements import Measurements
    from sefd_viewer.checks.scanning import built_in_detectors, scan
    from sefd_viewer.checks.traces import Trace
    from sefd_viewer.datasets.images import load_image
    from sefd_viewer.datasets.opening import open_dataset
    from sefd_viewer.datasets.records import Dataset, Person, Record
    from sefd_viewer.edges.image_edges import canny, dilate
    from sefd_viewer.edges.mesh_edges import MeshEdges, mesh_edges
    from sefd_viewer.edges.settings import EdgeMap, EdgeSettings
    from sefd_viewer.evaluation.case_measures import PredictedBody
    from sefd_viewer.evaluation.metrics import mpjpe, mpvpe, pa_mpjpe
    from sefd_viewer.evaluation.person_metrics import PersonMetrics, person_metrics
    from sefd_viewer.evaluation.runs.summary import MethodSummary
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.geometry.crops import Crop
    from sefd_viewer.geometry.image_plane import to_image_plane
    from sefd_viewer.geometry.joints import Pose2D
    from sefd_viewer.geometry.rotations import smpl_to_camera
    from sefd_viewer.inference.messages import PersonInput, Prediction, Role
    from sefd_viewer.inference.predictor import Predictor
    from sefd_viewer.judgements.database import Verdict
    from sefd_viewer.judgements.fingerprints import fingerprint
    from sefd_viewer.judgements.store import VerdictStore
    from sefd_viewer.networks.checkpoints import describe_weights, load_network
    from sefd_viewer.pose2d.detector import detect_people
    from sefd_viewer.pose2d.files import read_poses

__all__ = [
    "BodyModel",
    "Command",
    "CommandContext",
    "Crop",
    "Dataset",
    "Detector",
    "Diagnosis",
    "EdgeMap",
    "EdgeSettings",
    "Feature",
    "Finding",
    "InspectedPerson",
    "Inspection",
    "Key",
    "Measurement",
    "Measurements",
    "MeshEdges",
    "MethodSummary",
    "Pane",
    "Person",
    "PersonInput",
    "PersonMetrics",
    "PinholeCamera",
    "Pose2D",
    "PredictedBody",
    "Prediction",
    "Predictor",
    "Record",
    "SefdError",
    "Slice",
    "SmplParameters",
    "Solid",
    "StatedCamera",
    "Trace",
    "Verdict",
    "VerdictStore",
    "WorkspaceInfo",
    "built_in_detectors",
    "canny",
    "closest_point",
    "describe_weights",
    "detect_people",
    "diagnose",
    "dilate",
    "evaluate",
    "fingerprint",
    "girth_m",
    "in_workspace",
    "load_body",
    "load_image",
    "load_network",
    "mesh_edges",
    "mpjpe",
    "mpvpe",
    "open_body",
    "open_dataset",
    "overlap",
    "pa_mpjpe",
    "person_metrics",
    "predict",
    "read_poses",
    "sample",
    "scan",
    "show",
    "smpl_to_camera",
    "stated_cameras",
    "surfaces_apart",
    "to_image_plane",
    "window_picture",
]

_MODULES = {
    "app.command": ("Command",),
    "app.effects": ("CommandContext",),
    "app.feature": ("Feature", "Pane", "WorkspaceInfo", "in_workspace"),
    "app.keys": ("Key",),
    "app.slices": ("Slice",),
    "body.files": ("load_body", "open_body"),
    "body.model": ("BodyModel",),
    "body.parameters": ("SmplParameters",),
    "datasets.images": ("load_image",),
    "datasets.opening": ("open_dataset",),
    "datasets.records": ("Dataset", "Person", "Record"),
    "edges.image_edges": ("canny", "dilate"),
    "edges.mesh_edges": ("MeshEdges", "mesh_edges"),
    "edges.settings": ("EdgeMap", "EdgeSettings"),
    "evaluation.case_measures": ("PredictedBody",),
    "evaluation.metrics": ("mpjpe", "mpvpe", "pa_mpjpe"),
    "evaluation.person_metrics": ("PersonMetrics", "person_metrics"),
    "geometry.cameras": ("PinholeCamera",),
    "geometry.crops": ("Crop",),
    "geometry.joints": ("Pose2D",),
    "inference.messages": ("PersonInput", "Prediction"),
    "inference.predictor": ("Predictor",),
    "networks.checkpoints": ("describe_weights", "load_network"),
    "pose2d.detector": ("detect_people",),
    "pose2d.files": ("read_poses",),
    "cameras.diagnosis.camera_reading": ("stated_cameras",),
    "cameras.diagnosis.conventions": ("StatedCamera",),
    "cameras.diagnosis.diagnosing": ("Diagnosis", "diagnose"),
    "evaluation.runs.summary": ("MethodSummary",),
    "geometry.rotations": ("smpl_to_camera",),
    "geometry.image_plane": ("to_image_plane",),
    "judgements.fingerprints": ("fingerprint",),
    "judgements.store": ("VerdictStore",),
    "judgements.database": ("Verdict",),
    "checks.detector": ("Detector", "Finding", "Measurement"),
    "checks.inspection": ("InspectedPerson", "Inspection"),
    "checks.measurements": ("Measurements",),
    "checks.scanning": ("built_in_detectors", "scan"),
    "checks.traces": ("Trace",),
    "body.solids": ("Solid", "closest_point", "girth_m", "overlap", "surfaces_apart"),
}
_HOME = {name: f"sefd_viewer.{module}" for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def predict(
    image: NDArray[np.uint8],
    people: Sequence[Pose2D] | None = None,
    *,
    roles: Sequence[Role] = ("baseline", "student", "teacher"),
    edges: EdgeSettings | None = None,
    predictor: Predictor | None = None,
    problems: list[str] | None = None,
) -> Mapping[Role, tuple[Prediction, ...]]:
    """Bodies of the people in `image` (H, W, 3) uint8 RGB, in this process, one per person and role.

    `people` are 2D poses; without them they are found first. The teacher's edges come from the
    baseline's meshes. Without a `predictor` the shipped networks run on the best device here and
    stay loaded. Raises SefdError when no person is found, a network fails, or a person cannot be predicted;
    with a list `problems` such people are told there instead, a sentence each, and the others predicted.
    """
    from sefd_viewer.edges.settings import EdgeSettings
    from sefd_viewer.inference.messages import Failed, PersonInput, PredictRequest, RoleResult
    from sefd_viewer.pose2d.detector import detect_people

    poses = detect_people(image) if people is None else people
    if not poses:
        raise SefdError("no person was found in the image", remedy="Pass `people`, 2D poses of your own")
    inputs = tuple(PersonInput(str(number), pose) for number, pose in enumerate(poses))
    request = PredictRequest(0, image, inputs, tuple(roles), edges or EdgeSettings())
    results: dict[Role, tuple[Prediction, ...]] = {}
    for message in (predictor or _shipped_predictor()).predict(request):
        if isinstance(message, Failed):
            raise SefdError(message.what, where=message.where, remedy=message.remedy)
        if isinstance(message, RoleResult):
            _tell(message.problems, problems)
            results[message.role] = message.predictions
    return results


def sample(name: Literal["capture", "crowd"] = "capture") -> Dataset:
    """The data set that ships: a capture of four cameras, or synthetic photos of crowds with full truth."""
    from sefd_viewer.datasets.opening import open_dataset
    from sefd_viewer.resources import resource_path

    return open_dataset(resource_path(f"sample_{name}"))


def evaluate(
    dataset: Dataset,
    methods: Sequence[str] = ("baseline", "student", "teacher"),
    *,
    folder: str | Path | None = None,
    positions: Sequence[int] | None = None,
    bodies: Sequence[str] = (),
    device: str = "auto",
) -> tuple[MethodSummary, ...]:
    """Measure methods over a data set, as `sefd-viewer evaluate` and People do; means with intervals, in mm.

    A method is "student", "NAME=FILE" for weights and predictions, or the id of a plugin's method, as after
    `--method`. Results are kept in `folder` (else with the other runs), and a stopped run is resumed;
    `positions` are the photos, None all of them. `bodies` are licensed body files. Raises SefdError for what
    cannot be read, and for methods that are commands: those belong to the command line.
    """
    from sefd_viewer.evaluation.runs.methods import parse_method
    from sefd_viewer.evaluation.runs.running import Runner, RunOptions, settings_of
    from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, default_folder
    from sefd_viewer.evaluation.runs.summary import summarise

    chosen = [parse_method(words) for words in methods]
    if any(method.command is not None for method in chosen):
        raise SefdError("a command cannot be a method here", remedy="Run it with sefd-viewer evaluate")
    options = RunOptions(device=device, bodies=tuple(bodies))
    plan = RunPlan.of(dataset, chosen, settings_of(options))
    store = RunStore(default_folder(plan) if folder is None else Path(folder), plan)
    Runner(dataset, chosen, options).run(store, range(plan.records) if positions is None else positions)
    return tuple(summarise(store.table()))


Shown: TypeAlias = "str | Path | Dataset | NDArray[np.uint8]"
"""What the window opens: a file or folder, a data set that was opened, a picture (H, W, 3) uint8 RGB."""


def show(
    *things: Shown, people: Sequence[Pose2D] | None = None, view: Mapping[str, Any] | None = None
) -> subprocess.Popen[bytes]:
    """Open the window on what is held here (nothing: the sample) and go on; `.wait()` until it is closed.

    `people` are 2D poses of the first picture, which the networks then take. `view` is what "Copy as Python"
    copies. Pictures lie in a folder that is removed when this program ends. Raises SefdError for a data set
    without a folder.
    """
    session = _session(things, people, view, Path(_kept_folder().name))
    return subprocess.Popen([sys.executable, "-m", "sefd_viewer", str(session)])


def window_picture(
    inputs: Sequence[Shown] = (),
    *,
    view: Mapping[str, Any] | None = None,
    size: tuple[int, int] = (1440, 900),
) -> NDArray[np.uint8]:
    """A picture of the window (H, W, 3) RGB with `inputs` open (none: the sample); no screen is needed.

    `view` is what "Copy as Python" copies. The window runs in a process of its own until all results are
    there. Raises SefdError with its words when something cannot be opened or shown.
    """
    import json

    from sefd_viewer.datasets.images import load_image

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "window.png"
        words = [_input(thing, Path(folder)) for thing in inputs] or ["--sample"]
        words += ["--view", json.dumps(dict(view or {})), "--size", f"{size[0]}x{size[1]}"]
        words += ["--screenshot", str(file)]
        done = subprocess.run([sys.executable, "-m", "sefd_viewer", *words], capture_output=True, text=True)
        if done.returncode:
            said = done.stderr.strip().removeprefix("sefd-viewer: ")
            raise SefdError(
                said or f"the window has ended with exit status {done.returncode}",
                remedy=None
                if said
                else "sefd-viewer doctor says whether this machine can draw, and names the log",
            )
        return load_image(file)


def _session(
    things: Sequence[Shown],
    people: Sequence[Pose2D] | None,
    view: Mapping[str, Any] | None,
    folder: Path,
) -> Path:
    """A session about these things, in a folder that takes pictures and 2D poses."""
    from sefd_viewer.app.sessions import ENDING, Session, write_session
    from sefd_viewer.atomic import write_file
    from sefd_viewer.pose2d.editing_file import EditedPicture, edited_poses_json

    inputs, seen = tuple(_input(thing, folder) for thing in things), dict(view or {})
    if people is not None:
        name = Path(inputs[0]).name if inputs else ""
        picture = EditedPicture({str(number + 1): pose for number, pose in enumerate(people)})
        seen["poses"] = str(write_file(folder / "people.json", edited_poses_json({name: picture})))
    path = folder / f"shown-{len(list(folder.iterdir()))}{ENDING}"
    write_session(path, Session(inputs, seen))
    return path


def _input(thing: Shown, folder: Path) -> str:
    if isinstance(thing, str | Path):
        return str(Path(thing).resolve())
    root = getattr(thing, "root", None)
    if root is not None:
        return str(Path(root).resolve())
    if not hasattr(thing, "shape"):
        raise SefdError("this data set has no folder", remedy="Show the files that it was made of")
    from PIL import Image

    path = folder / f"picture-{len(list(folder.iterdir()))}.png"
    Image.fromarray(thing).save(path)  # type: ignore[arg-type]
    return str(path)


@functools.cache
def _kept_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="sefd-viewer-")


def _tell(found: Sequence[str], problems: list[str] | None) -> None:
    if found and problems is None:
        remedy = "Leave them out of `people`, or pass a list as `problems` to predict the others"
        raise SefdError("; ".join(found), remedy=remedy)
    if problems is not None:
        problems += [one for one in found if one not in problems]


@functools.cache
def _shipped_predictor() -> Predictor:
    from sefd_viewer.inference.predictor import Predictor

    return Predictor()
