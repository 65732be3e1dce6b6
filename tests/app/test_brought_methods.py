"""Methods that files bring are methods in every room: planes, edges, stories, pictures, curves, quadrants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.app.actions import with_choice
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.errors_in_mm import Measured
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.people_view import judged_pair
from sefd_viewer.app.person_frames import PERSON_FRAME
from sefd_viewer.app.provenance import provenance, with_hashes
from sefd_viewer.app.stages import predicted_stage, truth_stage
from sefd_viewer.app.story import PRESENT, Case, Show, read_show, write_show
from sefd_viewer.body.files import open_body
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.evaluation.person_metrics import prediction_metrics
from sefd_viewer.features.cameras.frame import FRAME
from sefd_viewer.features.cameras.model import with_board, with_bodies_of
from sefd_viewer.features.edges.model import EDGES, EDGES_FRAME
from sefd_viewer.features.explain.frames import EXPLAIN_FRAME
from sefd_viewer.features.explain.model import EXPLAIN
from sefd_viewer.features.inspect.frames import STAGE_FRAME
from sefd_viewer.features.person.actions import select_in_photo
from sefd_viewer.features.playback.notes import NOTES
from sefd_viewer.features.present import actions as effects
from sefd_viewer.features.present.frame import SLIDE
from sefd_viewer.geometry.joints import COCO17, Pose2D
from sefd_viewer.inference.messages import RoleResult
from tests.app.board_fakes import RIG, SIZE, embodied, view_record
from tests.app.session_fakes import CAMERA, dataset, record

Make = Callable[..., Controller]
FAR = 5000 / 256 * 96
"""The focal length (px) that far meshes have on pictures of 96 pixels."""
BACK = FAR / float(CAMERA.focal[0])
"""So many times farther away somebody is as large in the picture."""


def standing(key: str) -> Record:
    """Somebody 4 m away whose 2D pose is where his body is."""
    found = record(key, truth=True, people=1)
    smpl = found.people[0].smpl
    assert smpl is not None
    output = open_body().forward(smpl)
    joints = open_body().joints(output.vertices, output.joints, COCO17)
    points = CAMERA.project_camera(joints)
    low = points.min(axis=0)
    seen = Pose2D(
        COCO17.name,
        np.column_stack([points, np.ones(17)]).astype(np.float32),
        np.concatenate([low, points.max(axis=0) - low]).astype(np.float32),
        1.0,
        "annotation",
    )
    return replace(found, people=(replace(found.people[0], pose2d=seen, bbox_xywh=seen.bbox_xywh),))


@pytest.fixture
def controller(make: Make, tmp_path: Path) -> Controller:
    """A window on two photos, and a method of meshes 83 m away, 10 % larger than the first person is."""
    made = make(dataset(standing("a"), standing("b")))
    body = made.content.stages["truth"].bodies[0]
    pelvis = body.pelvis_camera
    vertices = (body.vertices_camera - pelvis) * 1.1 + pelvis * [BACK, BACK, BACK]
    vertices[:, :2] += pelvis[:2] * (1 - BACK)
    lines = [f"v {x} {y} {z}\n" for x, y, z in vertices]
    lines += [f"f {i + 1} {j + 1} {k + 1}\n" for i, j, k in open_body().faces]
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "a_1.obj").write_text("".join(lines))
    choice = CHOICE.of(made.state).added("ours", "file", source=str(folder))
    made.store.set(with_choice(made.state, replace(choice, compared="ours")))
    return made


def test_bodies_of_a_virtual_camera_are_brought_to_the_photo_s_image_plane(controller: Controller) -> None:
    """Each pixel of its own camera stays, and the depth that means nothing becomes one among people."""
    body = next(one for one in controller.content.stages["ours"].bodies)
    pane = next(one for one in STAGE_FRAME.of(controller.frame).panes if one.id == "ours")
    assert pane.own_camera == f"drawn by its own camera, {FAR:,.0f} px"
    assert pane.note == f"bodies from a file · {pane.own_camera}"
    state = replace(controller.state, workspace="cameras", overlay="ours")
    controller.store.set(with_board(state, tab="image_plane"))
    frame = FRAME.of(controller.frame).image_plane
    assert ("ours", "ours") in frame.methods
    (person,) = frame.people
    assert frame.own_cameras
    assert person.row.focal == pytest.approx((FAR, FAR))
    assert person.row.depth_own_m > 50
    assert 3 < person.row.depth_m < 5
    assert frame.deviation_px < 0.05
    assert body.own_vertices is not None
    own = FAR * body.own_vertices[:, :2] / body.own_vertices[:, 2:] + [48, 36]
    seen = 90 * body.vertices_camera[:, :2] / body.vertices_camera[:, 2:] + [47.5, 35.5]
    np.testing.assert_allclose(seen, own, atol=0.05)


def test_a_file_s_bodies_say_where_edges_should_be(controller: Controller) -> None:
    state = replace(controller.state, workspace="edges")
    controller.store.set(EDGES.change(state, page="detectors", wanted="ours"))
    frame = EDGES_FRAME.of(controller.frame).detectors
    assert frame.wanted == "ours"
    assert ("ours", "ours") in frame.methods
    assert frame.panels
    assert frame.words is None


def test_a_story_is_about_the_two_methods_that_are_compared(controller: Controller, tmp_path: Path) -> None:
    effects.change_show(controller, Show(cases=(Case("a", person="1"),)))
    effects.present(controller)
    slide = SLIDE.of(controller.frame)
    assert slide is not None
    assert slide.names == ("Baseline", "ours")
    assert "with the baseline, " in slide.sentence
    assert " with ours" in slide.sentence
    effects.leave(controller)
    assert (PRESENT.of(controller.state).show.before, PRESENT.of(controller.state).show.after) == ("", "")
    show = replace(PRESENT.of(controller.state).show, before="ours", after="teacher")
    write_show(tmp_path / "a.sefd-show.json", show)
    assert read_show(tmp_path / "a.sefd-show.json") == show


def test_quadrants_are_of_the_two_that_are_compared(controller: Controller) -> None:
    assert judged_pair(controller.state, controller.content) == ("baseline", "ours")
    choice = replace(CHOICE.of(controller.state), compared="")
    controller.store.set(with_choice(controller.state, choice))
    assert judged_pair(controller.state, controller.content) == ("baseline", "student")


def test_small_pictures_and_curves_have_a_file_s_bodies(controller: Controller) -> None:
    pictures = controller.services["person"].pictures  # type: ignore[attr-defined]
    assert pictures.kept is not None
    assert controller.content.dataset is not None
    found = pictures.kept.of(controller.content.dataset.records[0], controller.content.scene.image)
    assert list(found) == ["1"]
    assert found["1"].color == CHOICE.of(controller.state).color("ours")
    errors = NOTES.of(controller.content).frames["a"].errors_mm
    assert set(errors) == {"baseline", "student", "teacher", "ours"}
    assert 0 < errors["ours"]["1"] < 100


def test_whose_bodies_a_picture_shows_is_written_into_it(controller: Controller) -> None:
    methods = with_hashes(provenance(controller))["methods"]
    assert methods["truth"] == "annotation"
    assert methods["ours"].startswith("file ")


def test_without_truth_networks_are_told_against_a_file_that_is_the_yardstick(
    make: Make, tmp_path: Path
) -> None:
    made = make(dataset(record("a", people=1)))
    body = made.content.stages["baseline"].bodies[0]
    np.savez(
        tmp_path / "ours.npz",
        records=["a"],
        people=["1"],
        vertices=body.vertices_camera[None] * [1.0, 1.05, 1.0],
        body_id="open-body-1",
    )
    choice = CHOICE.of(made.state).added("ours", "file", source=str(tmp_path / "ours.npz"))
    made.store.set(with_choice(made.state, replace(choice, baseline="ours")))
    from sefd_viewer.features.person.numbers import person_numbers

    numbers = person_numbers(made.state, made.content)
    assert numbers is not None
    apart = {one.name: one.apart_mm for one in numbers.methods}
    assert apart["baseline"] > 0
    assert apart["student"] > 0
    assert not any(one.pending for one in numbers.methods if one.name != "ours")


def the_same_twice(made: Controller, tmp_path: Path) -> Path:
    """A folder of meshes: the true body where somebody is, and once more a metre beside."""
    vertices = made.content.stages["truth"].bodies[0].vertices_camera
    folder = tmp_path / "ours"
    folder.mkdir()
    faces = "".join(f"f {i + 1} {j + 1} {k + 1}\n" for i, j, k in open_body().faces)
    for place, beside in enumerate((0.0, 1.0)):
        lines = "".join(f"v {x + beside} {y} {z}\n" for x, y, z in vertices)
        (folder / f"a_{place}.obj").write_text(lines + faces)
    return folder


def test_people_whom_nobody_annotated_are_seen_beside_the_others(make: Make, tmp_path: Path) -> None:
    """The same body once where somebody is, and once a metre beside, where nobody is."""
    made = make(dataset(standing("a")))
    folder = the_same_twice(made, tmp_path)
    choice = CHOICE.of(made.state).added("ours", "file", source=str(folder))
    made.store.set(with_choice(made.state, choice))
    people = [body.person for body in made.content.stages["ours"].bodies]
    assert people == ["1", "stranger person 1 of ours"]
    pane = next(one for one in STAGE_FRAME.of(made.frame).panes if one.id == "ours")
    assert pane.note == "bodies from a file · 1 whom nobody annotated: yellow"
    assert pane.mm == "0"
    assert pane.drawing is not None
    left, _top, right, _bottom = pane.drawing.extent
    middle = round((47.5 + 90 * 1.0 / 4 - left) / (right - left) * pane.drawing.rgba.shape[1])
    column = pane.drawing.rgba[:, min(middle, pane.drawing.rgba.shape[1] - 1)].astype(int)
    assert (column[:, 0] - column[:, 2] > 20).any()


def test_whom_a_file_means_can_be_said(make: Make, tmp_path: Path) -> None:
    """Two of whom nobody can be told by 2D joints: the one that is named is the annotated person."""
    made = make(dataset(standing("a")))
    folder = the_same_twice(made, tmp_path)
    choice = CHOICE.of(made.state).added("ours", "file", source=str(folder), said="person 1=1")
    made.store.set(with_choice(made.state, choice))
    bodies = {body.person: body for body in made.content.stages["ours"].bodies}
    assert set(bodies) == {"1", "stranger person 0 of ours"}
    apart = bodies["1"].vertices_camera - made.content.stages["truth"].bodies[0].vertices_camera
    np.testing.assert_allclose(apart.mean(axis=0), [1, 0, 0], atol=1e-3)


def test_the_same_network_has_the_same_error_whichever_way_it_came(make: Make) -> None:
    """Where people have cameras and the photo has none; weights of one's own are measured apart."""
    own = replace(CAMERA, focal=CAMERA.focal * 1.4, principal_point=CAMERA.principal_point + 3)
    first = record("a", truth=True, people=1)
    seen = replace(first, camera=None, people=(replace(first.people[0], camera=own),))
    made = make(dataset(seen))
    choice = CHOICE.of(made.state).added("ours", "weights", source="student", said="student")
    made.store.set(with_choice(made.state, choice))
    crop = replace(made.content.inference.result("student").predictions[0], orientation="crop")
    result = RoleResult(0, "student", (crop,))
    scene, find = made.content.scene, made.content.bodies.find
    body, truth = (
        stage.bodies[0] for stage in (predicted_stage(result, scene, find), truth_stage(scene, find))
    )
    expected = prediction_metrics(crop, seen.people[0].smpl, open_body(), camera=own)
    assert Measured("ours", body, truth).work().mpjpe_mm == pytest.approx(expected.mpjpe_mm, abs=0.01)


