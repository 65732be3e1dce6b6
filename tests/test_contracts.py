"""Rules that no linter checks: life without Qt, and what plugins may touch."""

from __future__ import annotations

import ast
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

import sefd_viewer

ROOT = Path(__file__).parents[1]
QT_PARTS = re.compile(r"sefd_viewer\.(gui|features\.\w+\.views)\b")
PLUGINS = sorted(ROOT.glob("plugins/*/*.py"))

CLOSING = {
    "app.feature": ("app.command", "app.controller"),
    "app.open_files": ("app.controller",),
    "app.people_view": ("app.controller",),
    "app.person_frames": ("app.person_pictures",),
    "app.plugins": ("app.settings",),
    "cameras.diagnosis.conventions": (
        "cameras.diagnosis.camera_reading",
        "cameras.diagnosis.convention_words",
    ),
    "cameras.sequences.findings": ("cameras.sequences.places",),
    "datasets.annotations.picture_part": ("datasets.index.part_people",),
    "features.cameras.in_view": ("features.cameras.inspector",),
    "features.cameras.work": ("features.cameras.inspector", "features.cameras.in_view"),
    "gui.start": ("gui.main_window",),
    "gui.window_shell": ("gui.main_window",),
}
"""Imports, for types or inside functions, that close a circle: none may be added."""


def modules_without_gui() -> list[str]:
    names = (module.name for module in pkgutil.walk_packages(sefd_viewer.__path__, "sefd_viewer."))
    return [name for name in names if not QT_PARTS.match(name)]


def test_everything_but_the_window_imports_where_qt_is_not_installed() -> None:
    code = f"""
import importlib, sys
sys.modules.update(PySide6=None, shiboken6=None, pyqtgraph=None)
for name in {modules_without_gui()}:
    importlib.import_module(name)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def imported_names(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("file", PLUGINS, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_plugins_import_the_public_names_alone(file: Path) -> None:
    ours = {name for name in imported_names(file) if name.split(".")[0] == "sefd_viewer"}
    assert all(re.match(r"sefd_viewer\.api\b", name) for name in ours), ours


def imports_of_modules() -> dict[str, set[str]]:
    graph = grimp.build_graph("sefd_viewer", cache_dir=None)
    return {
        module: {str(name) for name in graph.find_modules_directly_imported_by(module)} - {module}
        for module in graph.modules
    }


def test_imports_go_in_no_further_circle() -> None:
    imports = imports_of_modules()
    for module, closing in CLOSING.items():
        left = {f"sefd_viewer.{name}" for name in closing} - imports[f"sefd_viewer.{module}"]
        assert not left, f"{module} no longer imports {left}: take it off the list"
        imports[f"sefd_viewer.{module}"] -= {f"sefd_viewer.{name}" for name in closing}
    TopologicalSorter(imports).prepare()
