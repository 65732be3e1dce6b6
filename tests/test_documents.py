"""What the documents promise is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sefd_viewer.cli.display import DEBIAN_LIBRARIES
from sefd_viewer.cli.main import SUBCOMMANDS

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", document.read_text("utf-8"))
    missing = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert not missing


def test_readme_names_every_subcommand() -> None:
    assert [
        name for name in SUBCOMMANDS if f"`{name}`" not in README and f"sefd-viewer {name}" not in README
    ] == []


@pytest.mark.parametrize("name", ["README.md", "docs/troubleshooting.md"])
def test_the_libraries_that_the_program_asks_for_are_in_the_documents(name: str) -> None:
    assert set(DEBIAN_LIBRARIES.split()) <= set((ROOT / name).read_text("utf-8").split())


def test_the_library_s_page_holds_every_public_name() -> None:
    from sefd_viewer import api

    page = re.findall(
        r"^::: sefd_viewer\.[\w.]*?(\w+)$", (ROOT / "docs/api.md").read_text("utf-8"), re.MULTILINE
    )
    assert sorted(page) == sorted(api.__all__)


def test_readme_s_example_uses_names_that_exist() -> None:
    from sefd_viewer import api

    used = set(re.findall(r"\bapi\.(\w+)", README)) - {"api"}
    assert used <= set(api.__all__)


def test_workspaces_have_the_keys_that_the_pages_give_them() -> None:
    from sefd_viewer.app.commands import COMMANDS

    keys = {one.title: one.shortcuts[0] for id, one in COMMANDS.items() if id.startswith("workspace_")}
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    words = "\n".join(page.read_text("utf-8") for page in pages)
    named = re.findall(rf"\*\*({'|'.join(keys)})\*\* \((Ctrl\+\d)\)", words)
    assert len(named) >= 8
    assert [pair for pair in named if keys[pair[0]] != pair[1]] == []


def test_tables_are_whole() -> None:
    """Each row has as many cells as the heading."""
    broken = []
    for document in DOCUMENTS:
        cells = 0
        for number, line in enumerate(document.read_text("utf-8").splitlines(), 1):
            found = len(re.findall(r"(?<!\\)\|", re.sub(r"`[^`]*`", "", line))) if line.startswith("|") else 0
            if found and found != (cells := cells or found):
                broken.append(f"{document.name}:{number}")
            cells = cells if found else 0
    assert not broken


def test_every_claim_about_speed_has_its_command_yardstick_and_figures() -> None:
    claimed = re.findall(r"^\| `(\w+\.py)", (ROOT / "benchmarks/README.md").read_text("utf-8"), re.MULTILINE)
    page = (ROOT / "docs/speed.md").read_text("utf-8").split("\n## ")[1:]
    parts = {part.split("`")[1]: part for part in page}
    assert set(parts) == set(claimed)
    for name, part in parts.items():
        assert (ROOT / "benchmarks" / name).exists()
        for word in ("- Command: `python benchmarks/", "- Yardstick and goal: ", "- Last figures: "):
            assert word in part
