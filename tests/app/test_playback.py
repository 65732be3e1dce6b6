"""Playback: which frames follow each other, that they never pile up, and what the curves tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import polars as pl
import pytest

from sefd_viewer.app import ahead as app_ahead
from sefd_viewer.app.ahead import KnownAhead
from sefd_viewer.app.commands import COMMANDS
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.effects import CommandContext
from sefd_viewer.app.keys import Key, NothingComputed
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.photos import SceneKey
from sefd_viewer.app.run_table import load_table
from sefd_viewer.app.sequence import PLAYBACK, Track, track_of
from sefd_viewer.datasets.opening import open_sample
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.datasets.video import VideoReader
from sefd_viewer.features.inspect.actions import add_file
from sefd_viewer.features.inspect.frames import STAGE_FRAME
from sefd_viewer.features.playback.curves import RunErrors, curves_of
from sefd_viewer.features.playback.model import PLAYBACK_FRAME, ahead, following, with_playback
from sefd_viewer.features.playback.notes import FrameNote, Notes, SeenJoints
from sefd_viewer.features.playback.playing import Player, frame_rate
from sefd_viewer.features.playback.work import run_errors
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.jobs import runner
from sefd_viewer.jobs.runner import StoppedError, attempt
from sefd_viewer.resources import resource_path
from tests.app.session_fakes import FakeShell, HandClock, client_of, dataset, pose, record

Make = Callable[..., Controller]
BOX = np.array([0.0, 0.0, 10.0, 10.0])


@dataclass(frozen=True)
class Counting(Key[int]):
    number: int
    there: list[int] = field(compare=False)

    def work(self) -> int:
        self.there.append(self.number)
        return self.number


def frames(count: int = 4, *, views: tuple[str, ...] = ("left", "right")) -> Dataset:
    """A capture: `count` moments, each seen from all views."""
    return dataset(
        *(
            replace(record(f"{view} {moment}", truth=True), view=view, moment=f"walk_{moment:03d}")
            for moment in range(count)
            for view in views
        )
    )


def run(controller: Controller, id: str) -> None:
    command = COMMANDS[id]
    assert command.enabled(controller)
    command.run(CommandContext(controller, FakeShell()))


def playing(controller: Controller) -> tuple[Player, HandClock]:
    clock = HandClock()
    player = Player(controller, clock, lambda: 0.0)
    controller.listen(lambda _old, new: player.apply(new))
    return player, clock


def test_frames_are_of_the_same_view_and_sequence():
    found = frames(3)
    track = track_of(found, 1)
    assert track is not None
    assert track.keys == ("right 0", "right 1", "right 2")
    other = replace(record("other", truth=True), view="right", moment="run_000")
    assert track_of(dataset(*found.records, other), 6) is None


@pytest.mark.parametrize(
    ("keys", "position", "expected"),
    [
        (("000000", "000001", "000002"), 1, 3),
        (("a/10.jpg", "a/15.jpg", "a/20.jpg", "a/99.jpg"), 0, 3),
        (("a/1.jpg", "a/2.jpg", "b/3.jpg"), 0, 0),
        (("COCO_139", "COCO_285", "COCO_632"), 0, 0),
        (("street", "park", "beach"), 1, 0),
    ],
)
def test_pictures_are_frames_when_their_names_count_on(keys: tuple[str, ...], position: int, expected: int):
    track = track_of(dataset(*(Record(key, key) for key in keys)), position)
    assert (0 if track is None else len(track.keys)) == expected


def test_single_pictures_of_a_data_set_are_no_frames():
    found = replace(dataset(*(Record(f"{n:012}", "") for n in range(5))), format="mscoco")
    assert track_of(found, 2) is None


def test_the_next_frame_is_asked_for_when_the_last_one_is_complete(make: Make):
    controller = make(frames(), at_once=False)
    client = client_of(controller)
    _player, clock = playing(controller)
    run(controller, "play")
    assert clock.action is None  # the networks have not answered yet
    client.answer()
    assert clock.action is not None
    clock.pass_time()
    assert controller.state.record == "left 1"
    assert clock.action is None
    assert len(client.predicts) == 2
    assert controller.frame.photo.image is controller.content.dataset.records[0].image  # held meanwhile
    client.answer()
    assert controller.frame.photo.image is controller.content.dataset.records[2].image


def test_the_next_frames_are_worked_out_while_one_is_looked_at(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """The bodies of networks, and those of a file."""
    controller = make(frames(9))  # more than are remembered
    dataset, truth = controller.content.dataset, controller.content.stages["truth"].bodies[0]
    keys, vertices = [one.key for one in dataset.records], truth.vertices_camera
    places = {"vertices": [vertices] * len(keys), "body_id": truth.model.id}
    np.savez(tmp_path / "ours.npz", records=keys, people=[truth.person] * len(keys), **places)
    add_file(controller, str(tmp_path / "ours.npz"))
    _player, clock = playing(controller)
    run(controller, "play")
    for _ in range(9):  # once round: all answers are known
        clock.pass_time()
    worked = list[str]()

    def noted(key: Any, job: Callable[[], Any]) -> Any:
        worked.append(type(key).__name__)
        return attempt(key, job)

    monkeypatch.setattr(runner, "attempt", noted)
    for number in (1, 2, 3):
        clock.pass_time()
        assert controller.state.record == f"left {number}"
        shown = controller.frame.photo.image
        assert shown is controller.content.dataset.records[2 * number].image
        assert not controller.content.running
        pane = next(one for one in STAGE_FRAME.of(controller.frame).panes if one.id == "ours")
        assert pane.drawing is not None
    assert set(worked) <= {"PhotoAhead"}  # nothing that is shown was waited for


def test_the_photos_that_steps_lead_to_are_worked_out_once(make: Make, monkeypatch: pytest.MonkeyPatch):
    """Networks answer when a photo is in view; all else of it is there by then."""
    controller, worked = make(frames(7, views=("left",))), Counter[Any]()
    photos = Counter[str]()

    def noted(key: Any, job: Callable[[], Any]) -> Any:
        worked[key] += 1
        photos.update([key.record] if isinstance(key, SceneKey) else [])
        return attempt(key, job)

    monkeypatch.setattr(runner, "attempt", noted)
    monkeypatch.setattr(app_ahead, "attempt", noted)
    assert ahead(controller.state, controller.content) == ()  # nobody went anywhere yet
    run(controller, "next_record")
    assert [*photos] == ["left 1", "left 2", "left 3"]
    for last in (4, 5):
        looks = Counter[str]()
        controller.listen(lambda _old, new, looks=looks: looks.update([new.record]))
        run(controller, "next_record")
        assert [*photos][-1] == f"left {last}"
        assert controller.frame.photo.image is controller.content.dataset.records[last - 2].image
    assert {*photos.values()} == {1}
    assert [key for key, times in worked.items() if times > 1] == []
    run(controller, "previous_record")
    assert [key.state.record for key in ahead(controller.state, controller.content)] == ["left 1", "left 0"]
    controller.store.set(controller.state.with_record("left 6"))  # a jump
    assert ahead(controller.state, controller.content) == ()


def test_frames_of_a_view_are_worked_out_by_those_who_follow_it(make: Make):
    controller = make(frames(5))
    run(controller, "next_frame")
    assert [key.state.record for key in ahead(controller.state, controller.content)] == ["left 2", "left 3"]
    run(controller, "next_record")
    assert [key.state.record for key in ahead(controller.state, controller.content)] == ["left 2", "right 2"]


def test_with_bodies_from_files_the_frames_on_both_sides_are_worked_out_before_any_step(make: Make):
    controller = make(frames(4))
    choice = CHOICE.of(controller.state).added("ours", "file", source="ours.npz")
    controller.store.set(CHOICE.put(controller.state, choice).with_record("left 2"))
    assert [key.state.record for key in ahead(controller.state, controller.content)] == ["left 3", "left 1"]
    controller.store.set(CHOICE.change(controller.state, hidden=frozenset({*choice.hidden, "ours"})))
    assert ahead(controller.state, controller.content) == ()


def test_the_next_photo_is_given_up_when_nobody_goes_there():
    made, there = KnownAhead(NothingComputed(), lambda: len(made.made) < 1), list[int]()
    with pytest.raises(StoppedError):
        made.make([Counting(1, there), Counting(2, there)])
    assert there == [1]


@pytest.mark.parametrize(("height", "count"), [(100, 2), (1500, 1), (6000, 0)])
def test_of_large_photos_fewer_are_worked_out(make: Make, height: int, count: int):
    image = np.zeros((height, 2000, 3), np.uint8)
    controller = make(dataset(*(replace(record(f"{n:03d}", truth=True), image=image) for n in range(4))))
    run(controller, "next_record")
    assert len(ahead(controller.state, controller.content)) == count


def test_what_is_worked_out_ahead_follows_what_is_chosen(make: Make):
    controller = make(frames(3))
    run(controller, "play")
    before = ahead(controller.state, controller.content)
    assert [key.state.record for key in before] == ["left 1", "left 2"]
    assert ahead(controller.state, controller.content) == before
    run(controller, "stage_turned")
    assert ahead(controller.state, controller.content)[0] != before[0]
    run(controller, "play")
    assert ahead(controller.state, controller.content) == ()


def test_photos_alone_ask_no_network(make: Make):
    controller = make(frames(), at_once=False)
    client, (_player, clock) = client_of(controller), playing(controller)
    asked = len(client.predicts)
    run(controller, "playback_photo_only")
    run(controller, "play")
    for _ in range(3):
        clock.pass_time()
    assert controller.state.record == "left 3"
    assert len(client.predicts) == asked
    run(controller, "play")
    assert len(client.predicts) == asked + 1


def test_photos_alone_look_for_nobody_until_they_stop(make: Make):
    looked: list[int] = []

    def detect(_image: np.ndarray) -> list[Pose2D]:
        looked.append(1)
        return [pose(10)]

    found = dataset(*(replace(record(f"{n:03d}"), people=()) for n in range(4)))
    controller = make(found, detect=detect)
    _player, clock = playing(controller)
    run(controller, "playback_photo_only")
    run(controller, "play")
    for _ in range(2):
        clock.pass_time()
    assert controller.state.record == "002"
    assert controller.content.scene.people == ()
    assert len(looked) == 1
    run(controller, "play")
    assert len(controller.content.scene.people) == 1
    assert len(looked) == 2


def test_without_loop_it_stops_at_the_end_and_begins_anew(make: Make):
    controller = make(frames(2))
    _player, clock = playing(controller)
    run(controller, "playback_loops")
    run(controller, "play")
    clock.pass_time()
    clock.pass_time()
    assert not PLAYBACK.of(controller.state).playing
    assert controller.state.record == "left 1"
    run(controller, "play")
    assert controller.state.record == "left 0"


def test_stop_stops_playing(make: Make):
    controller = make(frames(), at_once=False)
    _player, clock = playing(controller)
    run(controller, "play")
    run(controller, "stop")
    assert not PLAYBACK.of(controller.state).playing
    assert clock.action is None


def test_a_part_is_played_again_and_again(make: Make):
    controller = make(frames(5))
    for id in ("next_frame", "part_begins", "next_frame", "part_ends"):
        run(controller, id)
    assert PLAYBACK_FRAME.of(controller.frame).span == (1, 2)
    assert following(PLAYBACK_FRAME.of(controller.frame)) == "left 1"
    run(controller, "whole_sequence")
    assert PLAYBACK_FRAME.of(controller.frame).span == (0, 4)


def test_a_frame_that_cannot_be_read_does_not_end_the_playing(make: Make):
    found = list(frames(3, views=("left",)).records)

    def read() -> np.ndarray:
        raise OSError("gone")

    found[1] = replace(found[1], image=None, read=read)
    controller = make(dataset(*found))
    _player, clock = playing(controller)
    run(controller, "play")
    clock.pass_time()
    clock.pass_time()
    assert controller.state.record == "left 2"


def test_curves_fill_while_playing_and_lead_to_the_worst(make: Make):
    controller = make(frames(3))
    assert PLAYBACK_FRAME.of(controller.frame).curves.known == 1
    for _ in range(2):
        run(controller, "next_frame")
    curves = PLAYBACK_FRAME.of(controller.frame).curves
    assert curves.kind == "error"
    assert curves.methods == ("baseline", "student", "teacher")
    assert curves.known == 3
    controller.store.set(with_playback(controller.state, curve="motion"))
    moved = PLAYBACK_FRAME.of(controller.frame).curves
    assert np.isnan(moved.values[0]).all()
    assert moved.values[1:] == pytest.approx(0.0)  # the networks of the test always answer the same


def test_other_edges_forget_what_was_measured_with_the_old_ones(make: Make):
    controller = make(frames(3))
    run(controller, "next_frame")
    controller.store.set(replace(controller.state, edges=replace(controller.state.edges, kernel=9)))
    assert (
        PLAYBACK_FRAME.of(controller.frame).curves is None
        or PLAYBACK_FRAME.of(controller.frame).curves.known <= 1
    )


def test_movement_follows_people_though_their_numbers_change():
    joints, there = np.zeros((3, 3)), np.array([100.0, 0.0, 10.0, 10.0])
    moved = joints + (0.0, 0.0, 0.01)
    first = {"1": SeenJoints(joints, BOX), "2": SeenJoints(joints + 1.0, there)}
    second = {"1": SeenJoints(joints + 1.0, there), "2": SeenJoints(moved, BOX)}
    frames = {"a": FrameNote("a", {}, {"student": first}), "b": FrameNote("b", {}, {"student": second})}
    notes = Notes("", frames)
    curves = curves_of(notes, Track(("a", "b"), ("a", "b")), None, "motion", None)
    assert curves is not None
    assert curves.values[1, 0] == pytest.approx(5.0)  # one stands still, one moves 10 mm


def test_a_film_has_the_rate_of_the_video_or_the_one_that_was_chosen(tmp_path: Path):
    path = tmp_path / "walk.mp4"
    with av.open(str(path), "w") as video:
        stream = video.add_stream("mpeg4", rate=Fraction(25, 2))
        stream.width, stream.height = 64, 48
        for _ in range(3):
            picture = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
            video.mux(stream.encode(picture))
        video.mux(stream.encode(None))
    assert frame_rate(VideoReader().open(path), 10.0) == Fraction(25, 2)
    assert frame_rate(frames(), 10.0) == 10


def test_errors_of_a_run_stand_where_nothing_was_seen_yet():
    track = Track(("a", "b", "c"), ("a", "b", "c"))
    from_run = RunErrors(track, {None: {"student": np.array([50.0, 90.0, np.nan], np.float32)}})
    notes = Notes("", {"a": FrameNote("", {"student": {"1": 60.0}}, {})})
    curves = curves_of(notes, track, None, None, from_run)
    assert curves is not None
    assert curves.values[:2, 0] == pytest.approx([60.0, 90.0])
    assert np.isnan(curves.values[2, 0])
    assert curves.worst("student") == 1


def test_the_run_s_curve_is_that_of_the_person_in_view():
    """The sample's run: the man seen by camera 3, as its file has him; the mean over both is another one."""
    sample, folder = open_sample(), resource_path("sample_run")
    track = track_of(sample, sample.position("cam03/000040.jpg"))
    assert track is not None
    errors = run_errors(load_table(folder), track)
    long = pl.concat([pl.read_parquet(file) for file in folder.glob("*.parquet")])
    student = long.filter((pl.col("method") == "student") & (pl.col("person") == "man"))
    known = dict(student.select("record", "mpjpe_mm").iter_rows())
    expected = [known[key] for key in track.keys]
    curves = curves_of(Notes(""), track, "man", None, errors)
    assert curves is not None
    assert curves.values[:, curves.methods.index("student")] == pytest.approx(expected, abs=1e-3)
    everybody = curves_of(Notes(""), track, None, None, errors)
    assert everybody is not None
    assert everybody.values[:, 0] != pytest.approx(curves.values[:, 0])


def test_curves_are_those_of_the_methods_shown_in_their_order():
    track = Track(("a",), ("a",))
    errors = {"student": {"1": 60.0}, "mine": {"1": 50.0}, "baseline": {"1": 70.0}}
    notes = Notes("", {"a": FrameNote("", errors, {})})
    curves = curves_of(
        notes, track, None, None, None, ("mine", "baseline", "student"), frozenset({"baseline"})
    )
    assert curves is not None
    assert curves.methods == ("mine", "student")
    assert curves.values.tolist() == [[50.0, 60.0]]
