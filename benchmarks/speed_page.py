"""Writes the page of speed: every claim with its command, its yardstick and its last figures.

usage: python benchmarks/speed_page.py [NAME.py ...]

The figures are those of `benchmarks/README.md`. Scripts that are named run first, and what they print stands
below their figures; what others printed stays.
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
HEAD = """# Speed

This page lists every claim about speed with the command that measures it, what it is compared with (the
yardstick), and the last figures. Times depend on the machine. The yardstick is measured in the same run, so
the ratio means something on any machine. Unless the page says otherwise, the figures are from two cores of a
shared server without a GPU, with other work running.

`python benchmarks/speed_page.py` writes this page from the tables of `benchmarks/README.md`. If you name
scripts, it runs these first, one after the other, and shows what they print; that needs a quiet machine.
"""


def claims() -> dict[str, tuple[str, str]]:
    """What each script measures, and its yardstick or goal, by the command in the table of the README."""
    rows = re.findall(r"^\| `(\w+\.py[^`]*)` \| (.+?) \| (.+?) \|$", README.read_text("utf-8"), re.MULTILINE)
    return {command: (measures, goal) for command, measures, goal in rows}


def figures() -> dict[str, str]:
    """The last figures of each script, from the README's second table."""
    measured = README.read_text("utf-8").split("## Measured")[1]
    rows = re.findall(r"^\| `(\w+\.py)` \| (.+) \|$", measured, re.MULTILINE)
    return {script: words.replace("](../docs/", "](") for script, words in rows}


def printed_before(page: str) -> dict[str, str]:
    """What scripts printed when they were run for the page as it is: its line and its block."""
    found = {}
    for part in page.split("\n## ")[1:]:
        printed = re.search(r"^Printed on .*?```text\n.*?```$", part, re.MULTILINE | re.DOTALL)
        if printed is not None:
            found[part.split("`")[1]] = printed[0]
    return found


def printed_now(command: str) -> str:
    """Run one, and return its line and its block of the page."""
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
    reached = "reached" if done.returncode == 0 else "not reached"
    where = f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, Python {platform.python_version()}"
    said = done.stdout.strip() or done.stderr.strip()[-1500:]
    return f"Printed on {where}; the goal was {reached}:\n\n```text\n{said}\n```"


def part(command: str, measures: str, goal: str, words: str, printed: str) -> str:
    """One script's part of the page."""
    lines = [f"## `{command.split()[0]}`", "", _sentence(measures), ""]
    lines += [f"- Command: `python benchmarks/{command}`", f"- Yardstick and goal: {goal}"]
    first, *more = words.split("<br>")
    lines += [f"- Last figures: {first}", *(f"    - {one}" for one in more), ""]
    return "\n".join([*lines, *([printed, ""] if printed else [])])


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:].rstrip(".") + "."


def main() -> None:
    """Run what was named, and write the page."""
    printed = printed_before(PAGE.read_text("utf-8")) if PAGE.exists() else {}
    known, last = claims(), figures()
    for command in known:
        if (script := command.split()[0]) in sys.argv[1:]:
            print(f"{command} ...", flush=True)
            printed[script] = printed_now(command)
    parts = []
    for command, (measures, goal) in known.items():
        script = command.split()[0]
        parts.append(part(command, measures, goal, last.get(script, "none yet"), printed.get(script, "")))
    PAGE.write_text("\n".join([HEAD, *parts]), "utf-8")


if __name__ == "__main__":
    main()
