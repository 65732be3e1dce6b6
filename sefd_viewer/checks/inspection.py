"""One record under inspection: bodies, joints, depth and picture, each made once when a detector asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel, BodyOutput
from sefd_viewer.body.parameters import SmplParameters, TrueParameters
from sefd_viewer.body.solids import RestSize, rest_size
from sefd_viewer.datasets.images import PictureFile, read_picture_file
from sefd_viewer.datasets.person_masks import PersonMasks
from sefd_viewer.datasets.records import Person, Record
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.image_plane import to_image_plane
from sefd_viewer.geometry.joints import SMPL30, as_joint_set, remap
from sefd_viewer.plain_files import is_file
from sefd_viewer.render.zbuffer import Buffers, render_buffers

_THORAX = "Thorax"


def joints_of(output: BodyOutput, body: BodyModel, joint_set: str) -> NDArray[np.float32]:
    """Joints (J, 3) of the set, metres, camera frame; nan for those that no body has.

    The thorax lies between the shoulders.
    """
    wanted = as_joint_set(joint_set)
    if wanted.name in body.joint_sets:
        return np.asarray(body.joints(output.vertices, output.joints, wanted), np.float32)
    all30, own = body.known_joints(output.vertices, output.joints, SMPL30)
    all30 = np.where(own[:, None], all30, np.nan)
    joints, present = remap(all30, SMPL30, wanted)
    joints[~present] = np.nan
    if _THORAX in wanted.names:
        shoulders = [SMPL30.index("L_Shoulder"), SMPL30.index("R_Shoulder")]
        joints[wanted.index(_THORAX)] = all30[shoulders].mean(axis=0)
    return joints.astype(np.float32)


LONGEST_SIDE = 512
"""Pixels; larger pictures are rendered smaller."""


@dataclass(frozen=True, eq=False)
class DepthView:
    """Buffers of a picture that was resized by `scale`, and the camera for that size."""

    buffers: Buffers
    camera: PinholeCamera
    scale: float

    def at(self, points_image: NDArray[np.floating]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """The body's number (N,) seen at pixels (N, 2) of the picture (0: none), and its depth in metres."""
        small = (np.asarray(points_image, np.float64) + 0.5) * self.scale - 0.5
        width, height = self.buffers.size
        inside = np.asarray(((small >= -0.5) & (small < np.array([width, height]) - 0.5)).all(axis=1))
        column, row = np.where(inside[:, None], np.rint(small), 0).astype(np.intp).T
        owner = np.where(inside, self.buffers.person_id[row, column], 0).astype(np.uint8)
        depth = np.where(inside, self.buffers.depth[row, column], np.inf).astype(np.float32)
        return owner, depth


def depth_view(
    meshes: Sequence[NDArray[np.floating]],
    faces: Sequence[NDArray[np.integer]],
    camera: PinholeCamera,
    size: tuple[int, int],
) -> DepthView:
    """Render meshes, each (V, 3) camera metres, of a picture of `size` (width, height)."""
    scale = min(1.0, LONGEST_SIDE / max(size))
    small = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    resized = camera.resized(scale)
    return DepthView(render_buffers(meshes, faces, resized, small, front_only=True), resized, scale)


FindBody = Callable[[str], BodyModel]

LABELLED = 0.3
"""Score from which a keypoint counts as labelled; annotated ones have 1 (visible) or 0.5 (hidden)."""

VISIBLE = 0.9
"""Score from which a keypoint counts as labelled visible."""

SURE = 0.6
"""Score from which a keypoint that a network found counts as seen."""

_LABELLED_BY_HAND = "annotation"
_LARGER = 2.0
_MOST_PEOPLE = 255


