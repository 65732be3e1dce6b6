"""The bodies of a person's files and folders: which one is meant, what is told, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.body.catalog import BodyCatalog, catalog_at
from sefd_viewer.body.files import open_body
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.errors import BodyError
from sefd_viewer.evaluation.runs.methods import parse_method
from tests.owners_files import smpl_arrays, write_body


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All three genders under the names that the sites give them, and bodies of other families."""
    root = tmp_path_factory.mktemp("models")
    write_body(root / "basicModel_f_lbs_10_207_0_v1.0.0.pkl", smpl_arrays(1))
    write_body(root / "basicmodel_m_lbs_10_207_0_v1.1.0.pkl", smpl_arrays(2, shapes=20))
    write_body(root / "neutral" / "SMPL_NEUTRAL.npz", smpl_arrays(3))
    write_body(root / "mano_v1_2" / "MANO_LEFT.pkl", {"v_template": np.zeros((778, 3))})
    write_body(root / "hands.pkl", smpl_arrays(4, joints=30))
    write_body(root / "head.npz", {"v_template": np.zeros((5023, 3))})
    (root / "broken.pkl").write_bytes(b"\x80\x02v_template and nothing more")
    return root


def test_all_genders_of_a_folder_are_found_and_other_families_told_apart(folder: Path) -> None:
    catalog = BodyCatalog([folder]).check()
    for gender, seed in (("female", 1), ("male", 2), ("neutral", 3)):
        body = catalog.get(f"smpl-{gender}")
        assert body.id.startswith(f"smpl-{gender}-")
        assert np.array_equal(body.v_template, smpl_arrays(seed)["v_template"].astype(np.float32))
        assert catalog.find(body.id) is body
    told = "\n".join(catalog.left_aside)
    for words in (
        "hands.pkl: this is another body with 30 joints",
        "head.npz: this is FLAME",
        "MANO by its name",
        "broken.pkl",
    ):
        assert words in told
    assert catalog.notes == ()
    assert [model.id.rpartition("-")[0] for model in catalog.models] == [
        "open-body",
        "smpl-female",
        "smpl-male",
        "smpl-neutral",
    ]


def test_files_and_folders_may_be_mixed_and_the_first_named_wins(folder: Path, tmp_path: Path) -> None:
    own = write_body(tmp_path / "SMPL_FEMALE.pkl", smpl_arrays(9))
    catalog = BodyCatalog([own, folder])
    assert np.allclose(catalog.get("smpl-female").v_template, smpl_arrays(9)["v_template"])
    assert catalog.get("smpl-male").id.startswith("smpl-male")
    (note,) = catalog.notes
    assert note.startswith(f"{own}: used for smpl-female, not ")


def test_one_file_without_a_gender_is_used_for_any_with_a_sentence(tmp_path: Path) -> None:
    catalog = BodyCatalog([write_body(tmp_path / "my smpl (copy).pkl", smpl_arrays(5))])
    woman = catalog.get("smpl-female")
    person = SmplParameters.from_pose("smpl-female", np.zeros(72), np.zeros(10), np.zeros(3))
    assert woman.forward(person).vertices.shape == (6890, 3)
    assert catalog.get(woman.id) is woman
    (note,) = catalog.notes
    assert "my smpl (copy).pkl: the file's name gives no gender" in note


def test_a_file_without_a_gender_beside_others_is_left_aside_with_a_sentence(
    folder: Path, tmp_path: Path
) -> None:
    catalog = BodyCatalog([folder, write_body(tmp_path / "nobody.pkl", smpl_arrays(5))])
    assert catalog.get("smpl-female").id.startswith("smpl-female")
    assert "nobody.pkl" in catalog.notes[0]
    assert "left aside" in catalog.notes[0]


def test_a_gender_written_in_the_file_counts(tmp_path: Path) -> None:
    catalog = BodyCatalog(
        [write_body(tmp_path / "body.npz", smpl_arrays(5) | {"gender": np.array("female")})]
    )
    assert catalog.get("smpl-female").id.startswith("smpl-female-")
    assert catalog.find("smpl-male") is None


def test_a_missing_body_is_told_with_those_that_are_here_and_the_way_out(
    folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(
        BodyError, match=r"'smpl-male' is needed.*open-body-1, smpl-female-\w{8}.*--body PATH"
    ):
        BodyCatalog([folder / "basicModel_f_lbs_10_207_0_v1.0.0.pkl"]).get("smpl-male")
    with pytest.raises(BodyError, match=r"another body with 30 joints"):
        BodyCatalog([folder / "hands.pkl"]).check()
    with pytest.raises(BodyError, match="no SMPL file is in this folder"):
        BodyCatalog([tmp_path]).check()
    with pytest.raises(BodyError, match="no such body file"):
        BodyCatalog([tmp_path / "absent.pkl"]).check()


def test_a_file_that_comes_later_or_changes_is_seen(tmp_path: Path) -> None:
    assert catalog_at((str(tmp_path),)).find("smpl-male") is None
    file = write_body(tmp_path / "SMPL_MALE.npz", smpl_arrays(6))
    first = catalog_at((str(tmp_path),)).get("smpl-male")
    write_body(file, smpl_arrays(7, shapes=11))
    assert catalog_at((str(file),)).get("smpl-male").id != first.id


BODY = """
from dataclasses import replace

from sefd_viewer.api import open_body


def larger():
    return replace(open_body(), v_template=open_body().v_template * 2)


def nothing():
    return 3
"""


def test_a_plugin_brings_a_body(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "plugins" / "large"
    folder.mkdir(parents=True)
    entries = "".join(
        f'[[bodies]]\nid = "{name}"\nbody = "mine:{name}"\n' for name in ("larger", "nothing", "gone")
    )
    (folder / "plugin.toml").write_text(f'[plugin]\ntitle = "Large"\n{entries}')
    (folder / "mine.py").write_text(BODY)
    broken = tmp_path / "plugins" / "broken"
    broken.mkdir()
    (broken / "plugin.toml").write_text("[[bodies]]\nid = 3\n")
    monkeypatch.setattr("sefd_viewer.plugin_code.plugin_folders", lambda: (tmp_path / "plugins",))
    body = BodyCatalog().get("larger")
    assert body.id == "larger"
    assert np.array_equal(body.v_template, open_body().v_template * 2)
    assert BodyCatalog().get("larger") is body
    (tmp_path / "a.npz").write_bytes(b"")
    assert parse_method(f"theirs={tmp_path / 'a.npz'}#larger").body == "larger"
    own = SmplParameters("larger", *(np.zeros(size) for size in (3, 69, 10, 3)))
    assert body.forward(own).vertices == pytest.approx(open_body().v_template * 2, abs=1e-5)
    with pytest.raises(BodyError, match="mine:nothing makes no BodyModel"):
        BodyCatalog().get("nothing")
    with pytest.raises(BodyError, match="mine:gone cannot be loaded"):
        BodyCatalog().get("gone")
    with pytest.raises(BodyError, match="the body 'another' is needed"):
        BodyCatalog().get("another")