def test_somebody_whom_nobody_annotated_is_looked_at_like_others(make: Make, tmp_path: Path) -> None:
    """The stranger of two files, which name him differently, is one person, whom only these two know."""
    made = make(dataset(standing("a")))
    folder = the_same_twice(made, tmp_path)
    other = tmp_path / "theirs"
    other.mkdir()
    for ours, theirs in ((0, 5), (1, 7)):
        (other / f"a_{theirs}.obj").write_text((folder / f"a_{ours}.obj").read_text())
    choice = CHOICE.of(made.state).added("ours", "file", source=str(folder))
    choice = choice.added("theirs", "file", source=str(other))
    made.store.set(with_choice(made.state, replace(choice, baseline="theirs")))
    chips = PERSON_FRAME.of(made.frame).bar.people
    assert [chip.title for chip in chips] == ["Person 1", "Stranger person 1 of ours"]
    select_in_photo(made, chips[1].key)
    panes = {pane.id: pane for pane in STAGE_FRAME.of(made.frame).panes}
    assert panes["ours"].drawing is not None
    assert (panes["ours"].mm, panes["ours"].unit) == ("0", "mm from theirs")
    assert panes["student"].words.hint.startswith("Networks are asked about people who have a 2D pose")
    assert "Nobody annotated this person" in PERSON_FRAME.of(made.frame).bar.account.text
    (mark,) = [mark for mark in made.frame.photo.marks if mark.label]
    assert mark.box_xywh == pytest.approx(chips[1].box)
    select_in_photo(made, "person 7")  # as the table of a run calls him
    assert PERSON_FRAME.of(made.frame).bar.person == chips[1].key
    made.store.set(EXPLAIN.change(replace(made.state, workspace="explain"), page="bench"))
    assert EXPLAIN_FRAME.of(made.frame).bench.words.title == "Nobody annotated this person"


