"""The wheel holds everything the program needs, and works where there is no checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sefd_viewer import __version__
from sefd_viewer.resources import EDGE_NETWORKS

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


def test_the_lock_file_has_every_dependency_with_hashes_and_no_address() -> None:
    """It is made anew by `uv pip compile pyproject.toml --universal --generate-hashes --no-header ...`."""
    locked = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in locked
    versions = dict(re.findall(r"^([a-zA-Z0-9_.-]+)==([^ ;\\]+)", locked, re.MULTILINE))
    blocks = re.split(r"^(?=[a-zA-Z0-9])", locked, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    for line in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]:
        wanted = Requirement(line)
        assert wanted.specifier.contains(versions[canonicalize_name(wanted.name)]), line


@pytest.mark.parametrize("source", ["", "https://example.org/blob/v1"])
def test_no_link_of_the_description_leads_into_a_checkout(source: str) -> None:
    command = [sys.executable, "-m", "hatchling", "metadata", "--compact"]
    environment = os.environ | {"SEFD_VIEWER_SOURCE": source}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    metadata = json.loads(done.stdout)
    text = metadata["readme"]["text"]
    targets = re.findall(r"\]\(([^)]*)\)|(?:src|href)=\"([^\"]*)", text)
    assert [one for pair in targets for one in pair if one and not one.startswith(("https://", "#"))] == []
    assert text.count("\n| `sefd-viewer ") > 20
    assert ("![The window on the sample" in text) == bool(source)
    assert metadata["urls"].get("Source", "") == source


def built(project: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def edge_networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(ROOT / "edge_networks", tmp_path_factory.mktemp("edges"))


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheels_hold_code_data_plugins_and_licences(wheel: Path, edge_networks: Path) -> None:
    names, apart = names_in(wheel), names_in(edge_networks)
    resources = [
        path for path in (ROOT / "resources").rglob("*") if path.is_file() and "build" not in path.parts
    ]
    expected = {
        f"sefd_viewer/_resources/{path.relative_to(ROOT / 'resources').as_posix()}" for path in resources
    }
    weights = {f"sefd_viewer/_resources/{name}" for name in EDGE_NETWORKS}
    assert weights <= expected & apart
    assert names & apart == set()
    expected -= weights
    expected |= {"sefd_viewer/cli/main.py", "sefd_viewer/_plugins/sobel_edges/plugin.toml"}
    licences = {f"sefd_viewer-{__version__}.dist-info/licenses/{name}" for name in ("LICENSE", "NOTICE.md")}
    assert (expected | licences) - names == set()
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]


def test_the_wheels_are_as_large_as_the_documents_say(wheel: Path, edge_networks: Path) -> None:
    words = (ROOT / "docs/index.md").read_text("utf-8")
    for path, said in ((wheel, r"a wheel of (\d+) MB"), (edge_networks, r"another one of (\d+) MB")):
        found = re.search(said, words)
        assert found is not None
        assert float(found[1]) == pytest.approx(path.stat().st_size / 1e6, abs=3)
        assert path.stat().st_size < 86e6


def test_the_program_finds_its_data_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = "from sefd_viewer.body.files import open_body; print(open_body().id, open_body.__module__)"
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("open-body-1")
    assert (tmp_path / "sefd_viewer/_resources/open_body.npz").exists()
