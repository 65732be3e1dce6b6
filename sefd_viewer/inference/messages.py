"""What crosses between the window and the inference process: frozen dataclasses of numpy arrays.

Requests carry a number that grows; every answer repeats the number of the request that it belongs to,
so an answer that nobody waits for any more is easy to drop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    import numpy as np

    from sefd_viewer.body.parameters import SmplParameters, StoredSurface, TrueParameters
    from sefd_viewer.edges.settings import EdgeMap, EdgeSettings
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.geometry.crops import Crop
    from sefd_viewer.geometry.joints import Pose2D

Role = Literal["baseline", "student", "teacher"]
ROLES: tuple[Role, ...] = get_args(Role)
"""The roles in the order in which they are computed when the teacher needs the baseline's meshes."""
EdgeNetwork = Literal["hed", "see", "sesd"]
EDGE_NETWORKS: tuple[EdgeNetwork, ...] = get_args(EdgeNetwork)
"""What finds edges in photos: HED, and the two that guess the overlap edge (supplement, section 5)."""


@dataclass(frozen=True, eq=False)
class PersonInput:
    """One person to predict: the 2D pose, and the ground truth body where there is one.

    `smpl` is in the frame of `camera`; without an own `camera` the request's `scene_camera` is meant.
    `annotated_box` x y w h (4,) is the tight one in image pixels, None where nobody annotated one.
    `surface` stands for `smpl` where no parameters are known.
    """

    key: str
    pose2d: Pose2D
    smpl: SmplParameters | None = None
    camera: PinholeCamera | None = None
    annotated_box: np.ndarray | None = None
    surface: StoredSurface | None = None

    @property
    def truth(self) -> TrueParameters | None:
        """The true body: by its parameters, else the surface as it lies."""
        return self.smpl if self.smpl is not None else self.surface


@dataclass(frozen=True, eq=False)
class PredictRequest:
    """Predict `people` of `image` (H,W,3 uint8 RGB) with the networks of `roles`.

    `weights` maps a role to a weights file; a role that is not named uses the shipped one.
    `bodies` lists files or folders of licensed bodies that the networks' cards may ask for.
    """

    number: int
    image: np.ndarray
    people: tuple[PersonInput, ...]
    roles: tuple[Role, ...]
    edges: EdgeSettings
    scene_camera: PinholeCamera | None = None
    weights: Mapping[str, str] | None = None
    bodies: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class EdgesRequest:
    """Find the edges of `image` (H,W,3 uint8 RGB) with one network.

    HED looks at the photo with `max_side` pixels at most; SEE and SESD at the crop of each of the `people`,
    and their crops are laid onto a photo of at most that size. `weights` maps a network to its file; one that
    is not named uses the shipped one.
    """

    number: int
    image: np.ndarray
    network: EdgeNetwork = "hed"
    people: tuple[PersonInput, ...] = ()
    weights: Mapping[str, str] | None = None
    max_side: int = 640


@dataclass(frozen=True, eq=False)
class Trial:
    """One network asked about one person with something changed; `key` comes back with the answer.

    `crop_rgb` (256,256,3) uint8 stands for the photo's crop, `edge` (256,256) float32 in [0,1] for the edges
    that the network would be given: the student's are found in the crop with the request's settings, the
    teacher's cannot be made from a crop and have to be here. `weights` is another file of the role. 2D joints
    where `hidden` (256,256) bool is True are lost, as a detector would lose them; the crop stays as it is.
    """

    key: str
    role: Role
    crop_rgb: np.ndarray | None = None
    edge: np.ndarray | None = None
    weights: str | None = None
    hidden: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class TrialRequest:
    """Try what the networks say about one person of `image` (H,W,3 uint8 RGB) when their input is changed.

    With `inside` the answers hold what the networks have inside. `weights` and `bodies` are as in a
    PredictRequest; all `trials` are answered together. `others` are in the photo too: they may hide edges.
    """

    number: int
    image: np.ndarray
    person: PersonInput
    trials: tuple[Trial, ...]
    edges: EdgeSettings
    weights: Mapping[str, str] | None = None
    bodies: tuple[str, ...] = ()
    inside: bool = False
    others: tuple[PersonInput, ...] = ()


@dataclass(frozen=True)
class CancelRequest:
    """Stop everything numbered up to `number`; what is not started yet is dropped."""

    number: int


