"""The workspace "Explain": what networks see, edges tried, occluders, features compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.trials import Query, Trials
from sefd_viewer.datasets.sample import crop_for, make_sample
from sefd_viewer.edges.image_edges import canny, dilate
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.features.explain.actions import Sweeps
from sefd_viewer.features.explain.bench import bought, canny_edges, painted, tile_of
from sefd_viewer.features.explain.case import bench_case, case_of
from sefd_viewer.features.explain.frames import EXPLAIN_FRAME
from sefd_viewer.features.explain.gap import (
    CHECKPOINT,
    LayerGap,
    NetworkGap,
    TrainingStage,
    distance_map,
    distances_of,
    gap_curves,
    gap_table,
    log_softmax,
    training_stage,
)
from sefd_viewer.features.explain.model import (
    EXPLAIN,
    LEVELS,
    Occluder,
    OccluderKind,
    Painting,
    Stroke,
)
from sefd_viewer.features.explain.occlusion import GREY, covered, moved_over, occluded, reactions_table
from sefd_viewer.features.explain.pictures import SIDE
from sefd_viewer.features.explain.sweep import places
from sefd_viewer.inference.messages import ROLES, Failed, TrialRequest
from sefd_viewer.resources import resource_path
from tests.app.session_fakes import SIZE, FakeClient, client_of, dataset, record

Make = Callable[..., Controller]


def look(controller: Controller, **choices: Any) -> Any:
    """Choose in the workspace, and return what it shows."""
    state = controller.state
    controller.store.set(EXPLAIN.change(replace(state, workspace="explain"), **choices))
    return EXPLAIN_FRAME.of(controller.frame)


def asked(controller: Controller) -> list[TrialRequest]:
    return [request for request in client_of(controller).requests if isinstance(request, TrialRequest)]


@pytest.fixture
def controller(make: Make) -> Controller:
    return make(dataset(record("a", truth=True), record("b", truth=True)))


# ---- what the networks see


def test_each_network_shows_its_inputs_and_its_volume(controller: Controller):
    networks = look(controller).inside.networks
    assert [seen.method for seen in networks] == ["baseline", "student", "teacher"]
    assert networks[0].edge is None
    assert networks[1].edge is not None
    assert not np.array_equal(networks[1].front, networks[1].above)


def test_a_joint_and_a_slice_change_the_pictures_without_asking_again(controller: Controller):
    everything = look(controller).inside.networks[1]
    one = look(controller, joint="L_Knee", depth=3).inside.networks[1]
    assert not np.array_equal(everything.heatmaps, one.heatmaps)
    assert not np.array_equal(everything.front, one.front)
    assert len(asked(controller)) == 1


def test_outside_the_workspace_nothing_is_tried(controller: Controller):
    assert asked(controller) == []
    assert EXPLAIN_FRAME.of(controller.frame).inside.networks == ()


def test_nobody_in_the_photo_is_said_in_words(make: Make):
    assert look(make(dataset(record("a", people=0)))).inside.words.title == "Nobody here"


# ---- the bench


def test_every_edge_map_is_tried_and_measured_against_the_truth(controller: Controller):
    bench = look(controller, page="bench").bench
    keys = [row.key for row in bench.rows]
    assert keys[:2] == ["none", "own"]
    assert {"soft 1", "soft 9", "binary 5", "adaptive", "hed", "see", "sesd", "overlap", "donor"} <= set(keys)
    assert "painted" not in keys
    assert bench.truth
    assert all(row.mpjpe_mm > 0 for row in bench.rows)


def test_no_edge_is_an_empty_map_and_moves_the_joints(controller: Controller):
    rows = {row.key: row for row in look(controller, page="bench").bench.rows}
    assert not rows["none"].edge.any()
    assert rows["none"].moved_mm < rows["hed"].moved_mm
    given = {trial.key: trial.edge for request in asked(controller) for trial in request.trials}
    assert not given["none"].any()
    assert given["hed"].mean() == pytest.approx(0.5, abs=0.3)


def test_tiles_show_the_person_and_not_the_whole_crop(controller: Controller):
    look(controller, page="bench")
    case = bench_case(controller.state, controller.content)
    normal, tile = case.normal["student"], tile_of(case)
    shown = (normal.crop.points_to_crop(normal.joints_image) + 0.5) * tile.side / 256 - (tile.x, tile.y)
    inside = np.clip(shown, 0, SIDE - 1)
    assert np.ptp(inside, axis=0).max() > 0.6 * SIDE
    whole = np.abs(shown - inside).max(axis=1) < 1
    assert whole[(np.abs(normal.crop.points_to_crop(normal.joints_image) - 127.5) < 127).all(axis=1)].all()
    row = EXPLAIN_FRAME.of(controller.frame).bench.rows[1]
    assert row.edge.shape == row.body.shape == (SIDE, SIDE, 3)


def test_without_truth_displacements_stand_alone(make: Make):
    bench = look(make(dataset(record("a"), record("b"))), page="bench").bench
    assert not bench.truth
    assert all(np.isnan(row.mpjpe_mm) for row in bench.rows)
    assert "no truth" in bench.sentence


def test_the_sentence_weighs_the_edge(controller: Controller):
    rows = look(controller, page="bench").bench.rows
    none, own = (replace(row, mpjpe_mm=mm) for row, mm in zip(rows[:2], (90.0, 78.5), strict=True))
    assert bought([none, own], "the student").startswith("The edge takes 11.5 mm")
    best = replace(own, key="hed", title="HED", mpjpe_mm=60.0)
    assert "Best here: HED, 60.0 mm" in bought([none, own, best], "the student")
    assert bought([own], "ours") == ""


def test_painting_adds_a_row_and_asks_for_it_alone(controller: Controller):
    before = len(asked(look_at(controller, page="bench")))
    stroke = Stroke(((100.0, 100.0), (150.0, 100.0)), 9.0)
    painting = Painting("nothing", (stroke,))
    explain = EXPLAIN.of(controller.state).with_painting(("a", "1"), painting)
    bench = look(controller, paintings=explain.paintings).bench
    assert [row.key for row in bench.rows][-1] == "painted"
    new = asked(controller)[before:]
    assert [trial.key for request in new for trial in request.trials] == ["painted"]
    edge = new[0].trials[0].edge
    assert edge[100, 125] == 1.0
    assert edge[120, 125] == 0.0
    controller.store.undo()
    assert "painted" not in [row.key for row in EXPLAIN_FRAME.of(controller.frame).bench.rows]


def look_at(controller: Controller, **choices: Any) -> Controller:
    look(controller, **choices)
    return controller


def test_erasing_takes_away_what_was_there():
    own = np.ones((256, 256), np.float32)
    erased = painted(own, Painting("own", (Stroke(((10.0, 10.0), (40.0, 10.0)), 5.0, erases=True),)))
    assert erased[10, 25] == 0.0
    assert erased[60, 25] == 1.0


# ---- the occlusion lab


def test_an_occluder_reaches_all_three_networks_and_is_undone(controller: Controller):
    occlusion = look(controller, page="occlusion").occlusion
    assert [reaction.method for reaction in occlusion.reactions] == ["baseline", "student", "teacher"]
    look(controller, occluder=Occluder("box", "crop", 60.0, 60.0, 40.0))
    trials = {trial.role: trial for trial in asked(controller)[-1].trials}
    assert (trials["student"].crop_rgb[60, 60] == GREY).all()
    assert trials["student"].edge is None
    assert trials["teacher"].edge is not None


def test_over_the_whole_photo_everybody_s_networks_are_asked(controller: Controller):
    look(controller, page="occlusion")
    before, (width, height) = len(asked(controller)), SIZE
    one = Occluder("box", "photo", 10.0, 20.0, 40.0)  # in a photo 256 pixels high
    occlusion = look(controller, occluder=one).occlusion
    requests = asked(controller)[before:]
    assert [request.person.key for request in requests] == ["1", "2"]
    assert all([trial.role for trial in request.trials] == list(ROLES) for request in requests)
    assert occlusion.picture.shape == (height, width, 3)
    assert (occlusion.picture[round(20 * height / 256), round(10 * height / 256)] == GREY).all()
    for reaction in occlusion.reactions:
        assert [person.person for person in reaction.people] == ["Person 1", "Person 2"]
        assert reaction.after.shape == (height, width, 3)
    rows = reactions_table(occlusion.reactions)
    assert [(row["network"], row["person"]) for row in rows[:2]] == [
        ("baseline", "Person 1"),
        ("baseline", "Person 2"),
    ]


def test_an_occluder_stays_where_it_is_when_the_area_changes(controller: Controller):
    case = case_of(controller.state, controller.content)
    one = Occluder("blob", "crop", 120.0, 130.0, 60.0)
    there = moved_over(one, "photo", case)
    (place,) = crop_for(case.person.pose2d, case.scene.size).points_to_image([[120.0, 130.0]])
    assert (there.x, there.y) == pytest.approx(place * 256 / SIZE[1], abs=0.1)
    back = moved_over(there, "crop", case)
    assert (back.kind, back.area) == ("blob", "crop")
    assert (back.x, back.y, back.size) == pytest.approx((120.0, 130.0, 60.0), abs=1.0)


def test_what_is_tried_on_a_released_network_is_cut_as_the_release_cuts(controller: Controller):
    case = case_of(controller.state, controller.content)
    pose, size = case.person.pose2d, case.scene.size
    theirs = replace(case.normal["student"], crop=crop_for(pose, size, convention="release"))
    own = replace(case.answers[1], normal=theirs)
    mixed = replace(case, answers=(case.answers[0], own, *case.answers[2:]))
    edge = canny_edges(replace(case, answers=(own,)), EdgeSettings())[1].values
    seen = make_sample(case.scene.image, pose, convention="release").crop_rgb
    assert np.array_equal(edge, dilate(canny(seen, EdgeSettings()), 5))
    cut = occluded([mixed], Occluder("box", "photo", 4.0, 4.0, 20.0), None).crops[case.person.key]
    assert not np.array_equal(cut["student"], cut["baseline"])


def test_covered_joints_are_told_or_lost_as_one_chooses(controller: Controller):
    wide = Occluder("box", "crop", 127.5, 127.5, 200.0)
    kept = look(controller, page="occlusion", occluder=wide).occlusion
    assert 0 < kept.covered <= kept.joints
    assert all(trial.hidden is None for trial in asked(controller)[-1].trials)
    lost = look(controller, occluder=replace(wide, joints="lost")).occlusion
    assert (lost.covered, lost.joints) == (kept.covered, kept.joints)
    hidden = asked(controller)[-1].trials[0].hidden
    assert hidden[127, 127]
    assert not hidden[5, 5]
    controller.service(Sweeps).start()
    places_hidden = [trial.hidden.sum() for request in asked(controller)[-3:] for trial in request.trials]
    assert max(places_hidden) == 48**2


def test_shapes_of_occluders():
    picture = np.zeros((256, 256, 3), np.uint8)
    box = covered(picture, Occluder("box", "crop", 100.0, 100.0, 60.0), None)
    blob = covered(picture, Occluder("blob", "crop", 100.0, 100.0, 60.0), None)
    assert (box[75, 75] == GREY).all()
    assert not blob[71, 71].any()
    cutout = np.full((40, 20, 4), 255, np.uint8)
    person = covered(picture, Occluder("person", "crop", 100.0, 100.0, 80.0), cutout)
    assert (person[100, 100] == 255).all()
    assert not person[100, 130].any()


def test_a_sweep_covers_every_place_and_is_kept(controller: Controller):
    look(controller, page="occlusion")
    controller.service(Sweeps).start()
    occlusion = EXPLAIN_FRAME.of(controller.frame).occlusion
    assert occlusion.sweep.finished
    assert occlusion.sweep.done == 3 * len(places()) ** 2
    assert [one.method for one in occlusion.heat.maps] == ["baseline", "student", "teacher"]
    requests = len(asked(controller))
    look(controller, page="bench")
    again = look(controller, page="occlusion", sweep_joint="L_Wrist").occlusion
    assert again.heat.joint == "L_Wrist"
    sweeps = [request for request in asked(controller)[requests:] if " " in request.trials[0].key]
    assert not any(request.trials[0].key.startswith("baseline 0") for request in sweeps)


def test_a_sweep_can_be_stopped_and_keeps_what_it_found(make: Make):
    controller = make(dataset(record("a"), record("b")))
    look(controller, page="occlusion")
    client = client_of(controller)
    client.at_once = False
    controller.service(Sweeps).start()
    client.answer()
    controller.service(Sweeps).stop()
    sweep = EXPLAIN_FRAME.of(controller.frame).occlusion.sweep
    assert sweep.stopped
    assert 0 < sweep.done < sweep.total
    assert EXPLAIN_FRAME.of(controller.frame).occlusion.heat.maps[0].method == "baseline"


# ---- the distillation gap


def test_the_gap_names_every_layer_and_further_checkpoints(make: Make):
    controller = make(dataset(record("a"), record("b")))
    gap = look(controller, page="distillation").gap
    assert [network.key for network in gap.networks] == ["student", "baseline"]
    assert [layer.layer for layer in gap.networks[0].layers] == [1, 2, 3, 4]
    controller.change_settings(checkpoints=("runs/epoch 3.safetensors",))
    titles = [network.title for network in EXPLAIN_FRAME.of(controller.frame).gap.networks]
    assert titles == ["Student", "epoch 3", "Baseline"]
    assert asked(controller)[-1].trials[-1].weights == "runs/epoch 3.safetensors"


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("student-step-000250.safetensors", ("step", 250)),
        ("epoch=3-step=1200.safetensors", ("step", 1200)),
        ("Epoch_07.pth.tar", ("epoch", 7)),
        ("snapshot_12.pth.tar", ("number", 12)),
        ("student.safetensors", None),
    ],
)
def test_the_name_of_a_file_tells_how_far_training_was(name: str, stage: tuple[str, int] | None):
    assert training_stage(Path("runs", name)) == (None if stage is None else TrainingStage(*stage))


def test_the_card_of_a_file_tells_it_before_the_name():
    shipped = resource_path("weights/student.safetensors")
    assert training_stage(shipped) == TrainingStage("step", 8000)


def test_checkpoints_come_in_the_order_of_training_as_curves(make: Make):
    controller = make(dataset(record("a"), record("b")))
    look(controller, page="distillation")
    files = ("runs/step 900.safetensors", "runs/step 30.safetensors")
    controller.change_settings(checkpoints=files[:1])
    assert EXPLAIN_FRAME.of(controller.frame).gap.curves is None
    controller.change_settings(checkpoints=files)
    gap = EXPLAIN_FRAME.of(controller.frame).gap
    assert [network.title for network in gap.networks] == ["Student", "step 30", "step 900", "Baseline"]
    curves = gap.curves
    assert (curves.unit, curves.numbers) == ("step", (30, 900))
    assert curves.distances.tolist() == [distances_of(network) for network in gap.networks[1:3]]
    assert curves.current.tolist() == distances_of(gap.networks[0])
    assert len(gap_table(gap.networks)) == 16


def test_checkpoints_that_do_not_say_how_far_they_are_come_as_given(make: Make):
    controller = make(dataset(record("a"), record("b")))
    look(controller, page="distillation")
    controller.change_settings(checkpoints=("runs/late.safetensors", "runs/epoch 2.safetensors"))
    curves = EXPLAIN_FRAME.of(controller.frame).gap.curves
    assert (curves.unit, curves.numbers, curves.titles) == (None, (1, 2), ("late", "epoch 2"))


def test_the_weights_in_use_are_marked_among_the_checkpoints():
    def gap(key: str, weights: str, distance: float) -> NetworkGap:
        layer = LayerGap(1, np.zeros((2, 2, 3), np.uint8), 8, 4, distance, 0.1)
        return NetworkGap(key, key, weights, (layer,))

    networks = [gap("student", "b", 1.0), gap(f"{CHECKPOINT}x", "a", 2.0), gap(f"{CHECKPOINT}y", "b", 1.0)]
    assert gap_curves(networks).marked == 1
    assert gap_curves([*networks[:2], gap(f"{CHECKPOINT}z", "c", 3.0)]).marked is None


def test_equal_features_have_no_distance_and_a_planted_place_is_found():
    features = np.random.default_rng(0).normal(size=(6, 8, 8)).astype(np.float32)
    assert distance_map(features, features).max() == 0.0
    changed = features.copy()
    changed[2, 3, 5] += 4.0
    assert np.unravel_index(distance_map(changed, features).argmax(), (8, 8)) == (3, 5)
    assert np.allclose(np.exp(log_softmax(features)).sum(axis=0), 1.0, atol=1e-5)


@pytest.mark.parametrize("kind", ["object", "somebody", "truncation"])
def test_an_exact_share_of_the_body_is_hidden_and_errors_are_asked_at_every_level(
    controller: Controller, kind: OccluderKind
):
    occlusion = look(
        controller, page="occlusion", occluder=Occluder(kind, level=0.3, joints="lost")
    ).occlusion
    assert occlusion.share == pytest.approx(0.3, abs=0.06)
    assert [reaction.method for reaction in occlusion.reactions] == list(ROLES)
    levels, errors = occlusion.curves.points("student")
    assert levels == list(LEVELS)
    assert all(mm > 0 for mm in errors)
    crops = {}
    for request in asked(controller):
        crops[request.number] = next(t.crop_rgb for t in request.trials if t.role == "student")
    assert any((crop == 0).any() for crop in crops.values()) or kind != "truncation"
    hidden = [trial.hidden for trial in asked(controller)[-1].trials]
    assert any(one is not None and one.any() for one in hidden)


def test_without_a_true_body_no_exact_share_is_hidden(make: Make):
    made = make(dataset(record("a"), record("b")))
    occlusion = look(made, page="occlusion", occluder=Occluder("object")).occlusion
    assert occlusion.words is not None
    assert "nobody knows where this person's body is" in occlusion.words.hint
    assert occlusion.curves.points("student") == ([], [])


# ---- methods of any kind


def with_checkpoint(controller: Controller, **more: Any) -> Controller:
    """The student gives way to weights of one's own, called and coloured by hand."""
    choice = CHOICE.of(controller.state).added(
        "ours", "weights", source="runs/ours.safetensors", said="student"
    )
    choice = choice.changed("ours", title="Ours, wide", color=(1, 2, 3)).toggled("student")
    controller.store.set(CHOICE.put(controller.state, replace(choice, **more)))
    return controller