def test_joints_around_a_root_lie_over_the_person_s_2d_pose(make: Make, tmp_path: Path) -> None:
    """A lifter's joints know no place: they are shown where the person is, and measured as they are."""
    made = make(dataset(standing("a")))
    truth = made.content.stages["truth"].bodies[0].joints_camera
    assert truth is not None
    np.savez(
        tmp_path / "lifted.npz",
        records=["a"],
        people=["1"],
        joints=(truth - truth[:1])[None],
        joint_set="human36m17",
    )
    choice = CHOICE.of(made.state).added("lifted", "file", source=str(tmp_path / "lifted.npz"))
    made.store.set(with_choice(made.state, choice))
    found = made.content.stages["lifted"].bodies[0].joints_camera
    assert found is not None
    pixels, aim = (CAMERA.project_camera(one) for one in (found, truth))
    assert np.abs(pixels - aim).max() < 3
    assert np.linalg.norm((found - found[0]) - (truth - truth[0]), axis=1).max() < 1e-3


# ---- on all cameras of a moment


@pytest.fixture
def rig(make: Make, tmp_path: Path) -> Controller:
    """Four cameras around somebody, and meshes of him as a network's camera of 5000 px at 256 sees him."""
    records = [view_record(view, camera, [embodied(camera)]) for view, camera in RIG.items()]
    made = make(Dataset("rig", None, "test", records))
    far, centre = 5000 / 256 * SIZE[0], np.array(SIZE) / 2
    (tmp_path / "ours").mkdir()
    for view, camera in RIG.items():
        smpl = embodied(camera).smpl
        assert smpl is not None
        vertices = open_body().forward(smpl).vertices.astype(float)
        back = far / camera.focal[0] * vertices[:, 2].mean()
        middle = camera.project_camera(vertices.mean(axis=0))
        place = [*((middle - centre) / far * back), back]
        lines = [f"v {x} {y} {z}\n" for x, y, z in vertices - vertices.mean(axis=0) + place]
        lines += [f"f {i + 1} {j + 1} {k + 1}\n" for i, j, k in open_body().faces]
        (tmp_path / "ours" / f"{view}_000000_0.obj").write_text("".join(lines))
    choice = CHOICE.of(made.state).added("ours", "file", source=str(tmp_path / "ours"))
    made.store.set(replace(with_choice(made.state, choice), workspace="cameras"))
    return made


