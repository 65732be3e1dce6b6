"""MHR's own file, a program of torch whose numbers are read and which is not run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.files import find_bodies, load_body
from sefd_viewer.body.stored_values import read_stored
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import BodyError
from sefd_viewer.evaluation.runs.file_predictions import FilePredictions
from sefd_viewer.evaluation.runs.methods import parse_method
from sefd_viewer.evaluation.runs.photos import Photo

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")

TRIANGLES = np.array([[0, 1, 2], [2, 3, 18438]])


class Part(torch.nn.Module):
    """A part of MHR's program, with tensors and parts under the names that body-models knows."""

    def __init__(self, **inside: torch.Tensor | torch.nn.Module) -> None:
        super().__init__()
        self.names = ["root", "spine"]
        self.scale = 2.5
        for name, one in inside.items():
            if isinstance(one, torch.Tensor):
                self.register_buffer(name, one)
            else:
                setattr(self, name, one)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.scale


def write_mhr(path: Path, vertices: int = 18439) -> torch.Tensor:
    base = torch.randn(vertices, 3, generator=torch.Generator().manual_seed(1)) * 50
    mesh = Part(faces=torch.tensor(TRIANGLES))
    character = Part(mesh=mesh, blend_shape=Part(base_shape=base))
    model = torch.jit.script(Part(character_torch=character))
    torch.jit.save(model, str(path))
    return base


def test_its_triangles_are_those_of_sam_3d_body(tmp_path: Path) -> None:
    base = write_mhr(tmp_path / "mhr_model.pt")
    body = load_body(tmp_path / "mhr_model.pt")
    np.testing.assert_array_equal(body.faces, TRIANGLES)
    np.testing.assert_allclose(body.v_template[:18439], base.numpy() / 100, rtol=1e-6)
    assert find_bodies(tmp_path) == [tmp_path / "mhr_model.pt"]
    with pytest.raises(BodyError, match="holds a program"):
        read_stored(tmp_path / "mhr_model.pt")


def test_people_have_a_surface_where_the_file_is_there(tmp_path: Path) -> None:
    write_mhr(tmp_path / "mhr_model.pt")
    rng = np.random.default_rng(2)
    joints = rng.normal(size=(70, 3)) * 0.3
    pixels = (joints + [0, 0, 5])[:, :2] / (joints + [0, 0, 5])[:, 2:] * 900 + (320, 240)
    one = {"pred_vertices": rng.normal(size=(18439, 3)) * 0.3, "pred_keypoints_3d": joints}
    np.savez(tmp_path / "a.npz", **one, pred_keypoints_2d=pixels, pred_cam_t=np.array([0, 0, 5.0]))
    record = Record("a.jpg", "a.jpg", tmp_path / "a.jpg", size=(640, 480))
    there = Dataset("one", tmp_path, "images", [record])
    counts = []
    for places in ([], [tmp_path]):
        read = FilePredictions(parse_method(f"sam={tmp_path / 'a.npz'}"), BodyCatalog(places).get, there)
        (person,) = read.of(Photo(0, record)).bodies.values()
        assert person.camera is not None
        found = person.camera.project_camera(person.body.J_regressor @ person.vertices_camera)
        np.testing.assert_allclose(found, pixels, atol=0.1)
        counts.append(len(person.body.faces))
    assert counts == [0, 2]


def test_another_program_is_told(tmp_path: Path) -> None:
    write_mhr(tmp_path / "mhr_model.pt", vertices=4899)
    with pytest.raises(BodyError, match=r"its surface is \(4899, 3\)"):
        load_body(tmp_path / "mhr_model.pt")
    torch.jit.save(torch.jit.script(Part(weight=torch.zeros(3))), str(tmp_path / "mhr_model.pt"))
    with pytest.raises(BodyError, match="not a file of MHR .KeyError: 'character_torch'"):
        load_body(tmp_path / "mhr_model.pt")
    (tmp_path / "mhr_model.pt").write_bytes((tmp_path / "mhr_model.pt").read_bytes()[:400])
    with pytest.raises(BodyError):
        load_body(tmp_path / "mhr_model.pt")
