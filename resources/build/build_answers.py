"""Writes what the shipped networks say of the sample sets, so that the window shows bodies at once.

    python resources/build/build_answers.py

The sets are opened as the window opens them, and every photo is asked for in turn: the answers are kept under
the very keys under which the window looks for them. Run it again after the weights, the sets or their 2D poses
have changed. The edges that the networks saw are left out; the window asks for them where they are shown.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from sefd_viewer.app.controller import Controller, Surroundings
from sefd_viewer.inference.kept_answers import unpacked, write_shipped
from sefd_viewer.inference.messages import HedRequest, Job, Message, PredictRequest, TrialRequest
from sefd_viewer.inference.predictor import Predictor

RESOURCES = Path(__file__).parents[1]
SETS: dict[str, list[str]] = {
    "sample_capture": [],
    "sample_crowd": [str(RESOURCES / "sample_crowd")],
}
"""What is opened for each set; nothing is the sample."""


class AtOnce(Executor):
    """Runs a job when it is submitted."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run it."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Networks:
    """The networks in this very process."""

    def __init__(self, predictor: Predictor, listen: Callable[[Message], None]) -> None:
        self._predictor, self._listen = predictor, listen

    def submit(self, job: Job) -> None:
        """Answer a request about bodies."""
        assert not isinstance(job, HedRequest | TrialRequest), job
        assert isinstance(job, PredictRequest)
        for message in self._predictor.predict(job):
            self._listen(message)

    def cancel(self) -> None:
        """Nothing is ever waiting."""

    def use_device(self, _device: str) -> None:
        """It is chosen already."""

    def close(self) -> None:
        """Nothing to end."""


class NoClock:
    """A timer whose time has come when it starts."""

    def start(self, _milliseconds: int, action: Callable[[], None]) -> None:
        """Act now."""
        action()

    def stop(self) -> None:
        """There is nothing to stop."""


def main() -> None:
    """Write the answers of all sets."""
    predictor = Predictor("cpu")
    for name, inputs in SETS.items():
        with tempfile.TemporaryDirectory() as kept:
            surroundings = Surroundings(
                AtOnce(),
                lambda call: call(),
                NoClock(),
                lambda listen: Networks(predictor, listen),
                answers=Path(kept),
            )
            controller = Controller(surroundings)
            controller.open(inputs)
            dataset = controller.content.dataset
            assert dataset is not None, controller.content.problem
            for position, record in enumerate(dataset.records):
                controller.store.set(controller.state.with_record(record.key))
                print(f"\r{name}: {position + 1} of {len(dataset.records)}", end="", file=sys.stderr)
            print(file=sys.stderr)
            _ship(Path(kept), RESOURCES / name / "answers", controller)


def _ship(kept: Path, folder: Path, controller: Controller) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for file in sorted(kept.glob("*/*.npz")):
        write_shipped(
            folder, file.name.split(".")[0], unpacked(file.read_bytes(), 0, controller.bodies.find)
        )
    files = list(folder.glob("*/*"))
    print(f"{folder}: {len(files)} answers, {sum(file.stat().st_size for file in files) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
