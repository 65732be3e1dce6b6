"""`sefd-viewer doctor`: what this machine has and lacks, as text to copy into a question."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import typer

from sefd_viewer import __version__
from sefd_viewer.cli.display import INSTALL_LIBRARIES, require_display
from sefd_viewer.cli.probes import ProbeError, run_probe
from sefd_viewer.errors import SefdError
from sefd_viewer.resources import EDGE_NETWORKS, INSTALL_EDGES, resource_path

PACKAGES = (
    "PySide6-Essentials", "vtk", "pyvista", "pyqtgraph", "opencv-python-headless", "numpy", "numba", "torch",
    "safetensors", "onnxruntime", "pillow", "av", "trimesh", "typer", "rich", "tomlkit", "platformdirs",
    "orjson", "pycocotools", "jinja2", "polars", "scipy", "pyyaml",
)  # fmt: skip
SHIPPED = (
    "open_body.npz", "poses.npz", "onnx/movenet_multipose.onnx", "onnx/movenet_thunder.onnx",
    "onnx/nanodet_person.onnx", "sample_capture", "sample_photos",
    "weights/baseline.safetensors", "weights/student.safetensors", "weights/teacher.safetensors",
)  # fmt: skip
REINSTALL = "Install sefd-viewer again"
_NAMED = 4
"""SMPL files that are named; of more the number is told."""

State = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """One line of the report; `remedy` says what to do about a note or a problem."""

    subject: str
    state: State
    detail: str
    remedy: str | None = None


def all_findings() -> Iterator[Finding]:
    """Every check in turn; each yields what it found as soon as it is known."""
    yield Finding("sefd-viewer", "ok", f"{__version__} in {Path(__file__).parents[1]}")
    yield Finding("Python", "ok", f"{platform.python_version()} at {sys.executable}")
    yield Finding("system", "ok", f"{platform.platform()}, {os.cpu_count()} cores")
    yield packages()
    yield one_opencv()
    yield screen()
    yield probe("Qt", "qt", remedy=f"{INSTALL_LIBRARIES}. To see Qt's words set QT_DEBUG_PLUGINS=1")
    yield probe("3D drawing", "opengl", remedy=f"The 3D views stay empty. {INSTALL_LIBRARIES}")
    yield probe("networks", "torch", remedy="Install torch again, the build that fits this machine")
    yield probe("2D poses", "onnxruntime", remedy="pip install --force-reinstall onnxruntime")
    yield shipped_files()
    yield edge_networks()
    yield settings_file()
    yield log_file()
    yield licensed_bodies()
    yield from bodies_against_smplx()


def packages() -> Finding:
    """The packages the program needs, with versions."""
    found = {name: _version(name) for name in PACKAGES}
    missing = [name for name, number in found.items() if number is None]
    if missing:
        remedy = f"pip install {' '.join(missing)}"
        return Finding("packages", "problem", f"missing: {', '.join(missing)}", remedy)
    return Finding("packages", "ok", ", ".join(f"{name} {number}" for name, number in found.items()))


def one_opencv() -> Finding:
    """Two OpenCV packages share a folder; removing one breaks the other."""
    others = [name for name in ("opencv-python", "opencv-contrib-python") if _version(name)]
    if not others:
        return Finding("OpenCV", "ok", "opencv-python-headless alone")
    remedy = f"pip uninstall {' '.join(others)}, then pip install --force-reinstall opencv-python-headless"
    return Finding("OpenCV", "note", f"{' and '.join(others)} is installed beside the headless one", remedy)


def screen() -> Finding:
    """Whether a window can open."""
    try:
        require_display()
    except SefdError as error:
        return Finding("screen", "note", error.what, error.remedy)
    return Finding("screen", "ok", "a window can open")


def probe(subject: str, name: str, *, remedy: str) -> Finding:
    """A check in a process of its own."""
    try:
        return Finding(subject, "ok", run_probe(name))
    except ProbeError as error:
        return Finding(subject, "problem", str(error), remedy)


def shipped_files() -> Finding:
    """Whether everything that comes with the program is there."""
    missing = []
    for name in SHIPPED:
        try:
            resource_path(name)
        except SefdError:
            missing.append(name)
    if missing:
        return Finding("shipped files", "problem", f"missing: {', '.join(missing)}", REINSTALL)
    return Finding("shipped files", "ok", f"all {len(SHIPPED)} in {resource_path(SHIPPED[0]).parent}")


def edge_networks() -> Finding:
    """Whether HED, SEE and SESD are there, which are installed apart."""
    try:
        paths = [resource_path(name) for name in EDGE_NETWORKS]
    except SefdError:
        return Finding("edge networks", "note", "HED, SEE and SESD are not installed", INSTALL_EDGES)
    return Finding("edge networks", "ok", f"HED, SEE and SESD in {paths[0].parent}")


def settings_file() -> Finding:
    """Where the settings are kept, and whether they can be read and written."""
    from sefd_viewer.app.settings import load_settings, settings_path

    path = settings_path()
    words = load_settings(path)[1]
    if words:
        return Finding("settings", "note", words, f"Correct or delete {path}")
    folder = next(parent for parent in path.parents if parent.exists())
    if not os.access(folder, os.W_OK):
        return Finding("settings", "note", f"{folder} cannot be written", "Settings will be forgotten")
    return Finding("settings", "ok", f"{path}{'' if path.exists() else ' (made when something is changed)'}")


def log_file() -> Finding:
    """Where the log is, and how to have it tell more."""
    from sefd_viewer.cli.logs import VARIABLE, log_path

    words = f"more with --verbose, or {VARIABLE}=debug; none with {VARIABLE}=off"
    return Finding("log", "ok", f"{log_path()} ({words})")


def licensed_bodies() -> Finding:
    """SMPL files in the files and folders of the settings: the program looks nowhere else by itself."""
    places = _chosen_bodies()
    if not places:
        words = "none is chosen, so the open body is used"
        remedy = (
            "To use SMPL, accept its licence on its authors' site, download it, and choose its folder under "
            "Preferences > Licensed bodies"
        )
        return Finding("SMPL files", "note", words, remedy)
    found = {place: _body_files(place) for place in places}
    if without := [place for place in places if not found[place]]:
        words = "; ".join(_why_without(place) for place in without)
        remedy = "Put the files there, or change the choice under Preferences > Licensed bodies"
        return Finding("SMPL files", "note", words, remedy)
    return Finding("SMPL files", "ok", "; ".join(_named(place, files) for place, files in found.items()))


def bodies_against_smplx() -> Iterator[Finding]:
    """Whether the program poses the chosen body files as smplx does, where that package is installed."""
    files = [file for place in _chosen_bodies() for file in _body_files(place)]
    if not files or find_spec("smplx") is None:
        return
    subject = "SMPL against smplx"
    try:
        words = run_probe("smplx", *map(str, files[:_NAMED]), seconds=600)
    except ProbeError as error:
        yield Finding(subject, "note", str(error), "Install the extra again: pip install 'sefd-viewer[smpl]'")
        return
    wrong = "DIFFERENT" in words
    remedy = "Please report this with the file's name and version" if wrong else None
    yield Finding(subject, "problem" if wrong else "ok", words, remedy)


def _chosen_bodies() -> list[Path]:
    from sefd_viewer.app.settings import load_settings, settings_path

    return [Path(place) for place in load_settings(settings_path())[0].bodies]


def _body_files(place: Path) -> list[Path]:
    """The body files in a folder or below it; a file that is a body itself."""
    from sefd_viewer.body.files import find_bodies, holds_body
    from sefd_viewer.plain_files import is_file

    if is_file(place):
        return [place] if holds_body(place) else []
    return find_bodies(place)


def _why_without(place: Path) -> str:
    from sefd_viewer.plain_files import is_folder, is_there

    if not is_there(place):
        return f"{place} is not there"
    return f"{place}: no SMPL file{' in it (searched three levels deep)' if is_folder(place) else ''}"


def _named(place: Path, files: list[Path]) -> str:
    """The place, and in a folder the names of some of its files."""
    if files == [place]:
        return str(place)
    names = ", ".join(file.relative_to(place).as_posix() for file in files[:_NAMED])
    return f"{place}: {names}{f' and {len(files) - _NAMED} more' if len(files) > _NAMED else ''}"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


_WORTH_BYTES = 1_000_000
_SIGNS: dict[State, str] = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    with_sizes: Annotated[
        bool,
        typer.Option("--sizes", help="Print how much disk space the program and its packages take instead."),
    ] = False,
) -> None:
    """Check this machine and print a report to copy. Exit status 1 if something does not work."""
    if with_sizes:
        print("\n".join(sizes()))
        return
    findings = []
    for finding in all_findings():
        findings.append(finding)
        if not as_json:
            print(line(finding), flush=True)
    problems = sum(finding.state == "problem" for finding in findings)
    print(json.dumps([asdict(f) for f in findings], indent=1) if as_json else _summary(problems))
    raise typer.Exit(1 if problems else 0)


def line(finding: Finding) -> str:
    """The finding as one or two lines of the report."""
    text = f"{_SIGNS[finding.state]} {finding.subject}: {finding.detail}"
    return f"{text}\n        -> {finding.remedy}" if finding.remedy else text


def _summary(problems: int) -> str:
    return f"\n{problems} problem{'s' if problems > 1 else ''}" if problems else "\nEverything works."


def sizes() -> list[str]:
    """What takes room on the disk, in MB: the shipped data by part, then the installed packages."""
    from importlib.metadata import distributions

    data = resource_path("open_body.npz").parent
    shipped = {part.name: _bytes_in(part.rglob("*") if part.is_dir() else [part]) for part in data.iterdir()}
    packages = {
        one.name: _bytes_in(Path(str(file.locate())) for file in one.files or ()) for one in distributions()
    }
    return [*_table("shipped data", shipped), "", *_table("packages", packages)]


def _bytes_in(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())


def _table(title: str, parts: Mapping[str, int]) -> list[str]:
    """The large parts, one a line, largest first, and the sum."""
    large = sorted((-size, name) for name, size in parts.items() if size >= _WORTH_BYTES)
    lines = [f"{-size / 1e6:7.1f}  {name}" for size, name in large]
    return [f"{title}, MB", *lines, f"{sum(parts.values()) / 1e6:7.1f}  all {len(parts)}"]
