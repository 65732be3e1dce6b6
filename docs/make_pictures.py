"""Takes the documents' pictures of the window, from the real window on what ships, and draws `fit`'s.

    python docs/make_pictures.py [NAME ...] [--out docs/images] [--human36m FOLDER]

Those of docs/check-human36m.md need a set with faults in Human3.6M's layout, which does not ship; its
corrected copy is written on the way.

No screen is needed. Each picture is a way through the window by commands and keys, so that what is shown is
what a person gets who goes the same way; a temporary home folder keeps settings of one's own out of it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sefd_viewer.gui.session import WindowSession

PATIENCE_S = 600.0
FIT, FIT_WIDTH = "fit", 900
SAMPLE, CROWD, NOTHING = "sample", "crowd", ""
HUMAN36M, CORRECTED = "human36m", "corrected"


@dataclass(frozen=True)
class Shot:
    """One picture: what is opened, whom one selects (photo and person), commands in order, and the window.

    A command is one of the program's, "key V", "press Apply" (a button), or "open_calibration FILE".
    """

    name: str
    set: str
    case: tuple[str, str] | None = None
    commands: tuple[str, ...] = ()
    size: tuple[int, int] = (1440, 900)
    theme: str = "dark"


MAN = ("cam03/000040.jpg", "man")
KICK = ("cam01/000092.jpg", "man")
CALIBRATED = ("workspace_cameras", "open_calibration Calib.qca.txt", "tab_conventions")
VOTES = tuple(f"key {key}" for key in "12102121")
SHOTS: tuple[Shot, ...] = (
    Shot("start", NOTHING),
    Shot("window", SAMPLE, MAN),
    Shot("compare", SAMPLE, MAN, ("stage_turned", "stage_errors")),
    Shot("inspect_edges", SAMPLE, MAN, ("stage_edges",)),
    Shot("inspect_methods", SAMPLE, MAN, ("list_methods",)),
    Shot("inspect_1366", SAMPLE, MAN, size=(1366, 768)),
    Shot("edges", SAMPLE, MAN, ("edges_student",)),
    Shot("edges-detectors", SAMPLE, MAN, ("edges_detectors",)),
    Shot("edges-dilation", SAMPLE, MAN, ("edges_dilation",), theme="light"),
    Shot("explain", SAMPLE, MAN, ("explain_inside",)),
    Shot("explain-bench", SAMPLE, MAN, ("explain_bench",)),
    Shot("explain-occlusion", SAMPLE, MAN, ("explain_occlusion",)),
    Shot("explain-gap", SAMPLE, MAN, ("explain_distillation",)),
    Shot("people_compare", CROWD, commands=("workspace_people",)),
    Shot("people_check", SAMPLE, MAN, ("workspace_people", "people_check"), theme="light"),
    Shot("cameras", SAMPLE, MAN, ("workspace_cameras",)),
    Shot("presentation", CROWD, commands=("present",)),
    Shot("presentation-votes", CROWD, commands=("present", "key V", "key Space", *VOTES)),
    Shot("preferences", SAMPLE, MAN, ("preferences",)),
    Shot("pose_editing", SAMPLE, MAN, ("edit_poses", "swap_sides")),
    Shot("playback", SAMPLE, MAN, ("strip_time", "worst_frame")),
    Shot("cameras_as_stated", SAMPLE, KICK, CALIBRATED),
    Shot("cameras_diagnosed", SAMPLE, KICK, (*CALIBRATED, "diagnose")),
    Shot("cameras_applied", SAMPLE, KICK, (*CALIBRATED, "diagnose", "press Apply")),
    Shot("image_plane", SAMPLE, ("cam03/000088.jpg", "avatar"), ("workspace_cameras", "tab_image_plane")),
    Shot("human36m_wrong", HUMAN36M, commands=("workspace_cameras", "worst_moment")),
    Shot("human36m_extrinsics", HUMAN36M, commands=("workspace_cameras", "tab_extrinsics", "outlines")),
    Shot("human36m_verdict", HUMAN36M, commands=("workspace_cameras", "check_all_photos")),
    Shot("human36m_corrected", CORRECTED, commands=("workspace_cameras", "worst_moment")),
)


def take(shot: Shot, out: Path, sets: dict[str, Path]) -> None:
    """Go the way of a picture and save it; `sets` are those that do not ship."""
    from sefd_viewer.app.settings import Settings
    from sefd_viewer.datasets.opening import crowd_folder
    from sefd_viewer.gui.app import make_application
    from sefd_viewer.gui.session import WindowSession
    from sefd_viewer.gui.theme import apply_theme

    application = make_application()
    apply_theme(application, shot.theme)  # type: ignore[arg-type]
    session = WindowSession(Settings(theme=shot.theme), answers=Path(os.environ["HOME"]) / "answers")  # type: ignore[arg-type]
    session.window.resize(*shot.size)
    session.window.show()
    _spin(0.5)
    inputs: dict[str, list[str] | None] = {NOTHING: None, SAMPLE: [], CROWD: [str(crowd_folder())]}
    inputs |= {name: [str(folder)] for name, folder in sets.items()}
    session.begin(inputs[shot.set])
    _wait(session)
    if shot.case is not None:
        state = session.controller.state.with_record(shot.case[0])
        session.controller.store.set(replace(state, person=shot.case[1]))
        _wait(session)
    for command in shot.commands:
        _do(session, *command.partition(" ")[::2])
        _wait(session)
    session.window.resize(*shot.size)
    _spin(0.5)
    _wait(session)
    session.window.grab().save(str(out / f"{shot.name}.png"))
    session.close()


def draw_fit(out: Path) -> None:
    """The fitted bodies of one moment of the sample over its four views, as `fit --pictures` draws them."""
    from PIL import Image

    from sefd_viewer.body import open_body
    from sefd_viewer.datasets.opening import open_sample
    from sefd_viewer.fitting.run import moment_picture

    frame = Path(KICK[0]).name
    records = [one for one in open_sample().records if Path(one.key).name == frame]
    image = Image.fromarray(moment_picture(records, open_body()))
    image.resize((FIT_WIDTH, round(FIT_WIDTH * image.height / image.width))).save(out / f"{FIT}.png")


def _do(session: WindowSession, command: str, what: str) -> None:
    """Run a command, press a key or a button."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QAbstractButton

    from sefd_viewer.resources import resource_path

    window = session.window
    if command == "key":
        QTest.keyClick(window, getattr(Qt.Key, f"Key_{what}"))
    elif command == "press":
        buttons = window.findChildren(QAbstractButton)
        next(one for one in buttons if one.isVisible() and one.text() == what).click()
    else:
        if what:
            file = str(resource_path(f"sample_capture/{what}"))
            window.shell.ask = lambda _kind: file  # type: ignore[method-assign, assignment]
        window.actions_table.run(command)


