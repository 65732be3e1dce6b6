"""Tables of 2D poses in HDF5, MATLAB's files and JTA's rows, written as their programs lay them out."""

from __future__ import annotations

import gzip
import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from sefd_viewer.datasets.attaching import attach_poses
from sefd_viewer.datasets.image_folder import ImageFolderReader
from sefd_viewer.errors import PoseFileError
from sefd_viewer.geometry.joints import as_joint_set
from sefd_viewer.pose2d.files import read_poses
from sefd_viewer.recognition.kinds import look_at

h5py = pytest.importorskip("h5py")

LIMBS = [
    f"{side}_{joint}"
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for side in ("left", "right")
]
PLACES = "340 110 302 111 352 150 290 149 358 186 286 185 332 196 308 196 336 260 306 261 338 330 304 331"
POINTS = dict(zip(LIMBS, np.array(PLACES.split(), float).reshape(-1, 2), strict=True))
"""One upright person in a picture of 640 x 480."""
COLUMNS = [("net", name, axis) for name in LIMBS for axis in ("x", "y", "likelihood")]
ROW = np.array([[*POINTS[name], 0.9] for name in LIMBS]).ravel()


def deeplabcut_table(path: Path) -> None:
    """`to_hdf(..., format="table")`: the names of the columns are pickled as text."""
    with h5py.File(path, "w") as file:
        kind = np.dtype([("index", "<i8"), ("values_block_0", "<f8", (36,))])
        rows = np.array([(0, np.full(36, np.nan)), (7, ROW)], dtype=kind)
        table = file.create_group("df_with_missing").create_dataset("table", data=rows)
        table.attrs["values_block_0_kind"] = np.bytes_(pickle.dumps(COLUMNS, protocol=0))
        file["df_with_missing"].attrs["pandas_type"] = np.bytes_("frame_table")


def deeplabcut_fixed(path: Path) -> None:
    """`to_hdf(...)`: levels and labels of both axes; people have a level of their own, rows three folders."""
    levels = {
        "axis0": [["net"], ["mouse1"], LIMBS, ["x", "y"]],
        "axis1": [["labeled-data"], ["clip"], ["000007.png"]],
    }
    labels = {
        "axis0": [np.zeros(24), np.zeros(24), np.repeat(np.arange(12), 2), np.tile([0, 1], 12)],
        "axis1": [np.zeros(1)] * 3,
    }
    with h5py.File(path, "w") as file:
        frame = file.create_group("keypoints")
        for axis, words in levels.items():
            for k, level in enumerate(words):
                frame[f"{axis}_level{k}"] = np.array(level, "S")
                frame[f"{axis}_label{k}"] = labels[axis][k].astype("i1")
        frame["block0_values"] = np.array([POINTS[name] for name in LIMBS]).reshape(1, 24)


def sleap_analysis(path: Path) -> None:
    tracks = np.full((2, 2, 12, 9), np.nan)
    tracks[1, :, :, 7] = np.array(list(POINTS.values())).T
    scores = np.where(np.isfinite(tracks[:, 0]), 0.8, np.nan)
    with h5py.File(path, "w") as file:
        file["tracks"], file["point_scores"] = tracks, scores
        file["node_names"] = np.array(LIMBS, "S")
        file["track_occupancy"] = np.isfinite(tracks[:, 0]).any(axis=1).T.astype(np.uint8)


def sleap_project(path: Path) -> None:
    """Somebody by hand in frame 7, behind whom a guess of the same frame is passed over."""
    about = {
        "nodes": [{"name": name} for name in reversed(LIMBS)],
        "skeletons": [{"nodes": [{"id": 11 - k} for k in range(12)]}],
    }
    point = [("x", "<f8"), ("y", "<f8"), ("visible", "?"), ("complete", "?")]
    ends = "point_id_start", "point_id_end"
    frame = ("frame_id", "video", "frame_idx", "instance_id_start", "instance_id_end")
    names = ("instance_id", "instance_type", "frame_id", "skeleton", "track", "score", *ends)
    instance = list(zip(names, ("<i8", "u1", "<u8", "<u4", "<i4", "<f4", "<u8", "<u8"), strict=True))
    with h5py.File(path, "w") as file:
        file.create_group("metadata").attrs["json"] = np.bytes_(json.dumps(about))
        file["frames"] = np.array([(0, 0, 7, 0, 2)], [(name, "<u8") for name in frame])
        file["instances"] = np.array([(0, 1, 0, 0, -1, 0.5, 0, 12), (1, 0, 0, 0, -1, 0, 0, 12)], instance)
        file["points"] = np.array([(*place, True, True) for place in POINTS.values()], point)
        file["pred_points"] = np.array([(1, 1, True, False, 0.5)] * 12, [*point, ("score", "<f8")])
        file["videos_json"] = [json.dumps({"filename": "clip.mp4", "backend": {"filename": "clip.mp4"}})]


