"""The files of one Human3.6M subject and action: what is collected moment by moment, and written at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sefd_viewer.body import BodyModel, SmplParameters
from sefd_viewer.datasets.synthetic.writers.entries import Entry, smpl_entry
from sefd_viewer.datasets.synthetic.writers.output import write_json
from sefd_viewer.geometry import PinholeCamera
from sefd_viewer.geometry.joints import HUMAN36M17


@dataclass
class SubjectFiles:
    """One subject's images, boxes, joints and bodies, in the layout that 3DCrowdNet and SEFD read.

    Cameras are numbered from 1, and frames as they are told; picture names count them from 1.
    """

    subject: int
    action: int
    subaction: int
    action_name: str
    images: list[Entry] = field(default_factory=list)
    annotations: list[Entry] = field(default_factory=list)
    joints: dict[str, Any] = field(default_factory=dict)
    smpl: dict[str, Any] = field(default_factory=dict)

    def add_body(self, frame: int, person_world: SmplParameters, body: BodyModel) -> None:
        """The body at a frame: parameters in metres of the world and joints in millimetres of it."""
        output = body.forward(person_world)
        joints = body.joints(output.vertices, output.joints, HUMAN36M17)
        self.joints[str(frame)] = (joints * 1000).tolist()
        self.smpl[str(frame)] = smpl_entry(person_world)

    def picture_name(self, camera: int, frame: int) -> str:
        """Where in `images` the picture of a camera and frame is."""
        where = (self.subject, self.action, self.subaction, camera)
        stem = "s_{:02d}_act_{:02d}_subact_{:02d}_ca_{:02d}".format(*where)
        return f"{stem}/{stem}_{frame + 1:06d}.jpg"

    def add_picture(
        self, camera: int, frame: int, size: tuple[int, int], bbox: list[float], seen: list[bool]
    ) -> None:
        """A picture of (width, height) with the person's box x y w h and which joints it shows."""
        number = len(self.images)
        self.images.append(
            {
                "id": number,
                "file_name": self.picture_name(camera, frame),
                "width": size[0],
                "height": size[1],
                "subject": self.subject,
                "action_name": self.action_name,
                "action_idx": self.action,
                "subaction_idx": self.subaction,
                "cam_idx": camera,
                "frame_idx": frame,
            }
        )
        self.annotations.append({"id": number, "image_id": number, "bbox": bbox, "keypoints_vis": seen})

    def write(self, folder: Path, cameras: Sequence[PinholeCamera]) -> None:
        """Write the subject's four files into `folder`; R and t of the cameras are from the world."""
        stem = f"Human36M_subject{self.subject}"
        content = {"images": self.images, "annotations": self.annotations}
        write_json(folder / f"{stem}_data.json", content)
        named = {str(number): _camera_entry(camera) for number, camera in enumerate(cameras, start=1)}
        write_json(folder / f"{stem}_camera.json", named)
        for name, frames in (("joint_3d", self.joints), ("smpl_param", self.smpl)):
            write_json(folder / f"{stem}_{name}.json", {str(self.action): {str(self.subaction): frames}})


def _camera_entry(camera: PinholeCamera) -> Entry:
    return {
        "R": camera.R.tolist(),
        "t": (camera.t * 1000).tolist(),
        "f": camera.focal.tolist(),
        "c": camera.principal_point.tolist(),
    }