def corrected(root: Path, out: Path) -> Path:
    """The copy that `verify --fix` writes."""
    from sefd_viewer.cli.main import main as run

    with contextlib.suppress(SystemExit):  # it tells scripts that something was found
        run(["verify", str(root), "--fix", str(out)])
    return out


def _wait(session: WindowSession) -> None:
    """Until all that is shown is there."""
    start = time.monotonic()
    while time.monotonic() - start < PATIENCE_S:
        _spin(0.3)
        services = session.controller.services.values()
        if not session.busy and not any(getattr(one, "settling", False) for one in services):
            return
    raise TimeoutError(f"not everything was ready after {PATIENCE_S:.0f} s")


def _spin(seconds: float) -> None:
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def main(arguments: Sequence[str] | None = None) -> None:
    """Take the pictures that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=", ".join([FIT, *(shot.name for shot in SHOTS)]))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "images")
    parser.add_argument("--human36m", type=Path, help="the set of docs/check-human36m.md")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = home
        os.environ["LOGNAME"] = "reviewer"
        asked = [shot for shot in SHOTS if not options.names or shot.name in options.names]
        sets = {} if options.human36m is None else {HUMAN36M: options.human36m}
        if sets and any(shot.set == CORRECTED for shot in asked):
            sets[CORRECTED] = corrected(options.human36m, Path(home) / "Human36M corrected")
        if not options.names or FIT in options.names:
            draw_fit(options.out)
            print(options.out / f"{FIT}.png", flush=True)
        for shot in asked:
            if shot.set in sets or shot.set in (NOTHING, SAMPLE, CROWD):
                take(shot, options.out, sets)
                print(options.out / f"{shot.name}.png", flush=True)


if __name__ == "__main__":
    main()