def test_a_checkpoint_is_explained_like_the_shipped_networks(controller: Controller):
    with_checkpoint(controller)
    frame = look(controller)
    assert [info.title for info in frame.networks] == ["Baseline", "Teacher", "Ours, wide"]
    assert [seen.method for seen in frame.inside.networks] == ["baseline", "teacher", "ours"]
    bench = look(controller, page="bench").bench
    assert (bench.network, [info.id for info in bench.networks]) == ("ours", ["ours"])
    assert "Ours, wide" in bench.sentence or "next to nothing" in bench.sentence
    assert {trial.weights for trial in asked(controller)[-1].trials} == {"runs/ours.safetensors"}
    occlusion = look(controller, page="occlusion").occlusion
    assert [reaction.method for reaction in occlusion.reactions] == ["baseline", "teacher", "ours"]
    gap = look(controller, page="distillation").gap
    assert [network.title for network in gap.networks] == ["Ours, wide", "Baseline"]


def test_methods_that_cannot_be_asked_are_named(controller: Controller, tmp_path: Path):
    choice = CHOICE.of(controller.state).added("theirs", "file", source=str(tmp_path / "theirs.npz"))
    controller.store.set(CHOICE.put(controller.state, choice))
    assert look(controller).left_out.startswith("theirs: no network")