class InspectedPerson:
    """One person: what is annotated, and the body where there is one and its model is here.

    `camera` sees the body's frame (no extrinsics), `output` are vertices (V, 3) and joints (24, 3) in it.
    """

    def __init__(
        self, person: Person, camera: PinholeCamera | None, body: BodyModel | None, output: BodyOutput | None
    ) -> None:
        self.person = person
        self.key = person.key
        self.camera = camera
        self.body = body
        self.output = output

    @property
    def parameters(self) -> SmplParameters | None:
        """SMPL parameters in the camera's frame."""
        return self.person.smpl

    @cached_property
    def rest_size(self) -> RestSize | None:
        """How large the body is without its pose; None without parameters, or without a surface."""
        if self.body is None or self.parameters is None or not len(self.body.faces):
            return None
        return rest_size(self.body, self.parameters.betas)

    @cached_property
    def joints_camera(self) -> NDArray[np.float32] | None:
        """The body's joints (J, 3) in the joint set of the keypoints, metres; nan where the body has none."""
        pose = self.person.pose2d
        if pose is None or self.output is None or self.body is None:
            return None
        return joints_of(self.output, self.body, pose.joint_set)

    @cached_property
    def joints_image(self) -> NDArray[np.float64] | None:
        """The same joints' pixels (J, 2)."""
        if self.joints_camera is None or self.camera is None:
            return None
        return self.camera.project_camera(self.joints_camera)

    @cached_property
    def labelled(self) -> NDArray[np.bool_]:
        """Which keypoints (J,) are labelled; of length 0 without a 2D pose."""
        pose = self.person.pose2d
        if pose is None:
            return np.zeros(0, bool)
        return np.isfinite(pose.keypoints).all(axis=1) & (pose.keypoints[:, 2] >= LABELLED)

    @cached_property
    def visible(self) -> NDArray[np.bool_]:
        """Which keypoints (J,) are labelled visible, or were found by a detector that was sure of them."""
        pose = self.person.pose2d
        if pose is None:
            return np.zeros(0, bool)
        return self.labelled & (pose.keypoints[:, 2] >= (VISIBLE if self.labelled_by_hand else SURE))

    @property
    def labelled_by_hand(self) -> bool:
        """Whether the keypoints are annotated; else a network found them."""
        return self.person.pose2d is not None and self.person.pose2d.source == _LABELLED_BY_HAND

    @cached_property
    def size_px(self) -> float:
        """The person's size in the picture: the longer side of the box and of the keypoints' extent.

        Where hardly anything of a person is seen it is the body's, up to twice what is annotated.
        """
        annotated = self._annotated_px
        if self.output is None or self.camera is None:
            return annotated
        pixels = self.camera.project_camera(self.output.joints)
        if not np.isfinite(pixels).all():
            return annotated
        return max(annotated, min(float(np.ptp(pixels, axis=0).max()), _LARGER * annotated))

    @property
    def _annotated_px(self) -> float:
        sides = [1.0]
        if self.person.bbox_xywh is not None:
            sides.append(float(np.nan_to_num(self.person.bbox_xywh[2:]).max()))
        if self.labelled.any() and self.person.pose2d is not None:
            sides.append(float(np.ptp(self.person.pose2d.keypoints[self.labelled, :2], axis=0).max()))
        return max(sides)


