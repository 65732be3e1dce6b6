"""Synthetic crowd scenes with full ground truth: open bodies hidden by each other, things and borders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from sefd_viewer.body import BodyModel, SmplParameters, open_body
from sefd_viewer.datasets.records import Person, Record
from sefd_viewer.datasets.synthetic.appearance import clothes, face_normals, loosened, random_light
from sefd_viewer.datasets.synthetic.backgrounds import draw_thing, random_background
from sefd_viewer.datasets.synthetic.poses import PosePart, open_poses, random_betas, random_pose
from sefd_viewer.geometry import (
    COCO17,
    SMPL30,
    PinholeCamera,
    Pose2D,
    axis_angle_to_matrix,
    bbox_from_points,
    smpl_to_camera,
    to_image_plane,
)
from sefd_viewer.render.visibility import Visibility, joint_tolerances, joint_visibility
from sefd_viewer.render.zbuffer import Buffers, render_buffers


@dataclass(frozen=True)
class SceneSettings:
    """What a synthetic scene may hold. Lengths in metres, angles in degrees, picture sizes in pixels.

    `poses` are files to draw poses from instead of the shipped ones (`poses.open_poses`), `pose_part` says
    which of them, and `lively` is the share of people who take a shipped pose all the same. `loose` is the
    share of people in clothes and hair that reach beyond the body, `harsh` that of pictures with motion blur
    or little light.
    """

    size: tuple[int, int] = (512, 512)
    people: tuple[int, int] = (1, 6)
    spacing: tuple[float, float] = (0.35, 1.1)
    person_height: tuple[float, float] = (0.3, 0.95)
    field_of_view: tuple[float, float] = (28.0, 75.0)
    tilted: float = 0.25
    truncated: float = 0.25
    things: int = 3
    photos: tuple[Path, ...] = ()
    poses: tuple[Path, ...] = ()
    pose_part: PosePart = "all"
    lively: float = 0.0
    loose: float = 0.0
    harsh: float = 0.0


@dataclass(frozen=True, eq=False)
class ScenePerson:
    """Ground truth of one person in a scene, in the camera's frame.

    `vertices` (V, 3) and `joints` (30, 3, SMPL order) in metres, `visibility` (30,) of the joints,
    `keypoints` (17, 3) COCO x, y in pixels and 1 where visible, 0.5 where hidden, 0 outside the picture;
    `states` (17,) say what hides them (`Visibility`), and `rivals` (17, 2) where the same joints of the
    nearest other person are, nan where there is nobody.
    With an own `camera`, 3D is in its frame, and the picture shows every vertex at its pixel.
    """

    smpl: SmplParameters
    vertices: np.ndarray
    joints: np.ndarray
    visibility: np.ndarray
    keypoints: np.ndarray
    states: np.ndarray
    rivals: np.ndarray
    camera: PinholeCamera | None = None

    @property
    def visible_share(self) -> float:
        """Share of the thirty joints that nothing else hides."""
        return float(np.isin(self.visibility, (Visibility.VISIBLE, Visibility.SELF_OCCLUDED)).mean())


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture (H, W, 3) uint8 RGB and everything that is known of it."""

    image: np.ndarray
    camera: PinholeCamera
    people: tuple[ScenePerson, ...]
    buffers: Buffers
    thing_mask: np.ndarray
    body: BodyModel

    def record(self, key: str) -> Record:
        """The scene as a data-set record with annotated 2D poses and SMPL ground truth."""
        height, width = self.image.shape[:2]
        people = tuple(self._person(f"p{i + 1}", p) for i, p in enumerate(self.people))
        return Record(
            key=key, title=key, image=self.image, size=(width, height), camera=self.camera, people=people
        )

    def _person(self, key: str, truth: ScenePerson) -> Person:
        box = bbox_from_points(truth.keypoints[:, :2], truth.keypoints[:, 2] > 0)
        pose = None
        if box is not None:
            score = float(truth.keypoints[:, 2].mean())
            pose = Pose2D(COCO17.name, truth.keypoints.astype(np.float32), box, score, "annotation")
        return Person(key=key, bbox_xywh=box, pose2d=pose, smpl=truth.smpl, camera=truth.camera)