MPII = "right_ankle right_knee right_hip left_hip left_knee left_ankle . . . . right_wrist right_elbow "
MPII += "right_shoulder left_shoulder left_elbow left_wrist"


def mpii_mat(path: Path) -> None:
    """Points in any order by their number, the first pixel being 1; test pictures have no points."""
    points = [
        {"id": k, "x": POINTS[name][0] + 1, "y": POINTS[name][1] + 1, "is_visible": seen}
        for (k, name), seen in zip(reversed(list(enumerate(MPII.split()))), [[], 1, "0", 1] * 4, strict=True)
        if name != "."
    ]
    person = {"scale": 3.0, "objpos": {"x": 320, "y": 200}, "annopoints": {"point": points}}
    without = {"scale": 2.0, "objpos": {"x": 1, "y": 2}}
    pictures = [
        {"image": {"name": "000007.png"}, "annorect": [person, person | {"annopoints": []}]},
        {"image": {"name": "other.jpg"}, "annorect": without},
        {"image": {"name": "empty.jpg"}, "annorect": []},
    ]
    savemat(path, {"RELEASE": {"annolist": pictures, "img_train": [1, 0, 0], "version": "12"}})


def in_order(order: str, count: int) -> np.ndarray:
    joints = np.zeros((count, 2))
    for row, name in enumerate(order.split()):
        joints[row] = POINTS.get(name, np.zeros(2))
    return joints


ARMS = "left_shoulder left_elbow left_wrist . . right_shoulder right_elbow right_wrist . "
LEGS = "left_hip left_knee left_ankle . . right_hip right_knee right_ankle . ."


def mpi_inf_3dhp(path: Path) -> None:
    """A cell for each camera; rows are frames, the first one's picture is number 1."""
    rows = np.zeros((7, 56))
    rows[6] = in_order(f"{'. ' * 9}{ARMS}{LEGS}", 28).ravel()
    cells = np.empty((2, 1), dtype=object)
    cells[0, 0], cells[1, 0] = np.zeros((7, 56)), rows
    savemat(path, {"annot2": cells, "annot3": cells, "cameras": np.arange(2)})


RIGHT_FIRST = (
    "right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist right_hip right_knee "
)
RIGHT_FIRST += "right_ankle left_hip left_knee left_ankle"


def mpi_inf_3dhp_test(path: Path) -> None:
    """MATLAB 7.3 is HDF5 behind a block of text; axes come the other way round."""
    rows = np.zeros((7, 1, 17, 2))
    rows[6, 0] = in_order(f". . {RIGHT_FIRST} . . .", 17)
    with h5py.File(path, "w", userblock_size=512) as file:
        file["annot2"], file["annot3"] = rows, np.zeros((7, 1, 17, 3))
        file["valid_frame"] = np.array([[0.0]] * 6 + [[1.0]])
    with path.open("r+b") as block:
        block.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(128))


def jta(path: Path) -> None:
    order = ". . . . right_shoulder right_elbow right_wrist . left_shoulder left_elbow left_wrist . . . . . "
    order += "right_hip right_knee right_ankle left_hip left_knee left_ankle"
    rows = [
        [7, 12, k, *POINTS.get(name, (0.0, 0.0)), 0.1, 0.2, 8.0, int(name == "right_knee"), 0]
        for k, name in enumerate(order.split())
    ]
    path.write_text(json.dumps([[3, 12, *rows[4][2:]], *rows]))


