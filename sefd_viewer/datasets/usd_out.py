"""Bodies of a set as one USD file: a mesh for each person whose points move exactly as the body does."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from sefd_viewer.atomic import write_file
from sefd_viewer.datasets.bodies_out import Motions, Track
from sefd_viewer.errors import SefdError

ENDINGS = (".usd", ".usda", ".usdc")


def write_usd(found: Motions, out: Path, rate: float) -> None:
    """All tracks in a file of one of ENDINGS, y up, metres; time codes are frames.

    Needs the package usd-core. Whoever is not there in a frame is invisible in it.
    """
    from pxr import Sdf, Usd, UsdGeom

    if out.suffix.lower() not in ENDINGS:
        raise SefdError(
            f"{out.name} is not the name of a USD file", remedy=f"End it with {', '.join(ENDINGS)}"
        )
    stage: Any = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetTimeCodesPerSecond(rate)
    stage.SetFramesPerSecond(rate)
    stage.SetStartTimeCode(min(track.frames[0] for track in found.tracks))
    stage.SetEndTimeCode(max(track.frames[-1] for track in found.tracks))
    root = UsdGeom.Xform.Define(stage, "/people")
    stage.SetDefaultPrim(root.GetPrim())
    for number, track in enumerate(found.tracks):
        mesh = UsdGeom.Mesh.Define(stage, f"/people/person_{number}")
        mesh.GetPrim().CreateAttribute("displayName", Sdf.ValueTypeNames.String).Set(track.name)
        _add(mesh, track, found.turn)
    with TemporaryDirectory() as folder:  # the library tells the kind of file by its name alone
        stage.GetRootLayer().Export(f"{folder}/people{out.suffix.lower()}")
        write_file(out, Path(f"{folder}/people{out.suffix.lower()}").read_bytes())


def _add(mesh: Any, track: Track, turn: Any) -> None:
    from pxr import UsdGeom, Vt

    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(track.body.faces), 3, np.int32)))
    corners = np.ascontiguousarray(track.body.faces.astype(np.int32).ravel())
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(corners))
    points, extent, seen = mesh.CreatePointsAttr(), mesh.CreateExtentAttr(), mesh.CreateVisibilityAttr()
    for frame, smpl in zip(track.frames, track.parameters, strict=True):
        vertices = np.ascontiguousarray(track.body.forward(smpl).vertices @ turn.T, np.float32)
        points.Set(Vt.Vec3fArray.FromNumpy(vertices), frame)
        bounds = np.stack([vertices.min(axis=0), vertices.max(axis=0)])
        extent.Set(Vt.Vec3fArray.FromNumpy(bounds), frame)
    here = set(track.frames)
    for frame in sorted({0} | here | {frame + 1 for frame in here}):
        seen.Set(UsdGeom.Tokens.inherited if frame in here else UsdGeom.Tokens.invisible, frame)