def test_bodies_of_any_method_are_on_all_cameras_and_in_space(rig: Controller) -> None:
    rig.store.set(with_bodies_of(rig.state, "ours"))
    frame = FRAME.of(rig.frame)
    assert [one.title for one in frame.methods if one.is_drawn] == ["ours", "Truth"]
    assert any("own camera, in space brought to Camera 1's image plane" in note for note in frame.notes)
    for view in frame.views:
        true, own = (view.photo.overlays[name] for name in ("mesh", "mesh ours"))
        assert own.color == CHOICE.of(rig.state).color("ours")
        assert own.extent == pytest.approx(true.extent, abs=4)
        ours, theirs = np.asarray(own.data)[..., 3] > 0, np.asarray(true.data)[..., 3] > 0
        assert ours.sum() == pytest.approx(theirs.sum(), rel=0.1)
    true_body, body = frame.world.bodies
    assert (true_body.method, body.method, body.person) == ("truth", "ours", true_body.person)
    apart = np.linalg.norm(body.vertices_world - true_body.vertices_world, axis=1)
    assert apart.max() < 0.1  # 5000 px put him 90 m away


def test_networks_are_asked_about_every_camera(rig: Controller) -> None:
    rig.store.set(with_bodies_of(with_bodies_of(rig.state, "student"), "truth"))
    frame = FRAME.of(rig.frame)
    assert all(set(view.photo.overlays) == {"mesh student"} for view in frame.views)
    assert [body.method for body in frame.world.bodies] == ["student"]
    rig.store.set(with_bodies_of(rig.state, "teacher"))
    frame = FRAME.of(rig.frame)
    assert ["mesh teacher" in view.photo.overlays for view in frame.views] == [True, False, False, False]
    assert any(note.startswith("Teacher: on the photo in view alone") for note in frame.notes)
