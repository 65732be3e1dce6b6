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


def test_imports_go_in_no_circle() -> None:
    TopologicalSorter(imports_of_modules()).prepare()


MOST_METHODS = 20
QT_OVERRIDES = re.compile(r"event$|[a-z]+[A-Z]")
"""Names as Qt has them: what a widget must override is not its own idea."""


def own_public_names(one: ast.ClassDef) -> set[str]:
    """Methods and properties of a class that others may call, without those that override Qt's."""
    names = {part.name for part in one.body if isinstance(part, ast.FunctionDef)}
    return {name for name in names if not name.startswith("_") and not QT_OVERRIDES.match(name)}


def test_no_class_has_more_public_methods_than_one_idea_needs() -> None:
    many = {
        f"{file.stem}.{one.name}": len(names)
        for file in (ROOT / "sefd_viewer").rglob("*.py")
        for one in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(one, ast.ClassDef) and len(names := own_public_names(one)) > MOST_METHODS
    }
    assert not many


RELAYED = {"jobs/process.py"}
"""Passes on what another process said, with its remedy in it."""


def test_every_error_says_what_to_do() -> None:
    """Those of a filter say it in the words of the filter: what is missing, which word is meant."""
    trees = {file: ast.parse(file.read_text("utf-8")) for file in (ROOT / "sefd_viewer").rglob("*.py")}
    kinds = {"SefdError"}
    while (
        more := {one.name for tree in trees.values() for one in ast.walk(tree) if is_one(one, kinds)} - kinds
    ):
        kinds |= more
    silent = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file, tree in trees.items()
        if not file.as_posix().endswith(tuple(RELAYED))
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] in kinds - {"FilterError"}
        if not {"remedy", None} & {word.arg for word in call.keywords}
    ]
    assert not silent


def is_one(node: ast.AST, kinds: set[str]) -> bool:
    bases = node.bases if isinstance(node, ast.ClassDef) else []
    return any(ast.unparse(base).split(".")[-1] in kinds for base in bases)
