"""Runs of the shipped networks over the samples, and what the networks say of each photo.

    python resources/build/build_runs.py [sample] [crowd]

The window opens a sample with its run, so that people are sorted by failure at once, and finds the networks'
bodies in `answers/` by what they were asked (`sefd_viewer.inference.kept_answers`). Both are to be made again
after `weights/`, the sets or their 2D poses have changed. The edges that the networks saw are left out.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import orjson
import polars as pl

from sefd_viewer.body.files import open_body
from sefd_viewer.datasets.opening import crowd_folder, open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.pose_sources import ANNOTATION, ESTIMATED
from sefd_viewer.evaluation.runs.running import Runner, RunOptions, settings_of
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore
from sefd_viewer.inference.kept_answers import read_answer, write_shipped
from sefd_viewer.inference.messages import ROLES

RESOURCES = Path(__file__).parents[1]


def write_run(dataset: Dataset, folder: Path, *, poses: str) -> pl.DataFrame:
    """Measure the shipped networks over a set; the run goes into `folder`, its table comes back.

    The answers join those in `resources/answers`.
    """
    with tempfile.TemporaryDirectory() as place:
        kept = Path(place) / "answers"
        methods = [Method(role, role) for role in ROLES]
        options = RunOptions(poses=poses, device="cpu", answers=kept)
        store = RunStore(Path(place) / "run", RunPlan.of(dataset, methods, settings_of(options)))
        Runner(dataset, methods, options).run(store, range(len(dataset.records)), progress=_tell)
        table = store.table()
        about = orjson.loads((store.folder / "run.json").read_bytes())
        for file in sorted(kept.glob("*/*.npz")):
            answer = read_answer(file, 0, lambda _id: open_body())
            write_shipped(RESOURCES / "answers", file.name.split(".")[0], answer)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    about |= {"root": "", "key": ""}
    del about["settings"]["inputs"]  # of this machine; those of a person's machine are found out there
    (folder / "run.json").write_bytes(orjson.dumps(about, option=orjson.OPT_INDENT_2))
    table.write_parquet(folder / "part-000001-shipped.parquet", compression="zstd", compression_level=19)
    return table


def _tell(done: int, total: int) -> None:
    print(f"\r{done} of {total}", end="", flush=True)


def main() -> None:
    """Make the runs anew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", default=["sample", "crowd"])
    wanted = parser.parse_args().sets
    if set(wanted) >= {"sample", "crowd"}:
        shutil.rmtree(RESOURCES / "answers", ignore_errors=True)
    if "sample" in wanted:
        write_run(open_dataset(None), RESOURCES / "sample_run", poses=ANNOTATION)
    if "crowd" in wanted:
        write_run(open_dataset(crowd_folder()), crowd_folder() / "run", poses=ESTIMATED)
    files = list((RESOURCES / "answers").glob("*/*"))
    print(f"\n{len(files)} answers, {sum(file.stat().st_size for file in files) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
