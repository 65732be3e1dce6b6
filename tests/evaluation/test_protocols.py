"""The papers' protocols choose the papers' records and print the papers' numbers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.cli.main import main
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.protocols import PROTOCOLS, TITLES, positions, split_file
from tests.owners_files import smpl_arrays, standing, threedpw_sequences, write_body

SMALL = SceneSettings(size=(160, 120), people=(2, 2), things=0)


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", *map(str, words)])
    out = capsys.readouterr()
    return int(ended.value.code or 0), out.out, out.err


def chosen(name: str, format: str, records: list[Record]) -> list[str]:
    return [records[place].key for place in positions(PROTOCOLS[name], Dataset("set", None, format, records))]


def pictures(*keys: str) -> list[Record]:
    return [Record(key, key) for key in keys]


def test_hidden_people_of_3dpw_are_those_of_the_lists() -> None:
    frames = pictures(
        "courtyard_hug_00/image_00099.jpg",
        "courtyard_hug_00/image_00100.jpg",
        "imageFiles/courtyard_hug_00/image_00499.jpg",
        "courtyard_hug_00/image_00500.jpg",
        "outdoors_fencing_01/image_00000.jpg",
        "outdoors_fencing_01b/image_00000.jpg",
        "downtown_car_00/image_00007.jpg",
    )
    assert chosen("3dpw-pc", "3dpw", frames) == [frames[1].key, frames[2].key]
    assert chosen("3dpw-oc", "3dpw-sequences", frames) == [frames[4].key]
    assert chosen("3dpw-occ-release", "3dpw", frames) == [*(one.key for one in frames[:4]), frames[6].key]
    with pytest.raises(SefdError, match="is of 3dpw or 3dpw-sequences, not of mscoco"):
        chosen("3dpw-pc", "mscoco", frames)
    with pytest.raises(SefdError, match="none of the protocol's photos"):
        chosen("3dpw-oc", "3dpw", frames[:2])


def test_human36m_tests_on_two_subjects_and_every_64th_frame() -> None:
    def frame(subject: int, camera: int, number: int) -> Record:
        name = f"s_{subject:02}_act_02_subact_01"
        key = f"{name}_ca_{camera:02}/{name}_ca_{camera:02}_{number + 1:06}.jpg"
        return Record(key, key, moment=f"{name}_{number:06}")

    records = [frame(s, c, n) for s in (1, 8, 9, 11) for c in (1, 4) for n in (0, 5, 64)]
    assert len(chosen("h36m-p1", "human36m", records)) == 8
    second = chosen("h36m-p2", "human36m", records)
    assert len(second) == 4
    assert all("_ca_04/" in key for key in second)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_protocol_has_a_number_for_each_measure(name: str) -> None:
    protocol = PROTOCOLS[name]
    assert all(len(numbers) == len(protocol.measures) for numbers in protocol.printed.values())
    assert set(protocol.measures) <= TITLES.keys()


@pytest.mark.parametrize(
    ("names", "sefd", "crowdnet"),
    [
        (["3dpw"], (77.4, 49.4, 92.6), (81.7, 51.5, 98.3)),
        (["3dpw-oc", "3dpw-occ-release"], (83.5, 55.0, 97.1), (88.6, 56.8, 103.2)),
        (["3dpw-pc"], (85.9, 54.9, 100.5), (88.8, 57.3, 105.7)),
        (["mupots"], (72.7, 72.7), (70.2, 70.9)),
        (["mupots-higherhrnet"], (73.8, 73.8), (72.7, 73.3)),
        (["crowdpose"], (29.0,), (25.2,)),
        (["ochuman"], (44.1,), (39.7,)),
    ],
)
def test_the_papers_numbers_are_those_of_the_papers_tables(
    names: list[str], sefd: tuple[float, ...], crowdnet: tuple[float, ...]
) -> None:
    for name in names:
        assert PROTOCOLS[name].printed == {"SEFD": sefd, "3DCrowdNet": crowdnet}


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets")
    for name in ("3dpw", "mupots", "crowdpose", "ochuman"):
        (folder / name).mkdir()
        WRITERS[name](folder / name, Plan(2, 3, SMALL))
    return folder


def test_3dpw_is_measured_with_openpose_beside_the_paper_s_numbers(
    sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [sets / "3dpw", "--protocol", "3dpw", "--method", "student", "--device", "cpu"]
    code, out, _ = run(capsys, *words, "--out", tmp_path / "run", "--json")
    assert code == 0
    content = json.loads(out)
    assert content["poses"] == "openpose"
    protocol, own = content["protocol"], content["methods"][0]["metrics"]
    assert protocol["measured"]["student"] == [
        own[name]["mean"] for name in ("mpjpe_mm", "pa_mpjpe_mm", "mpvpe_mm")
    ]
    assert protocol["printed"] == {"SEFD": [77.4, 49.4, 92.6], "3DCrowdNet": [81.7, 51.5, 98.3]}
    code, out, _ = run(capsys, *words, "--out", tmp_path / "run")
    assert code == 0
    assert "SEFD (printed)" in out
    assert "49.4" in out
    code, _, err = run(capsys, *words[:1], "--method", "student", "--out", tmp_path / "run")
    assert code == 2  # a run of a protocol is not gone on with by another
    assert "another run" in err


def test_mupots_and_crowdpose_are_percentages(
    sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--method", "baseline", "--device", "cpu", "--json"]
    _, out, _ = run(capsys, sets / "mupots", "--protocol", "mupots", *words, "--out", tmp_path / "m")
    content = json.loads(out)
    scores = next(iter(content["methods"][0]["mupots_3dpck_150mm"].values()))
    expected = [100 * scores[kind]["mean"]["mean"] for kind in ("all", "matched")]
    assert content["protocol"]["measured"]["baseline"] == pytest.approx(expected)
    words += ["--poses", "annotation", "--out", tmp_path / "c"]
    code, _, err = run(capsys, sets / "crowdpose", "--protocol", "crowdpose", *words)
    assert code == 2
    assert "needs crowdpose_test.json" in err


@pytest.mark.parametrize(("name", "printed"), [("crowdpose", [29.0]), ("ochuman", [44.1])])
def test_a_detector_s_results_are_judged_as_average_precision(
    name: str, printed: list[float], sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = shutil.copytree(sets / name, tmp_path / name)
    if name == "crowdpose":
        (root / "annotations/crowdpose_train.json").rename(root / "annotations/crowdpose_test.json")
    pictures = sorted(int(path.stem) for path in root.rglob("*.jpg"))
    person = [value for x, y in standing()[:, :2].tolist() for value in (x / 2, y / 2, 0.9)]
    found = [{"image_id": number, "category_id": 1, "keypoints": person, "score": 0.9} for number in pictures]
    results = tmp_path / "results.json"
    results.write_text(json.dumps(found))
    words = [root, "--protocol", name, "--poses", results, "--method", "student", "--device", "cpu", "--json"]
    _, out, _ = run(capsys, *words, "--out", tmp_path / "run")
    content = json.loads(out)
    (measured,) = content["protocol"]["measured"]["student"]
    precision = content["methods"][0]["average_precision"]
    assert measured == pytest.approx(100 * next(iter(precision.values())))
    assert content["protocol"]["printed"]["SEFD"] == printed


def test_what_a_protocol_lacks_is_told(
    sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "--protocol", "list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(PROTOCOLS)
    code, _, err = run(capsys, sets / "3dpw", "--protocol", "3dpw-crowd")
    assert (
        "needs 3DPW_latest_validation.json, which is not here, nor the folder sequenceFiles/validation" in err
    )
    code, _, err = run(capsys, sets / "3dpw", "--protocol", "coco")
    assert (code, "Known are 3dpw, 3dpw-oc" in err) == (2, True)
    annotations = sets / "crowdpose" / "annotations"
    (annotations / "crowdpose_test.json").write_bytes((annotations / "crowdpose_train.json").read_bytes())
    code, _, err = run(capsys, sets / "crowdpose", "--protocol", "crowdpose", "--out", tmp_path / "c")
    assert "a detector's 2D poses" in err
    assert "--poses FILE" in err


def test_bodies_and_the_papers_joints_are_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = threedpw_sequences(tmp_path / "3DPW")
    assert split_file(PROTOCOLS["3dpw"], root) == root / "sequenceFiles" / "test"
    words = [root, "--protocol", "3dpw", "--method", "student", "--out", tmp_path / "run"]
    code, _, err = run(capsys, *words)
    assert code == 2
    assert "nobody has one" in err
    assert "--body" in err
    for gender in ("f", "m"):
        write_body(tmp_path / f"basicModel_{gender}_lbs_10_207_0_v1.0.0.pkl", smpl_arrays())
    bodies = [
        word
        for gender in "fm"
        for word in ("--body", tmp_path / f"basicModel_{gender}_lbs_10_207_0_v1.0.0.pkl")
    ]
    code, _, err = run(capsys, *words, *bodies)
    assert code == 2
    assert "J_regressor_h36m_correct.npy" in err
    regressor = np.zeros((17, 6890))
    regressor[np.arange(17), np.arange(17)] = 1
    np.save(tmp_path / "J_regressor_h36m_correct.npy", regressor)
    code, out, err = run(capsys, *words, *bodies, "--json")
    assert code == 0, err
    *of_joints, of_vertices = json.loads(out)["protocol"]["measured"]["student"]
    assert all(value > 0 for value in of_joints)
    assert of_vertices is None  # the shipped network's body has another mesh
