"""How well fitted bodies lie on the people of a capture; nothing is fitted here.

usage: python benchmarks/fitting.py [capture]

Per person and view: pixels between the body's joints and the 2D joints, and between the body's rim and the
picture's nearest edge across it. The yardstick of the same run is the same motion with the mean body's shape.
Goal: a median below 6 px for everybody.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from sefd_viewer.body import open_body
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.fitted_people import PEOPLE_FILE, FittedPeople, FittedPerson, read_people
from sefd_viewer.fitting.quality import qualities
from sefd_viewer.fitting.refining import Pictures, find_outlines, rim_candidates, silhouette
from sefd_viewer.fitting.views import MomentSequence, sequences_of
from sefd_viewer.resources import resource_path

GOAL_PX = 6.0
_REACH_PX = 12
_PIVOT = open_body().root_joint


def vertices(person: FittedPerson) -> np.ndarray:
    """Vertices (M, V, 3) in the world, metres."""
    betas = np.tile(person.betas, (len(person.moments), 1))
    values = (person.global_orient, person.body_pose, betas, person.transl)
    return open_body().forward_batch(*values).vertices


def mean_shape(person: FittedPerson) -> FittedPerson:
    """The same motion of the mean body, its root joint where the person's is."""
    betas = np.zeros(10)
    return replace(person, betas=betas, transl=person.transl + person.root_joint - _PIVOT(betas))


def rim_px(person: FittedPerson, sequence: MomentSequence, people: FittedPeople) -> list[float]:
    """By view the mean distance (px) of the rim from the edges that lie across it."""
    views = list(person.boxes)
    cameras = [person.cameras.get(view, sequence.cameras[view]) for view in views]
    own = vertices(person)
    others = [(one, vertices(one)) for one in people.people if one.key != person.key]

    def load(view: int, moment: int) -> np.ndarray:
        return sequence.records[views[view], person.moments[moment]].load()

    def hidden(view: int, moment: int, size: tuple[int, int]) -> list[np.ndarray]:
        name = views[view]
        return [
            silhouette(
                those[one.moments.index(person.moments[moment])],
                open_body().faces,
                one.cameras.get(name, sequence.cameras[name]),
                size,
            )
            for one, those in others
            if person.moments[moment] in one.moments
        ]

    found = find_outlines(own, cameras, open_body(), Pictures(load, hidden), _REACH_PX)
    candidates = rim_candidates(open_body())
    distances: list[list[np.ndarray]] = [[] for _ in views]
    for (view, moment), one in found.items():
        pixels = cameras[view].project(own[moment, candidates[one.rows]])
        distances[view].append(np.abs(((pixels - one.targets) * one.normals).sum(axis=-1)))
    return [float(np.mean(np.concatenate(each))) for each in distances]


def main() -> int:
    """Print the table; returns 1 when somebody is off by more than the goal."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else resource_path("sample_capture")
    dataset, people = open_dataset(root), read_people(root / PEOPLE_FILE)
    (sequence,) = sequences_of(dataset)
    measured = qualities(dataset, people, open_body())
    heading = ("person", "view", "joints median px", "95 % below px", "rim mean px", "mean shape: rim px")
    table = Table(*heading)
    for person, one in zip(people.people, measured, strict=True):
        rims = [rim_px(which, sequence, people) for which in (person, mean_shape(person))]
        for (view, (_, median, most)), rim, plain in zip(one.pixels.items(), *rims, strict=True):
            table.add_row(one.key, view, f"{median:.1f}", f"{most:.1f}", f"{rim:.1f}", f"{plain:.1f}")
    console = Console()
    console.print(table)
    for one in measured:
        console.print("\n".join([one.lines()[0], *one.lines()[-3:]]), highlight=False)
    return int(max(one.median_px for one in measured) > GOAL_PX)


if __name__ == "__main__":
    raise SystemExit(main())
