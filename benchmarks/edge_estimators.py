"""How good the edges are that SEE and SESD guess, and what a mesh network makes of them.

usage: python benchmarks/edge_estimators.py [scenes] [--weights FOLDER] [--poses FILE] [--picture FILE]

The held-out synthetic people of accuracy.py. Maps are compared as networks are given them, crops of
256 x 256, with the overlap edge of the true bodies: PSNR and SSIM of the soft maps, and the F score of their
ridges at the level where it is highest over all people, within 2 pixels.
The methods `see` and `sesd` are the mesh network inside see.safetensors, which learned with SEE's edges, or
the teacher's where there is none, shown the guessed edge. Differences are paired, with 95 % intervals over
scenes.

FOLDER holds see.safetensors and sesd.safetensors, or folders of runs, see/ and sesd/, that hold them; a
missing one is left out. --ship FOLDER puts them there in the end.
"""

from __future__ import annotations

import argparse
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from accuracy import (
    METRICS,
    edges_for,
    errors_of,
    held_out_people,
    hidden_share,
    interval,
)
from rich.console import Console
from rich.table import Table

from sefd_viewer.datasets.sample import Sample
from sefd_viewer.datasets.synthetic import Scene
from sefd_viewer.edges.agreement import LEVELS, WantedEdges, likeness, thinned
from sefd_viewer.edges.settings import EdgeMap, EdgeSettings
from sefd_viewer.inference.edge_channels import student_edge
from sefd_viewer.inference.messages import ROLES, PersonInput, Role
from sefd_viewer.inference.predictor import Predictor
from sefd_viewer.networks.edge_estimators import load_estimator
from sefd_viewer.networks.hed import detect
from sefd_viewer.resources import resource_path

RIDGE = 0.25
"""Strength from which a ridge of the true map is an edge: fainter ones are facets of the mesh."""
TOLERANCE_PX = 2.0
LEAST_HIDDEN = (0.0, 0.2, 0.4)
SHOWN = 5
"""People on the sheet of maps."""
PAIRS = (("see", "teacher"), ("see", "student"), ("see", "baseline"), ("sesd", "see"), ("sesd", "baseline"))
Maps = Mapping[str, Sequence[EdgeMap]]


@dataclass
class Measured:
    """Scene and hidden share (N,) of everyone; PSNR, SSIM and precision and recall by level of each map.

    `errors` are (N, 3) in mm by method.
    """

    scene: np.ndarray
    hidden: np.ndarray
    alike: dict[str, np.ndarray]
    curves: dict[str, np.ndarray]
    errors: dict[str, np.ndarray]


def measure(predictor: Predictor, files: Mapping[str, str], scenes: int, poses: tuple[Path, ...]) -> Measured:
    """Everyone who is not almost wholly hidden."""
    found: dict[str, dict[str, list[np.ndarray]]] = defaultdict(lambda: defaultdict(list))
    numbers, shares = [], []
    for index, scene, people, given, samples in held_out_people(scenes, poses):
        numbers += [index] * len(people)
        shares += [hidden_share(person) for person in people]
        true, maps = maps_of(predictor, files, scene, given, samples)
        for name, edges in maps.items():
            rows = [compared(edge.values, one.values) for edge, one in zip(edges, true, strict=True)]
            found["alike"][name].append(np.array([row[0] for row in rows]))
            found["curves"][name].append(np.array([row[1] for row in rows]))
        for name in (*ROLES, *files):
            role: Role = "student" if name in files else name  # type: ignore[assignment]
            own: dict[str, str] = {**files, role: files[name]} if name in files else {}
            shown = maps[name] if name in files else edges_for(predictor, role, scene, given, samples)
            loaded = predictor.networks.get(role, own)
            errors = errors_of(predictor, role, loaded, scene, people, samples, shown)
            found["errors"][name].append(errors)
    joined = {kind: {n: np.concatenate(v) for n, v in by.items()} for kind, by in found.items()}
    return Measured(np.array(numbers), np.array(shares), joined["alike"], joined["curves"], joined["errors"])


def maps_of(
    predictor: Predictor,
    files: Mapping[str, str],
    scene: Scene,
    people: Sequence[PersonInput],
    samples: Sequence[Sample],
) -> tuple[Sequence[EdgeMap], Maps]:
    """The true overlap edges of everyone's crop, and what detectors find there."""
    true = edges_for(predictor, "teacher", scene, people, samples)
    maps: dict[str, Sequence[EdgeMap]] = {
        "Canny 5x5": edges_for(predictor, "student", scene, people, samples),  # type: ignore[dict-item]
        "HED": [EdgeMap(detect(sample.crop_rgb), "HED", "the crop") for sample in samples],
    }
    for name, file in files.items():
        loaded = predictor.networks.get("student", {"student": file})
        pairs = zip(samples, people, strict=True)
        maps[name] = [student_edge(sample, one, EdgeSettings(), loaded, people) for sample, one in pairs]
    return true, maps  # type: ignore[return-value]