def test_without_a_network_that_takes_edges_the_bench_says_so(controller: Controller):
    controller.store.set(CHOICE.put(controller.state, CHOICE.of(controller.state).toggled("student")))
    assert look(controller, page="bench").bench.words.title == "No method that is shown takes edges"


# ---- asking


def query(purpose: str, key: str) -> Query:
    return Query(purpose, key, lambda number: ("request", purpose, key, number))  # type: ignore[arg-type,return-value]


class Recorder(FakeClient):
    def __init__(self) -> None:
        super().__init__(lambda _message: None, at_once=False)


def test_one_request_at_a_time_and_the_newest_wish_of_a_purpose_wins():
    client = Recorder()
    trials = Trials(client, count(1), lambda: None)
    trials.want([query("bench", "old"), query("other", "x")])
    trials.want([query("bench", "newer"), query("other", "x")])
    trials.want([query("bench", "newest"), query("other", "x")])
    assert [request[2] for request in client.requests] == ["old"]  # type: ignore[index]
    trials.receive(Failed(1, None, "it did not work"))
    assert [request[2] for request in client.requests] == ["old", "newest"]  # type: ignore[index]
    trials.receive(Failed(2, None, "it did not work"))
    trials.receive(Failed(3, None, "it did not work"))
    assert not trials.busy
    assert trials.now.answer("bench").problem == "it did not work"  # type: ignore[union-attr]


def test_after_a_stop_the_same_wishes_rest():
    client = Recorder()
    trials = Trials(client, count(1), lambda: None)
    trials.want([query("bench", "a")])
    trials.stop()
    trials.want([query("bench", "a")])
    assert len(client.requests) == 1
    assert not trials.busy
    trials.want([query("bench", "b")])
    assert len(client.requests) == 2
