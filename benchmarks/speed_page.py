"""Runs the benchmarks one after the other and writes the page of speed: command, yardstick, last figures.

usage: python benchmarks/speed_page.py [NAME.py ...]

Without names all run that need nothing but the program; on a machine that does nothing else. What runs takes
the place of its part of `docs/speed.md`; other parts stay as they were measured.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
PAGE, README = HERE.parent / "docs" / "speed.md", HERE / "README.md"
LIMIT_S = 3600
NEEDS_MORE = ("board.py", "accuracy.py", "training_curves.py")
"""Scripts that need a data set, or hours."""
HEAD = """# Speed

Claims about speed: the command that measures each, what it is compared with, and what it printed last. Times
depend on the machine; the yardstick is measured in the same run, so that the ratio means something anywhere.
`python benchmarks/speed_page.py` runs the benchmarks and writes this page; it needs a quiet machine.
Benchmarks that are not here yet are listed in `benchmarks/README.md`.
"""


def claims() -> dict[str, tuple[str, str]]:
    """What each script measures, and its yardstick or goal, by the command in the table of the README."""
    rows = re.findall(r"^\| `(\w+\.py[^`]*)` \| (.+?) \| (.+?) \|$", README.read_text("utf-8"), re.MULTILINE)
    return {command: (measures, goal) for command, measures, goal in rows}


def parts_of(page: str) -> dict[str, str]:
    """The parts of the page as they are, by script."""
    return {part.split("`")[1]: f"## {part}" for part in page.split("\n## ")[1:]}


def measured(command: str, measures: str, goal: str) -> str:
    """Run one and return its part of the page."""
    script, *words = command.split()
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "COLUMNS": "110", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, str(HERE / script), *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    reached = "Reached" if done.returncode == 0 else "Not reached"
    where = f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, Python {platform.python_version()}"
    said = done.stdout.strip() or done.stderr.strip()[-1500:]
    lines = [f"## `{script}`", "", f"{_sentence(measures)} Yardstick and goal: {goal}.", ""]
    lines += [f"`python benchmarks/{command}` · {where} · {reached.lower()}", "", "```text", said, "```", ""]
    return "\n".join(lines)


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:].rstrip(".") + "."


def main() -> None:
    """Run what was named, or all, and write the page."""
    chosen = sys.argv[1:]
    parts = parts_of(PAGE.read_text("utf-8")) if PAGE.exists() else {}
    for command, (measures, goal) in claims().items():
        script = command.split()[0]
        wanted = script in chosen if chosen else script not in NEEDS_MORE and " ROOT" not in command
        if wanted:
            print(f"{command} ...", flush=True)
            parts[script] = measured(command, measures, goal)
            PAGE.write_text("\n".join([HEAD, *(parts[name] for name in sorted(parts))]), "utf-8")


if __name__ == "__main__":
    main()