def generate_scene(seed: int, index: int, settings: SceneSettings | None = None) -> Scene:
    """Scene number `index` of the endless series of `seed`; the same arguments give the same scene."""
    settings = settings or SceneSettings()
    rng = np.random.default_rng([seed, index])
    body = open_body()
    camera, smpl = place_people(body, settings, rng)
    return paint_scene(body, smpl, camera, settings, rng)


def paint_scene(
    body: BodyModel,
    smpl: Sequence[SmplParameters],
    camera: PinholeCamera,
    settings: SceneSettings,
    rng: np.random.Generator,
    *,
    own_cameras: Sequence[PinholeCamera] | None = None,
    looks: np.random.Generator | None = None,
) -> Scene:
    """The picture of people placed in the camera's frame, and everything that is known of it.

    With `own_cameras`, one for each person, people are placed in their frames instead and brought into the
    image plane of `camera` (supplement section 7.1). `looks` draws light and clothes, else `rng` does.
    """
    vertices, joints24 = pose_people(body, smpl)
    drawn = _in_plane(vertices, own_cameras, camera)
    buffers = render_buffers(list(drawn), body.faces, camera, settings.size)
    picture = random_background(settings.size, rng, photos=settings.photos)
    _paint_people(picture, drawn, buffers, body, camera, settings, looks or rng)
    things = np.zeros(picture.shape[:2], np.uint8)
    _add_things(picture, things, drawn, camera, settings, rng)
    people = truth_of(body, smpl, vertices, joints24, camera, buffers, things, own_cameras)
    return Scene(photographed(picture, settings, rng), camera, people, buffers, things.astype(bool), body)


def pose_people(body: BodyModel, people: Sequence[SmplParameters]) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (N, V, 3) and joints (N, 24, 3) of everyone, in metres."""
    output = body.forward_batch(
        np.stack([p.global_orient for p in people]),
        np.stack([p.body_pose for p in people]),
        np.stack([p.betas for p in people]),
        np.stack([p.transl for p in people]),
    )
    return output.vertices, output.joints


def place_people(
    body: BodyModel, settings: SceneSettings, rng: np.random.Generator
) -> tuple[PinholeCamera, list[SmplParameters]]:
    """A crowd on a floor and a random camera; parameters in the camera's frame."""
    world, places = people_in_world(body, settings, rng)
    camera = aim_camera(settings, rng)
    return camera.without_extrinsics(), [
        seen_from(body, person, place, camera) for person, place in zip(world, places, strict=True)
    ]


def people_in_world(
    body: BodyModel, settings: SceneSettings, rng: np.random.Generator
) -> tuple[list[SmplParameters], np.ndarray]:
    """A crowd on a floor (world: Y up, floor y = 0): parameters without translation, and places (N, 3)."""
    count = int(rng.integers(settings.people[0], settings.people[1] + 1))
    sources = [open_poses(files, settings.pose_part) for files in (settings.poses, ())]
    lively = rng.random(count) < settings.lively if settings.lively > 0 else np.zeros(count, bool)
    world = [
        SmplParameters.from_pose(
            body.id, random_pose(rng, sources[int(other)]), random_betas(rng), np.zeros(3)
        )
        for other in lively
    ]
    vertices, _ = pose_people(body, world)
    spots = _spots(count, settings, rng)
    lift = -vertices[..., 1].min(1) + (rng.random(count) < 0.1) * rng.uniform(0, 0.4, count)
    return world, np.stack([spots[:, 0], lift, spots[:, 1]], axis=1)


def seen_from(
    body: BodyModel, person: SmplParameters, place: np.ndarray, camera: PinholeCamera
) -> SmplParameters:
    """The parameters of a person at a world place (3,), in the frame of a camera with R and t."""
    orient, moved = smpl_to_camera(
        person.global_orient,
        place,
        camera.R,
        camera.t,
        mode="exact",
        root_joint=body.root_joint(person.betas),
    )
    pose = np.concatenate([orient, person.body_pose])
    return SmplParameters.from_pose(body.id, pose, person.betas, moved)


