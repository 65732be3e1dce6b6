"""What the documents promise is there."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer

from sefd_viewer.body.files import open_body
from sefd_viewer.cli.display import DEBIAN_LIBRARIES
from sefd_viewer.cli.main import SUBCOMMANDS, WINDOW, together
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.resources import resource_path

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


def commands_of(document: Path) -> list[list[str]]:
    """The words of each `sefd-viewer ...` in a document: blocks of commands, and code within lines."""
    text = document.read_text("utf-8").replace("\\\n", " ")
    blocks = "\n".join(re.findall(r"^```(?:sh)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    lines = re.findall(r"(?:^|&& |env \S+ |; )(?:\S*/)?sefd-viewer (.*)", blocks, re.MULTILINE)
    inline = re.findall(r"`sefd-viewer ([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [words for line in [*lines, *inline] if (words := words_of(line))]


def words_of(line: str) -> list[str]:
    """The words of a command line up to a comment or the next command."""
    try:
        words = shlex.split(line.replace("\\|", "|"), comments=True)
    except ValueError:  # a part of a sentence
        return []
    ends = [words.index(word) for word in ("&&", "|", ">") if word in words]
    return words[: min(ends, default=len(words))]


def test_every_option_in_the_documents_exists() -> None:
    parsed: Any = typer.main.get_command(together({**SUBCOMMANDS, "window": WINDOW}))
    wrong = []
    for document in DOCUMENTS:
        for words in commands_of(document):
            command = parsed.commands[words[0] if words[0] in SUBCOMMANDS else "window"]
            groups = [command, *getattr(command, "commands", {}).values()]
            known = {
                name
                for one in groups
                for option in one.params
                for name in (*option.opts, *option.secondary_opts)
            }
            known |= {"--help", "--verbose", "--install-completion", "--show-completion"}
            named = [re.match(r"\[?(--[a-z0-9-]+)", word) for word in words]
            absent = [match[1] for match in named if match and match[1] not in known]
            wrong += [f"{document.name}: {' '.join(words)[:80]}: {name}" for name in absent]
    assert not wrong


@pytest.fixture
def small_set(tmp_path: Path) -> Path:
    root = tmp_path / "path" / "to" / "set"
    root.mkdir(parents=True)
    WRITERS["muco"](root, Plan(2, 3, SceneSettings(size=(160, 120), people=(2, 2), things=0)))
    return root


EXAMPLES = [
    pytest.param(block, id=f"{document.stem}-{number}")
    for document in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")))
    for number, block in enumerate(
        re.findall(r"^```python\n(.*?)^```", document.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    )
    if "sys.argv" not in block  # a program: tests/test_compare_page.py runs it
]


@pytest.mark.slow
@pytest.mark.parametrize("block", EXAMPLES)
def test_every_example_runs(
    block: str, tmp_path: Path, small_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a reader would paste it, in a folder with a photo, after the names that the page speaks of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEFD_VIEWER_CACHE", str(tmp_path / "cache"))
    shutil.copy(resource_path("sample_photos/astronaut.jpg"), "photo.jpg")
    dataset = open_dataset(small_set, format="muco") if "stated_cameras" not in block else open_dataset(None)
    path = tmp_path / "list.txt"
    path.write_text(f"{dataset.keys[0]}\n")
    record = dataset.records[0]
    names = {"dataset": dataset, "record": record, "person": record.people[0], "path": path}
    names["open_body"] = open_body
    exec(compile(block, "example", "exec"), names)