Job = PredictRequest | EdgesRequest | TrialRequest


@dataclass(frozen=True, eq=False)
class Prediction:
    """One person's body as one network sees it, with all that is needed to draw and to check it.

    `vertices_camera` (V,3), `joints_camera` (30,3, joint set smpl30) in metres and `parameters` are in
    the frame of `camera`, the person's own camera for full-image pixels; `joints_image` (30,2) are its
    pixels. `edge` is exactly the 256x256 map that the network saw, None for a network without one.
    `orientation` says which way that camera looks: as the photo's, or turned towards the crop.
    """

    person: str
    role: Role
    parameters: SmplParameters
    camera: PinholeCamera
    vertices_camera: np.ndarray
    joints_camera: np.ndarray
    joints_image: np.ndarray
    crop: Crop
    edge: EdgeMap | None
    weights_hash: str
    orientation: Literal["camera", "crop"] = "camera"


@dataclass(frozen=True, eq=False)
class RoleResult:
    """All predictions of one role for request `number`, and what each stage took in milliseconds.

    `problems` says in a sentence each which people could not be predicted, and why.
    """

    number: int
    role: Role
    predictions: tuple[Prediction, ...]
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class MeshEdgeResult:
    """The teacher's overlap map of the full image (`edge.values` (H,W)); `edge.source` says whose meshes."""

    number: int
    edge: EdgeMap
    milliseconds: float


@dataclass(frozen=True, eq=False)
class EdgesResult:
    """The edges of the full image for request `number`.

    SEE and SESD also tell the `crops` (256,256) that each person's mesh network would be given: `edge` has
    the stronger one where crops meet.
    """

    number: int
    network: EdgeNetwork
    edge: EdgeMap
    milliseconds: float
    crops: Mapping[str, EdgeMap] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Inside:
    """What a network has inside while it looks at one person.

    `crop_rgb` (256,256,3) uint8 and `heatmaps` (30,64,64) float16 of the 2D joints (SMPL 30) are its input;
    `volume` (15,8,S,S) float32 are the probabilities of each graph joint's voxel (depth, row, column) and
    `joints_volume` (15,3) their means as x, y, z in voxels; `features` the outputs of layer1 to layer4,
    (C,H,W) float16 each.
    """

    crop_rgb: np.ndarray
    heatmaps: np.ndarray
    volume: np.ndarray
    joints_volume: np.ndarray
    features: tuple[np.ndarray, ...]


@dataclass(frozen=True, eq=False)
class Tried:
    """The answer to the trial `key`."""

    key: str
    prediction: Prediction
    inside: Inside | None = None


@dataclass(frozen=True, eq=False)
class TrialResult:
    """The answers to request `number`, in the order of its trials; a network that failed has none."""

    number: int
    tried: tuple[Tried, ...]
    milliseconds: float


@dataclass(frozen=True)
class Progress:
    """Request `number` is at `stage` ("load baseline", "student" ...): `done` of `total` stages are over."""

    number: int
    stage: str
    done: int
    total: int


@dataclass(frozen=True)
class Begun:
    """The process works on request `number` from now on: should it end, the request may be why."""

    number: int


@dataclass(frozen=True)
class Finished:
    """Nothing more comes for request `number`; it took `milliseconds` in all.

    `superseded` says that a newer request or a cancel ended it early.
    """

    number: int
    milliseconds: float
    superseded: bool = False


@dataclass(frozen=True)
class Failed:
    """Something did not work: `what` and `where` in words, `remedy` the next step, `detail` the traceback.

    With a `role` only that role failed and the others go on; without one the whole request ended;
    without a `number` the engine itself is concerned.
    """

    number: int | None
    role: Role | None
    what: str
    where: str | None = None
    remedy: str | None = None
    detail: str | None = None

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}" + (f". {self.remedy}" if self.remedy else "")


@dataclass(frozen=True)
class Ready:
    """The engine is up: `device` is cuda, mps or cpu, `threads` its CPU threads.

    `note` holds words when the device that was asked for is not the one in use.
    """

    device: str
    device_name: str
    threads: int
    note: str | None = None


Message = RoleResult | MeshEdgeResult | EdgesResult | TrialResult | Progress | Finished | Failed | Ready