def _spots(count: int, settings: SceneSettings, rng: np.random.Generator) -> np.ndarray:
    """Floor positions (count, 2): each new person stands near one who is already there, but not inside."""
    spots = np.zeros((count, 2))
    for i in range(1, count):
        for _ in range(20):
            angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(*settings.spacing)
            spots[i] = spots[rng.integers(i)] + distance * np.array([np.cos(angle), np.sin(angle)])
            if np.linalg.norm(spots[:i] - spots[i], axis=1).min() > settings.spacing[0] * 0.9:
                break
    return spots - spots.mean(0) * rng.uniform(0, 1)


def aim_camera(settings: SceneSettings, rng: np.random.Generator) -> PinholeCamera:
    """A camera that looks at the crowd, R and t from the crowd's world (Y up) to it."""
    width, height = settings.size
    focal = 0.5 * height / np.tan(np.radians(rng.uniform(*settings.field_of_view)) / 2)
    distance = max(1.72 * focal / (height * rng.uniform(*settings.person_height)), 1.6)
    pitch = np.clip(rng.normal(14, 14), -15, 55)
    roll = rng.normal(0, 25 if rng.random() < settings.tilted else 4)
    flip = np.diag([1.0, -1.0, -1.0])
    turn_down = axis_angle_to_matrix(np.radians([pitch, 0.0, 0.0]))
    R = axis_angle_to_matrix(np.radians([0.0, 0.0, roll])) @ flip @ turn_down
    target = np.array([0.0, rng.uniform(0.7, 1.05), 0.0])
    aside = rng.normal(0, 0.22 if rng.random() < settings.truncated else 0.08, 2) * height / focal * distance
    t = np.array([*aside, distance]) - R @ target
    centre = np.array([width, height]) / 2 - 0.5 + rng.normal(0, 0.02, 2) * width
    return PinholeCamera(np.full(2, focal), centre, R, t)


def _paint_people(
    picture: np.ndarray,
    vertices: np.ndarray,
    buffers: Buffers,
    body: BodyModel,
    camera: PinholeCamera,
    settings: SceneSettings,
    rng: np.random.Generator,
) -> None:
    """Colour the people's pixels from their faces' colours under one light; in place."""
    light = random_light(rng)
    if settings.loose > 0:
        worn = [loosened(body, v, rng) if rng.random() < settings.loose else v for v in vertices]
        vertices = np.stack(worn)
        buffers = render_buffers(worn, body.faces, camera, settings.size)
    faces = [clothes(body, rng) * light.shade(face_normals(body, v)) for v in vertices]
    colours = np.clip(np.concatenate(faces), 0, 255).astype(np.uint8)
    rows, columns = np.nonzero(buffers.person_id)
    person = buffers.person_id[rows, columns].astype(np.int64) - 1
    picture[rows, columns] = colours[person * len(body.faces) + buffers.face_id[rows, columns]]


def _add_things(
    picture: np.ndarray,
    mask: np.ndarray,
    vertices: np.ndarray,
    camera: PinholeCamera,
    settings: SceneSettings,
    rng: np.random.Generator,
) -> None:
    """Put up to `settings.things` things in front of people, where people are; in place."""
    for _ in range(rng.integers(0, settings.things + 1) if rng.random() < 0.6 else 0):
        person = vertices[rng.integers(len(vertices))]
        pixel = camera.project_camera(person[rng.integers(len(person))])
        if np.isfinite(pixel).all():
            draw_thing(picture, rng, largest=0.35, centre=(float(pixel[0]), float(pixel[1])), mask=mask)