def compared(found: np.ndarray, true: np.ndarray) -> tuple[tuple[float, float], np.ndarray]:
    """PSNR and SSIM, and hits, found, hits of the wanted, wanted (4, levels) in pixels of their ridges."""
    alike = likeness(np.minimum(found, 1), true, np.ones(true.shape, bool))
    mask, ridges = thinned(true) >= RIDGE, thinned(found)
    wanted, rows = WantedEdges(mask), []
    for level in LEVELS:
        agreement, count = wanted.at(ridges, level, tolerance=TOLERANCE_PX), int((ridges >= level).sum())
        rows.append((agreement.precision * count, count, agreement.recall * mask.sum(), mask.sum()))
    return (alike.psnr_db, alike.ssim), np.array(rows, float).T


def f_score(curves: np.ndarray) -> tuple[float, float]:
    """The highest F score of people (N, 4, levels) taken together, and its level."""
    hits, count, found, wanted = curves.sum(0)
    precision, recall = hits / np.maximum(count, 1), found / np.maximum(wanted, 1)
    f = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    return float(f.max()), LEVELS[int(f.argmax())]


def print_maps(measured: Measured) -> None:
    """How like the true overlap edge each map is."""
    table = Table("hidden", "people", "map", "PSNR dB", "SSIM", "F", "at level")
    table.title = "Maps of the crops against the true overlap edge"
    for least in LEAST_HIDDEN:
        chosen = measured.hidden >= least
        for name, alike in measured.alike.items():
            f, level = f_score(measured.curves[name][chosen])
            psnr, ssim = alike[chosen].mean(0)
            cells = f"{psnr:.2f}", f"{ssim:.3f}", f"{f:.3f}", f"{level}"
            table.add_row(f"{100 * least:.0f} % or more", str(chosen.sum()), name, *cells)
    Console(width=120).print(table)


def print_errors(measured: Measured) -> None:
    """Means, and paired differences by hidden share."""
    console = Console(width=120)
    table = Table("method", *(f"{m} mm" for m in METRICS), title=f"{len(measured.scene)} held-out people")
    for name, errors in measured.errors.items():
        table.add_row(name, *(f"{value:.1f}" for value in errors.mean(0)))
    console.print(table)
    pairs = [pair for pair in PAIRS if set(pair) <= set(measured.errors)]
    table = Table("hidden", "people", *(f"{one} - {other}" for one, other in pairs))
    table.title = "Paired differences in MPJPE, mm (95 % interval over scenes)"
    for least in LEAST_HIDDEN:
        chosen = measured.hidden >= least
        cells = []
        for one, other in pairs:
            differences = (measured.errors[one] - measured.errors[other])[chosen, 0]
            mean, low, high = interval(differences, measured.scene[chosen])
            cells.append(f"{mean:+.1f} ({low:+.1f} to {high:+.1f})")
        table.add_row(f"{100 * least:.0f} % or more", str(chosen.sum()), *cells)
    console.print(table)


def draw_maps(predictor: Predictor, files: Mapping[str, str], poses: tuple[Path, ...], path: Path) -> None:
    """A sheet with the most hidden person of some scenes: the crop, what was found, and the true map."""
    rows: list[np.ndarray] = []
    for _, scene, people, given, samples in held_out_people(10 * SHOWN, poses):
        if len(people) < 2:
            continue
        if len(rows) == SHOWN:
            break
        place = int(np.argmax([hidden_share(person) for person in people]))
        true, maps = maps_of(predictor, files, scene, given, samples)
        edges = [*(by_name[place].values for by_name in maps.values()), true[place].values]
        grey = [np.repeat(np.clip(255 * edge, 0, 255).astype(np.uint8)[..., None], 3, 2) for edge in edges]
        rows.append(np.hstack([samples[place].crop_rgb, *grey]))
    sheet = cv2.resize(np.vstack(rows), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(path), sheet[..., ::-1])


def files_in(folder: Path) -> dict[str, str]:
    """The estimators' files of a folder, or of the runs in it."""
    found = {}
    for name in ("see", "sesd"):
        places = (folder / f"{name}.safetensors", folder / name / f"{name}.safetensors")
        for place in (place for place in places if place.is_file()):
            found[name] = str(place)
    return found


def main() -> None:
    """Measure and print all tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenes", nargs="?", type=int, default=150)
    parser.add_argument("--weights", type=Path, default=resource_path("weights"))
    parser.add_argument("--poses", type=Path, action="append", default=[], help="motion files")
    parser.add_argument("--ship", type=Path, default=None, help="folder that gets the files measured")
    parser.add_argument("--picture", type=Path, default=None, help="a sheet of crops and maps")
    options = parser.parse_args()
    files = files_in(options.weights)
    predictor, poses = Predictor(), tuple(options.poses)
    if options.picture is not None:
        draw_maps(predictor, files, poses, options.picture)
    if options.scenes:
        measured = measure(predictor, files, options.scenes, poses)
        print_maps(measured)
        print_errors(measured)
    if options.ship is not None:
        options.ship.mkdir(parents=True, exist_ok=True)
    for name, file in files.items() if options.ship is not None else ():
        loaded = load_estimator(file, kind=name)  # type: ignore[arg-type]
        shutil.copyfile(file, options.ship / f"{name}.safetensors")
        print(f"{name}: {loaded.card.metrics} shipped")


if __name__ == "__main__":
    main()
