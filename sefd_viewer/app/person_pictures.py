"""Small pictures of people with a method's body drawn in, kept on disk from one start to the next."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from sefd_viewer import __version__
from sefd_viewer.app.cache import LruCache, file_stamp
from sefd_viewer.app.memo import look, memo
from sefd_viewer.app.method_commands import run_of
from sefd_viewer.app.method_weights import SURROUNDINGS
from sefd_viewer.app.methods import CHOICE, as_role
from sefd_viewer.app.small_pictures import SmallPictures
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.methods import Color, MethodInfo
    from sefd_viewer.app.questions import DiskAnswers
    from sefd_viewer.app.scene import FindBody
    from sefd_viewer.app.small_pictures import Image
    from sefd_viewer.app.stages import Stage
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.edges.settings import EdgeSettings
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.geometry.joints import Pose2D
    from sefd_viewer.inference.messages import Role
    from sefd_viewer.jobs.runner import Post

SIDE = 176
"""Pixels of a picture: enough for a tile on a screen of 200 %."""
MARGIN = 0.12
"""How much is shown around a person's box, as a share of its longer side."""
REMEMBERED, QUEUE_LIMIT, BODIES, PHOTOS = 600, 60, 300, 8
BODIES_BYTES = 12_000_000
MOST_FILES = 20_000
_BETWEEN_LOOKS = 500
"""Pictures on disk; beyond, those not looked at for longest go."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class PersonBody:
    """A body to draw: `vertices` (V,3) in the frame of `camera`, whose pixels are the photo's."""

    vertices: NDArray[np.floating]
    faces: NDArray[np.integer]
    camera: PinholeCamera
    color: Color


@dataclass(frozen=True)
class PersonPicture:
    """Which picture: a person of a photo, whose answer (`method`: all it was computed from); drawn yet?"""

    record: str
    person: str | None
    method: Hashable = None
    drawn: bool = field(default=False)


@dataclass(frozen=True, eq=False)
class KeptBodies:
    """Finds what a network said of everybody in a photo, among the answers that are kept on disk.

    `edges`, `weights`, `body_files` and `poses` (2D poses from a file, None: annotated) are those in use.
    """

    answers: DiskAnswers
    role: Role
    color: Color
    find_body: FindBody
    edges: EdgeSettings
    weights: Mapping[str, str]
    body_files: tuple[str, ...] = ()
    poses: Mapping[str, Sequence[Pose2D]] | None = None

    def of(self, photo: Record, image: Image) -> Mapping[str, PersonBody]:
        """The bodies by person; none where the network was never asked. Reads files."""
        from sefd_viewer.app.questions import Question
        from sefd_viewer.app.scene import load_scene
        from sefd_viewer.app.stages import predicted_stage

        scene = load_scene(
            0, photo, detect=lambda _image: [], find_body=self.find_body, poses=self.poses, load=lambda: image
        )
        question = Question(scene, self.edges, dict(self.weights), self.body_files)
        found = self.answers.find(question, (self.role,)).get(self.role) if scene.people else None
        return drawn(None if found is None else predicted_stage(found, scene, self.find_body), self.color)


def drawn(stage: Stage | None, color: Color) -> Mapping[str, PersonBody]:
    """A method's bodies by person, ready to be drawn."""
    if stage is None:
        return {}
    return {
        one.person: PersonBody(one.vertices_camera, one.faces, stage.camera, color) for one in stage.bodies
    }


class FindsBodies(Protocol):
    """Finds what a method says of everybody in a photo: `KeptBodies`, or those that a file has."""

    def of(self, photo: Record, image: Image) -> Mapping[str, PersonBody]:
        """The bodies by person. Reads files."""


Look = Callable[[], "tuple[Record, Box | None]"]
"""Finds the photo and the person's box; runs off the screen's thread."""


class PersonPictures(SmallPictures[PersonPicture]):
    """Pictures of people; `learn` tells bodies that are drawn in from now on, `kept` finds others on disk."""

    def __init__(self, executor: Executor, post: Post, folder: Path | None = None) -> None:
        super().__init__(executor, post, remembered=REMEMBERED, waiting=QUEUE_LIMIT)
        self._folder = folder
        self._bodies: LruCache[PersonBody] = LruCache(BODIES, BODIES_BYTES)
        self._found: LruCache[Mapping[str, PersonBody]] = LruCache(PHOTOS, BODIES_BYTES)
        self._newest: LruCache[PersonPicture] = LruCache(REMEMBERED)
        self.kept: FindsBodies | None = None
        self._written = 0

    def learn(self, record: str, person: str, method: Hashable, body: PersonBody) -> None:
        """From now on this person's pictures show this body."""
        self._bodies.put((record, person, method), body)
        self.ready(PersonPicture(record, person, method))

    def get(self, record: str, person: str | None, method: Hashable, look: Look) -> Image | str | None:
        """The picture (h, w, 3) RGB, words when there is none, or None while it is being made."""
        body = self._bodies.get((record, person, method))
        key, kept = PersonPicture(record, person, method, drawn=body is not None), self.kept

        def prepare() -> tuple[Path | None, Callable[[], Image]]:
            photo, box = look()
            return photo.image_path, lambda: self._made(photo, box, key, body, kept)

        found = self.find(key, prepare)
        if found is not None:
            self._newest.put((record, person), key)
            return found
        # until it is drawn the one without the body, or the last one, of other edges
        older = PersonPicture(record, person, method) if key.drawn else None
        for other in (older, self._newest.get((record, person))):
            known = None if other is None else self._done.get(other)
            if known is not None and known.is_current:
                return known.picture
        return None

    def _made(
        self,
        photo: Record,
        box: Box | None,
        key: PersonPicture,
        body: PersonBody | None,
        kept: FindsBodies | None,
    ) -> Image:
        with_body = self._file(photo, box, key)
        if (known := _read(with_body)) is not None:
            return known
        image = photo.load()
        if body is None and kept is not None and key.person is not None:
            body = self._kept_body(photo, image, key, kept)
        made = picture_of(image, box, body)
        if body is not None:
            self._keep(with_body, made)
        return made

    def _keep(self, file: Path | None, picture: Image) -> None:
        """Write a picture; at the first one, and now and then, those of long ago go."""
        if file is not None:
            _write(file, picture)
            if self._written % _BETWEEN_LOOKS == 0:
                forget_oldest(file.parent)
            self._written += 1

    def _kept_body(
        self, photo: Record, image: Image, key: PersonPicture, kept: FindsBodies
    ) -> PersonBody | None:
        """The body of one person; those of the others in the photo are wanted next."""
        about = key.record, key.method
        found = self._found.get(about)
        if found is None:
            found = kept.of(photo, image)
            self._found.put(about, found)
        return found.get(key.person or "")

    def _file(self, photo: Record, box: Box | None, key: PersonPicture) -> Path | None:
        """Where a picture with its body is kept, by all it is made from; None where the photo is no file."""
        if self._folder is None or photo.image_path is None:
            return None
        inputs = (str(photo.image_path), file_stamp(photo.image_path), key.person, box, SIDE, MARGIN)
        told = repr((*inputs, key.method))
        return self._folder / f"{hashlib.sha256(told.encode()).hexdigest()[:32]}.jpg"