def photographed(picture: np.ndarray, settings: SceneSettings, rng: np.random.Generator) -> np.ndarray:
    """What a lens and a sensor add: softness and noise; in a harsh picture motion blur or dark too."""
    grain = 7.0
    if settings.harsh > 0 and rng.random() < settings.harsh:
        if rng.random() < 0.5:
            picture = _moved(picture, rng)
        else:
            picture, grain = _darkened(picture, rng), 16.0
    soft = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.45, 1.2))
    noise = rng.standard_normal(soft.shape, np.float32) * np.float32(rng.uniform(0.5, grain))
    return np.asarray(cv2.add(soft, np.asarray(noise), dtype=cv2.CV_8U), np.uint8)


def _moved(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The camera turns while the shutter is open: blur along a line of 4 to 17 pixels."""
    reach = int(rng.integers(2, 9))
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    angle = rng.uniform(0, np.pi)
    way = (round(reach * np.cos(angle)), round(reach * np.sin(angle)))
    cv2.line(kernel, (reach - way[0], reach - way[1]), (reach + way[0], reach + way[1]), (1.0,))
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.uint8)


def _darkened(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Little light, and a camera that brightens what there is only in part."""
    return np.clip(255 * (picture / 255) ** rng.uniform(1.2, 2.2) * rng.uniform(0.2, 0.6), 0, 255).astype(
        np.uint8
    )


def truth_of(
    body: BodyModel,
    smpl: Sequence[SmplParameters],
    vertices: np.ndarray,
    joints24: np.ndarray,
    camera: PinholeCamera,
    buffers: Buffers,
    things: np.ndarray,
    own_cameras: Sequence[PinholeCamera] | None,
) -> tuple[ScenePerson, ...]:
    """Everyone's truth: `vertices` (N, V, 3), `joints24` (N, 24, 3), metres; `things` in front (H, W)."""
    joints = body.joints(vertices, joints24, SMPL30)
    drawn = _in_plane(joints, own_cameras, camera)
    coco = _in_plane(body.joints(vertices, joints24, COCO17), own_cameras, camera)
    nearest = np.where(things, np.float32(0), np.float32(np.inf))
    inner = joint_tolerances(SMPL30.names)
    seen = joint_visibility(list(drawn), buffers, camera, tolerance=inner, object_depth=nearest)
    coco_seen = joint_visibility(list(coco), buffers, camera, object_depth=nearest)
    keypoints = [_keypoints(one, state, camera) for one, state in zip(coco, coco_seen, strict=True)]
    return tuple(
        ScenePerson(
            parameters,
            vertices[i],
            joints[i],
            seen[i],
            keypoints[i],
            coco_seen[i],
            _rivals(i, keypoints),
            own_cameras[i] if own_cameras else None,
        )
        for i, parameters in enumerate(smpl)
    )


def _in_plane(
    points: np.ndarray, own_cameras: Sequence[PinholeCamera] | None, camera: PinholeCamera
) -> np.ndarray:
    """Points (N, K, 3) of people's own camera frames, if they have any, in the frame of one camera."""
    if own_cameras is None:
        return points
    pairs = zip(points, own_cameras, strict=True)
    return np.stack([to_image_plane(one, own, camera) for one, own in pairs]).astype(np.float32)


def _keypoints(joints: np.ndarray, seen: np.ndarray, camera: PinholeCamera) -> np.ndarray:
    """Pixels of the joints and 1 where visible, 0.5 where hidden, 0 outside the picture."""
    confidence = np.where(seen == Visibility.VISIBLE, 1.0, 0.5)
    confidence[seen == Visibility.OUTSIDE] = 0.0
    pixels = np.nan_to_num(camera.project_camera(joints), nan=-1.0)
    return np.column_stack([pixels, confidence]).astype(np.float32)


def _rivals(person: int, keypoints: Sequence[np.ndarray]) -> np.ndarray:
    """Where the joints (17, 2) of the person are whose joints are nearest in the picture; nan without one."""
    own = keypoints[person][:, :2]
    others = [one[:, :2] for i, one in enumerate(keypoints) if i != person and one[:, 2].any()]
    nearest = min(others, key=lambda one: float(np.linalg.norm(one - own, axis=1).mean()), default=None)
    return np.full_like(own, np.nan) if nearest is None else nearest