Case = tuple[str, str, str, Callable[[Path], None]]
CASES: dict[str, Case] = {
    "DeepLabCut": ("clip/000007.png", "clipDLC.h5", "DeepLabCut", deeplabcut_table),
    "DeepLabCut's labels": ("clip/000007.png", "CollectedData.h5", "DeepLabCut", deeplabcut_fixed),
    "SLEAP analysis": ("000007.png", "clip.analysis.h5", "SLEAP", sleap_analysis),
    "SLEAP project": ("000007.png", "labels.slp", "SLEAP", sleap_project),
    "MPII": ("000007.png", "mpii.mat", "MPII", mpii_mat),
    "MPI-INF-3DHP": ("imageFrames/video_1/frame_000007.jpg", "annot.mat", "MPI-INF-3DHP", mpi_inf_3dhp),
    "its test": ("imageSequence/img_000007.jpg", "annot_data.mat", "MPI-INF-3DHP", mpi_inf_3dhp_test),
    "JTA": ("7.jpg", "seq_0.json", "JTA", jta),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_people_come_to_lie_on_their_pixels(tmp_path: Path, case: Case) -> None:
    picture, name, program, write = case
    photo = tmp_path / "set" / picture
    photo.parent.mkdir(parents=True)
    Image.new("RGB", (640, 480)).save(photo)
    write(tmp_path / name)
    dataset = attach_poses(ImageFolderReader().open(tmp_path / "set"), read_poses(tmp_path / name))
    (person,) = dataset.records[0].people
    assert person.pose2d is not None
    joints = as_joint_set(person.pose2d.joint_set)
    for spelled, place in POINTS.items():
        side, joint = spelled.split("_")
        x, y, score = person.pose2d.keypoints[joints.index(f"{side[0].upper()}_{joint.title()}")]
        assert (x, y) == pytest.approx(place, abs=0.01)
        assert score > 0.3
    (told,) = look_at(tmp_path / name).told
    assert f"2D poses of {program}" in told.what


def test_a_joint_hidden_in_jta_is_hidden(tmp_path: Path) -> None:
    jta(tmp_path / "seq_0.json")
    pose = read_poses(tmp_path / "seq_0.json")["7"][0]
    joints = as_joint_set(pose.joint_set)
    assert pose.keypoints[[joints.index("R_Knee"), joints.index("L_Knee")], 2].tolist() == [0.5, 1.0]


def test_pictures_that_are_counted_from_0_are_found(tmp_path: Path) -> None:
    (tmp_path / "imageFrames" / "video_1").mkdir(parents=True)
    (tmp_path / "imageFrames" / "video_1" / "frame_000000.jpg").touch()
    mpi_inf_3dhp(tmp_path / "annot.mat")
    assert [
        pose.score for pose in read_poses(tmp_path / "annot.mat")["imageFrames/video_1/frame_000006"]
    ] == [1]


def damaged(write: Callable[[Path], None], change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def made(path: Path) -> None:
        write(path)
        path.write_bytes(change(path.read_bytes()))

    return made


def lying(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["tracks"], file["node_names"] = np.zeros((1, 3, 2, 5)), np.array(["nose", "tail"], "S")
        file["track_occupancy"] = np.zeros((5, 1))


def another_animal(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["tracks"], file["node_names"] = np.ones((1, 2, 2, 1)), np.array(["wing", "abdomen"], "S")
        file["track_occupancy"] = np.ones((1, 1))


def evil(path: Path) -> None:
    """Names of columns that would run a command."""
    deeplabcut_table(path)
    with h5py.File(path, "r+") as file:
        file["df_with_missing/table"].attrs["values_block_0_kind"] = np.bytes_(b"cos\nsystem\n(S'true'\ntR.")


def enormous(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("tracks", (4, 2, 1 << 20, 1 << 20), "f8", chunks=(1, 1, 64, 64))


@pytest.mark.parametrize(
    ("name", "write", "words"),
    [
        ("a.h5", damaged(sleap_analysis, lambda data: data[:700]), "cannot be read"),
        ("a.h5", lying, r"damaged .*tracks is \(1, 3, 2, 5\)"),
        ("a.h5", another_animal, "named wing, abdomen"),
        ("a.h5", evil, "asks to run '(os|posix).system'"),
        ("a.h5", enormous, "more than memory has room for"),
        ("a.mat", damaged(mpii_mat, lambda data: data[:200]), "cannot be read"),
        ("a.mat", lambda path: savemat(path, {"x": 1}), "not a file of 2D poses"),
        ("a.json", lambda path: path.write_text(json.dumps([[1, 2, 30, *[0.0] * 7]])), "numbered 30 to 30"),
        ("a.json.gz", lambda path: path.write_bytes(gzip.compress(b"[]" * 99)[:-9]), "too early"),
    ],
)  # fmt: skip
def test_what_is_damaged_or_lies_is_told(
    tmp_path: Path, name: str, write: Callable[[Path], None], words: str
) -> None:
    write(tmp_path / name)
    with pytest.raises(PoseFileError, match=words):
        read_poses(tmp_path / name)


def test_files_packed_by_gzip_are_read(tmp_path: Path) -> None:
    jta(tmp_path / "seq_0.json")
    (tmp_path / "packed.json.gz").write_bytes(gzip.compress((tmp_path / "seq_0.json").read_bytes()))
    assert set(read_poses(tmp_path / "packed.json.gz")) == {"3", "7"}
