"""`sefd-viewer capture CALIBRATION VIDEO...`: several synchronised videos or folders as one capture."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sefd_viewer.errors import DatasetError, SefdError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.datasets.records import Record
    from sefd_viewer.geometry.cameras import PinholeCamera

_FRAMES, _REACH = 48, 30


def capture(
    calibration: Annotated[
        Path, typer.Argument(metavar="CALIBRATION", help="Calibration file in any known format.")
    ],
    views: Annotated[
        list[Path], typer.Argument(metavar="VIEW...", help="Two or more videos or folders of pictures.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the capture.")],
    shift: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CAMERA=FRAMES",
            help="Frame k + FRAMES of this camera shows the moment of frame k of the first video; "
            "may be repeated.",
        ),
    ] = None,
    find_shift: Annotated[
        bool, typer.Option(help="Find the time shifts between the videos from the people in view.")
    ] = True,
    frames: Annotated[int, typer.Option(min=8, help="Number of frames to use for that.")] = _FRAMES,
    poses: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="2D poses of the videos to find shifts from; without it detected."),
    ] = None,
) -> None:
    """Make a capture from videos, for Cameras, `verify`, `fit` and `evaluate`; no video is copied.

    Cameras are matched with videos by name, else by the number at its end. Frame k of the first video and
    frame k + shift of another show the same moment.
    """
    import orjson

    from sefd_viewer.atomic import writable_folder, write_file
    from sefd_viewer.datasets.capture import CAMERAS_FILE
    from sefd_viewer.datasets.opening import open_dataset

    if len(views) < 2:
        raise typer.BadParameter("a capture needs two views or more")
    records = {path.stem: list(open_dataset(path).records) for path in views}
    if len(records) < len(views):
        raise SefdError("two views have the same name", remedy="Give each the name of its camera")
    cameras = _cameras(calibration, records)
    stated = _stated(shift or (), cameras)
    known = None if poses is None else _known(poses, records)
    shifts = _found(records, cameras, stated, frames, known) if find_shift else stated
    places = {path.stem: os.path.relpath(path.absolute(), out.absolute()) for path in views}
    content = {
        "cameras": {name: _plain(camera) for name, camera in cameras.items()},
        "sources": {name: places[name] for name in cameras},
        "shifts": {name: frames for name, frames in shifts.items() if frames},
    }
    writable_folder(out)
    write_file(out / CAMERAS_FILE, orjson.dumps(content, option=orjson.OPT_INDENT_2))
    print(f"Wrote {out / CAMERAS_FILE}: {len(cameras)} cameras. Open it: sefd-viewer {out}")


def _cameras(calibration: Path, records: Mapping[str, Sequence[Record]]) -> dict[str, PinholeCamera]:
    """The camera of each view for the size of its pictures."""
    from sefd_viewer.cameras.calibrations import read_calibration
    from sefd_viewer.cameras.calibrations.by_view import matched

    found = read_calibration(calibration)
    for words in (*found.problems, *filter(None, [found.doubt()])):
        typer.echo(words, err=True)
    names = matched(list(found.posed), list(records))
    missing = [view for view in records if view not in names]
    if missing:
        raise DatasetError(
            f"there is no camera for {', '.join(missing)}; it calibrates {', '.join(found.posed)}",
            where=calibration,
            remedy="Give the videos the names of their cameras",
        )
    cameras = {}
    for view, name in names.items():
        image = records[view][0].load()
        size, own = (image.shape[1], image.shape[0]), found.stored[name].size
        camera = found.cameras[name]
        if own is not None and own != size:
            if abs(size[0] / own[0] - size[1] / own[1]) > 0.01 * size[0] / own[0]:
                sizes = f"{own[0]} x {own[1]}, and {view} is {size[0]} x {size[1]}"
                words = f"camera {name} was calibrated for {sizes}"
                raise DatasetError(words, where=calibration, remedy="Choose the calibration of these videos")
            camera = camera.resized(size[0] / own[0], size[1] / own[1])
            typer.echo(f"{view}: calibrated for {own[0]} x {own[1]}; its camera is resized", err=True)
        cameras[view] = camera
    return cameras


def _stated(words: Sequence[str], cameras: Mapping[str, PinholeCamera]) -> dict[str, int]:
    shifts = dict.fromkeys(cameras, 0)
    for word in words:
        name, _, frames = word.rpartition("=")
        try:
            shifts[name] = int(frames)
        except ValueError:
            name = ""
        if name not in cameras:
            known = ", ".join(cameras)
            raise typer.BadParameter(f"--shift takes CAMERA=FRAMES with a camera of {known}, not {word}")
    return shifts


def _found(
    records: Mapping[str, Sequence[Record]],
    cameras: Mapping[str, PinholeCamera],
    stated: Mapping[str, int],
    frames: int,
    known: Mapping[str, list[list[NDArray[np.float32]]]] | None,
) -> dict[str, int]:
    """The shifts: what was stated, and for others what fits clearly best; each is told."""
    from sefd_viewer.cameras.views.triangulation import shift_between

    first, *others = cameras
    shifts = dict(stated)
    unknown = [view for view in others if not stated[view]]
    middle = max((min(map(len, records.values())) - frames) // 2, 0)
    seen = {
        view: _people(records[view][middle : middle + frames])
        if known is None
        else known[view][middle : middle + frames]
        for view in ([first, *unknown] if unknown else [])
    }
    for view in unknown:
        found = shift_between(
            cameras[first], cameras[view], seen[first], seen[view], reach=min(_REACH, frames // 2)
        )
        if found is None:
            typer.echo(f"{view}: too few people are seen together with {first}: no shift is found", err=True)
        elif not found.certain:
            typer.echo(f"{view}: no shift fits clearly better than others: 0 is taken", err=True)
        else:
            shifts[view] = found.frames
            typer.echo(
                f"{view}: shift {found.frames:+d} frames; joints lie {found.px:.1f} px from their lines "
                f"({found.unshifted_px:.1f} px without it)",
                err=True,
            )
    return shifts


def _known(path: Path, records: Mapping[str, Sequence[Record]]) -> dict[str, list[list[NDArray[np.float32]]]]:
    """The people of each view's frames in a file or folder of 2D poses, whose names say the view."""
    from sefd_viewer.datasets.attaching import in_set, poses_in
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.pose2d.files import read_poses

    named = {
        view: [replace(one, key=f"{view}/{one.key}", view=view) for one in own]
        for view, own in records.items()
    }
    views = Dataset("views", None, "views", [one for own in named.values() for one in own])
    poses = in_set(read_poses(path), views)
    for problem in poses.problems:
        typer.echo(problem, err=True)
    return {
        view: [[pose.keypoints for pose in poses_in(one, poses)[1]] for one in own]
        for view, own in named.items()
    }


def _people(records: Sequence[Record]) -> list[list[NDArray[np.float32]]]:
    from sefd_viewer.pose2d.detector import detect_people

    return [[pose.keypoints for pose in detect_people(record.load())] for record in records]


def _plain(camera: PinholeCamera) -> dict[str, list[float]]:
    names = ("focal", "principal_point", "distortion", "R", "t")
    return {name: getattr(camera, name).tolist() for name in names}
