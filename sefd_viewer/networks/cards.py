"""What travels with a weights file: which network it is, what it is fed, where it comes from. No torch."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, cast, get_args

from sefd_viewer.errors import DAMAGED, WeightsError
from sefd_viewer.geometry.crops import CropConvention

Role = Literal["baseline", "student", "teacher"]
PresetName = Literal["paper", "compact", "compact-2"]

ROLES: tuple[Role, ...] = ("baseline", "student", "teacher")
PRESET_NAMES: tuple[PresetName, ...] = ("paper", "compact", "compact-2")


_LONGEST_HEADER = 100_000_000
ESTIMATOR_CARD = "estimator"
"""Under what name the header of an edge estimator's file holds its card."""
EdgeKind = Literal["none", "image", "mesh_overlap"]
Orientation = Literal["camera", "crop"]
PictureBorder = Literal["kept", "masked"]
DilationBox = Literal["projected", "annotated"]
StructuralMap = Literal["canny", "hed", "see", "sesd", "overlap", "all", "occluded", "empty"]
STRUCTURAL_MAPS: Mapping[str, Literal["picture", "meshes", "nothing"]] = {
    **dict.fromkeys(("canny", "hed", "see", "sesd"), "picture"),
    **dict.fromkeys(("overlap", "all", "occluded"), "meshes"),
    "empty": "nothing",
}
"""What a fourth channel may show, and what it is made of."""
_OWN_MAPS: Mapping[str, StructuralMap] = {"student": "canny", "teacher": "overlap"}
EDGE_KINDS: dict[Role, EdgeKind] = {"baseline": "none", "student": "image", "teacher": "mesh_overlap"}


def input_channels(role: Role) -> int:
    """3 (RGB) for the baseline, 4 (RGB and one edge map) for student and teacher."""
    return 3 if role == "baseline" else 4


@dataclass(frozen=True)
class NetworkCard:
    """The card of one weights file.

    `edges` are `EdgeSettings.to_dict()` of the fourth channel, None for a network without one; `training` its
    settings. `crop_convention` says how its crop is cut and where the 2D joints lie on the heatmaps: as here,
    or as in the release. `orientation` is the frame of the root rotation: the photo's camera (the release),
    or that camera turned towards the crop (geometry.crop_rotation). `picture_border` says whether the
    student's edges include the frame that the end of the picture draws into a crop. `dilation_box` says which
    box's area decides how wide the teacher's edges are: that of the projected body, or the annotated tight
    one where there is one (the release; supplement, section 4). `structural_map` is what the fourth channel
    shows where that is not the role's own, Canny or the overlap of true meshes; `estimator` is
    the card of the network that makes it, where it is SEE's or SESD's. Metrics carry their unit in the name.
    """

    preset: PresetName
    role: Role
    body_id: str
    edges: Mapping[str, Any] | None = None
    input_size: int = 256
    colour_order: str = "rgb"
    joint_set: str = "smpl30"
    orientation: Orientation = "camera"
    crop_convention: CropConvention = "centred"
    picture_border: PictureBorder = "kept"
    dilation_box: DilationBox = "projected"
    licence: str = ""
    trained_on: str = ""
    structural_map: StructuralMap | None = None
    estimator: Mapping[str, Any] | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_choice("preset", self.preset, get_args(PresetName))
        _check_choice("role", self.role, get_args(Role))
        _check_choice("orientation", self.orientation, get_args(Orientation))
        _check_choice("crop_convention", self.crop_convention, get_args(CropConvention))
        _check_choice("picture_border", self.picture_border, get_args(PictureBorder))
        _check_choice("dilation_box", self.dilation_box, get_args(DilationBox))
        if self.structural_map is not None:
            _check_choice("structural_map", self.structural_map, get_args(StructuralMap))

    @property
    def edge_kind(self) -> EdgeKind:
        """What the fourth channel shows: nothing, the photo's own edges or the overlapping mesh edges."""
        return EDGE_KINDS[self.role]

    @property
    def map(self) -> StructuralMap | None:
        """What the fourth channel shows; None for a network without one."""
        return self.structural_map or _OWN_MAPS.get(self.role)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    def to_json(self) -> str:
        """One JSON object with sorted keys."""
        return json.dumps(self.to_dict(), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> NetworkCard:
        """Read a card; WeightsError when it is no card or names what this version does not know."""
        values = _parse(text)
        unknown = values.keys() - {entry.name for entry in fields(cls)}
        absent = {"preset", "role", "body_id"} - values.keys()
        if unknown or absent:
            words = f"lacks {sorted(absent)}" if absent else f"has unknown entries {sorted(unknown)}"
            raise WeightsError(f"the card of these weights {words}", remedy="Use the version that wrote it")
        return cls(**values)


def _parse(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WeightsError(
            "the card of these weights is not JSON", remedy="Save the weights again"
        ) from error
    if not isinstance(values, dict):
        raise WeightsError("the card of these weights is not a JSON object", remedy="Save the weights again")
    return cast(dict[str, Any], values)


def _check_choice(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise WeightsError(f"the card's {name} is {value!r}", remedy=f"Known are {', '.join(known)}")


def card_of(path: Path) -> dict[str, Any]:
    """What the header of a safetensors file says of its network, read without torch.

    Empty where there is nothing to read: the networks say what is wrong with a file.
    """
    try:
        card = json.loads(_metadata(path)["card"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return card if isinstance(card, dict) else {}


def holds_estimator(path: Path) -> bool:
    """Whether the header of a file says that it holds SEE or SESD, read without torch."""
    return ESTIMATOR_CARD in _metadata(path)


def _metadata(path: Path) -> Mapping[str, Any]:
    """What the header of a safetensors file holds besides tensors; empty where there is nothing to read."""
    if path.suffix != ".safetensors":
        return {}
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(length, _LONGEST_HEADER)))
        metadata = header["__metadata__"]
    except (OSError, RecursionError, struct.error, *DAMAGED):
        return {}
    return metadata if isinstance(metadata, dict) else {}