def pictured(state: ViewerState) -> MethodInfo | None:
    """The method whose bodies small pictures show: the one compared, where its bodies can be found."""
    choice = CHOICE.of(state)
    own = choice.info(choice.usual_pair[1])
    return own if as_role(own.id) is not None or own.kind in ("file", "command") else None


@memo
def picture_topic(state: ViewerState, content: Content) -> Hashable:
    """All that the bodies in small pictures are made from besides the photo; edges once a slider rests."""
    own, weights = pictured(state), SURROUNDINGS.of(content).weights
    if own is None:
        return None
    if as_role(own.id) is None:
        written = run_of(own, content).written
        return (
            own.id,
            own.color,
            __version__,
            own.source,
            own.said,
            look(content, file_stamp, own.source),
            written,
            state.poses,
        )
    return (
        own.id,
        own.color,
        __version__,
        content.drafting or state.edges,
        look(content, file_stamp, weights.get(own.id)),
        state.poses,
    )


def person_pictures(controller: Controller) -> PersonPictures:
    """The small pictures of people, which several rooms show."""
    return cast("PersonPictures", cast("Any", controller.services["person"]).pictures)


def picture_of(image: Image, box: Box | None, body: PersonBody | None, side: int = SIDE) -> Image:
    """The square around a person (whole photo: no box) made small, with the body over the dimmed photo."""
    import cv2
    import numpy as np

    left, top, right, bottom = _square(box, (image.shape[1], image.shape[0]))
    part = image[top:bottom, left:right]
    scale = min(side / max(part.shape[:2]), 1.0)
    size = max(round(part.shape[1] * scale), 1), max(round(part.shape[0] * scale), 1)
    small = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    return small if body is None else _with_body(small, body, (left, top), scale)


def _with_body(small: Image, body: PersonBody, corner: tuple[int, int], scale: float) -> Image:
    import numpy as np

    from sefd_viewer.render.bodies import BodyLayer, DrawnBody, draw_layers

    camera = body.camera.shifted(-corner[0], -corner[1]).resized(scale)
    drawn = DrawnBody(body.vertices, body.faces, np.array(body.color, np.uint8))
    over = draw_layers([BodyLayer([drawn])], camera, (small.shape[1], small.shape[0])).astype(np.float32)
    cover = over[..., 3:] / 255
    return np.clip(small * (1 - cover) + over[..., :3] + 0.5, 0, 255).astype(np.uint8)


def _square(box: Box | None, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the square around a box, as far as it lies in the picture."""
    width, height = size
    x, y, w, h = box or (0.0, 0.0, float(width), float(height))
    side = max(w, h) * (1 + 2 * MARGIN) if box is not None else max(w, h)
    left, top = x + (w - side) / 2, y + (h - side) / 2
    x0, y0 = min(max(round(left), 0), width - 1), min(max(round(top), 0), height - 1)
    return x0, y0, min(max(round(left + side), x0 + 1), width), min(max(round(top + side), y0 + 1), height)


def _read(file: Path | None) -> Image | None:
    import cv2
    import numpy as np

    try:
        data = b"" if file is None else file.read_bytes()
    except OSError:
        return None
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    return None if found is None else np.ascontiguousarray(found[..., ::-1])


def _write(file: Path, picture: Image) -> None:
    """Keep a picture; a disk that takes none does not matter."""
    import cv2
    import numpy as np

    from sefd_viewer.atomic import write_file

    coded, data = cv2.imencode(
        ".jpg", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 90]
    )
    try:
        if coded:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_file(file, data.tobytes(), one_of_many=True)
    except (OSError, SefdError):
        return


def forget_oldest(folder: Path) -> None:
    """Remove the pictures beyond MOST_FILES that were written first."""
    try:
        files = sorted(folder.glob("*.jpg"), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in files[MOST_FILES:]:
            file.unlink(missing_ok=True)
    except OSError:
        return