class Inspection:
    """A record and what is derived from it. `notes` say what could not be looked at."""

    def __init__(
        self,
        record: Record,
        find_body: FindBody,
        *,
        position: int = 0,
        find_masks: Callable[[], PersonMasks | None] | None = None,
    ) -> None:
        self.record = record
        self.position = position
        self.notes: list[str] = []
        self._find_body = find_body
        self._find_masks = find_masks
        self._alone: dict[str, DepthView] = {}

    @cached_property
    def people(self) -> tuple[InspectedPerson, ...]:
        """Everyone in the record, in order."""
        outputs = self._outputs([one.truth for one in self.record.people])
        return tuple(
            InspectedPerson(one, self._camera(one), body, output)
            for one, (body, output) in zip(self.record.people, outputs, strict=True)
        )

    @cached_property
    def with_bodies(self) -> tuple[InspectedPerson, ...]:
        """The people who have a body before a camera."""
        return tuple(one for one in self.people if one.output is not None and one.camera is not None)

    @cached_property
    def one_camera(self) -> bool:
        """Whether all bodies are in the frame of one camera: only then depths between people are measured."""
        cameras = {id(one.person.camera) for one in self.with_bodies}
        return len(cameras) <= 1

    @cached_property
    def plane(self) -> tuple[PinholeCamera, list[NDArray[np.floating]]] | None:
        """One camera and everyone's vertices (V, 3) before it (supplement section 7.1); None: no bodies."""
        people = self.with_bodies
        if not people:
            return None
        reference = people[0].camera
        assert reference is not None
        return reference, [self._in_plane(one, reference) for one in people]

    def placed(self, one: InspectedPerson) -> NDArray[np.floating]:
        """A person's vertices (V, 3) before the one camera of `plane`; the person must have a body."""
        assert self.plane is not None
        return self.plane[1][self.with_bodies.index(one)]

    @cached_property
    def size(self) -> tuple[int, int] | None:
        """(width, height) as annotated, else of the file."""
        if self.record.size is not None:
            return self.record.size
        if self.record.image is not None:
            return self.record.image.shape[1], self.record.image.shape[0]
        return None if self.file is None else self.file.size

    @cached_property
    def file(self) -> PictureFile | None:
        """The picture file's header; None where the record has no file, or it cannot be read."""
        path = self.record.image_path
        if path is None or not is_file(path):
            return None
        return read_picture_file(path)

    @cached_property
    def picture(self) -> NDArray[np.uint8]:
        """The picture (H, W, 3) uint8 RGB; raises ImageError or DatasetError."""
        return self.record.load()

    @cached_property
    def masks(self) -> PersonMasks | None:
        """The set's annotated masks by person, where it has some."""
        return None if self._find_masks is None else self._find_masks()

    @cached_property
    def depth(self) -> DepthView | None:
        """Who is in front where, of all bodies (numbered as `with_bodies`, from 1); None: no bodies."""
        if self.plane is None or self.size is None or len(self.with_bodies) > _MOST_PEOPLE:
            return None
        camera, meshes = self.plane
        faces = [one.body.faces for one in self.with_bodies if one.body is not None]
        return depth_view(meshes, faces, camera, self.size)

    def alone(self, one: InspectedPerson) -> DepthView:
        """A body alone before the camera of `plane`; the person must have a body."""
        assert self.plane is not None
        assert self.size is not None
        assert one.body is not None
        if one.key not in self._alone:
            self._alone[one.key] = depth_view([self.placed(one)], [one.body.faces], self.plane[0], self.size)
        return self._alone[one.key]

    def _camera(self, person: Person) -> PinholeCamera | None:
        camera = person.camera if person.camera is not None else self.record.camera
        return None if camera is None else camera.without_extrinsics()

    def _in_plane(self, one: InspectedPerson, reference: PinholeCamera) -> NDArray[np.floating]:
        assert one.output is not None
        assert one.camera is not None
        if self.one_camera:
            return one.output.vertices
        return to_image_plane(one.output.vertices, one.camera, reference)

    def _outputs(
        self, everyone: Sequence[TrueParameters | None]
    ) -> list[tuple[BodyModel | None, BodyOutput | None]]:
        """Model and posed body of each person, everyone of one model posed together."""
        found: list[tuple[BodyModel | None, BodyOutput | None]] = [(None, None)] * len(everyone)
        for body_id in dict.fromkeys(one.body_id for one in everyone if one is not None):
            body = self._body(body_id)
            if body is None:
                continue
            rows = [i for i, one in enumerate(everyone) if one is not None and one.body_id == body_id]
            people = [one for one in everyone if one is not None and one.body_id == body_id]
            for row, output in zip(rows, _posed(body, people), strict=True):
                found[row] = body, output
        return found

    def _body(self, body_id: str) -> BodyModel | None:
        try:
            return self._find_body(body_id)
        except BodyError as error:
            self.notes.append(str(error))
            return None


def _posed(body: BodyModel, people: Sequence[TrueParameters]) -> list[BodyOutput]:
    """Everyone's body; those that have parameters together, stored surfaces as they lie."""
    own = [one for one in people if isinstance(one, SmplParameters)]
    if len(own) < len(people) or len({(*one.betas.shape, *one.expression.shape) for one in own}) > 1:
        return [body.forward(one) for one in people]
    vertices, joints = body.forward_batch(
        np.stack([one.global_orient for one in own]),
        np.stack([one.body_pose for one in own]),
        np.stack([one.betas for one in own]),
        np.stack([one.transl for one in own]),
        np.stack([one.expression for one in own]),
    )
    return [BodyOutput(*one) for one in zip(vertices, joints, strict=True)]
