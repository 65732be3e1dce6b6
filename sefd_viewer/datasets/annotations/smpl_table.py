"""SMPL and SMPL-X parameters of many people as rows of numbers, and the body that each belongs to.

Annotation files do not say that beyond the gender. Parameters with an entry `body` belong to the body of that
id; all others to the licensed SMPL of their gender, known here as `smpl-neutral`, `smpl-female` or
`smpl-male`. A licensed file of that gender, whose id begins with the same words, is that body
(`BodyModel.is_called`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body import BodyModel, SmplParameters
from sefd_viewer.body.parameters import hand_bends
from sefd_viewer.datasets.annotations.columns import Column, Labels, faults_by_row, joined_labels, numbers
from sefd_viewer.errors import DAMAGED

if TYPE_CHECKING:
    from sefd_viewer.datasets.progress import PartReading


FindBody = Callable[[str], BodyModel | None]

_GENDERS = {"m": "male", "f": "female", "n": "neutral"}


def body_id_of(entry: Mapping[str, object], gender: object = "neutral") -> str:
    """The id in `body`, else that of the licensed body of the gender (m, f, n or the whole word)."""
    body = entry.get("body")
    if isinstance(body, str):
        return body
    return f"smpl-{gender_word(gender)}"


def gender_word(gender: object) -> str:
    """neutral, male or female for m, f, n or the whole word."""
    return _GENDERS.get(str(gender).lower()[:1], "neutral")


_POSE, _BETAS_USED, _TRANSL, _EXPRESSION = 72, 10, 3, 10
_WHOLE_BODY = (
    *(("root_pose", 3, True), ("body_pose", 63, True), ("jaw_pose", 3, False), ("eyes_pose", 6, False)),
    *(("lhand_pose", 45, False), ("rhand_pose", 45, False), ("shape", 10, True), ("trans", 3, True)),
    ("expr", _EXPRESSION, False),
)
"""SMPL-X's parts of a row: the key in files, how many numbers, and whether it has to be there."""
_HANDS = slice(75, 165)


@dataclass(frozen=True, eq=False)
class SmplTable:
    """One person's parameters per row: `values` (S, 85) float32 pose, betas, transl in metres.

    Tables with people of SMPL-X are (S, 188): pose (165,) with hands relative to the relaxed ones, betas,
    transl, expression (10,); of SMPL's people the pose ends after 72. In the camera's frame,
    or the world's with `world`. `fit_errors` (S,) in the format's own unit, nan is unknown; `faults` say what
    is wrong with which row; `dropped` counts the rows whose shapes had so many numbers, with others than 0
    beyond the ten that are used (known while a file is read).
    """

    values: NDArray[np.float32]
    body_ids: Labels
    fit_errors: NDArray[np.float32]
    faults: Mapping[int, Sequence[str]]
    world: bool = False
    dropped: Mapping[int, int] = field(default_factory=dict)

    def parameters(self, row: int, body: BodyModel | None = None) -> SmplParameters:
        """The parameters in a row without fault.

        Hands of SMPL-X are as `body` has them at rest, without it as the file has them. Raises BodyError
        where its file does not describe hands.
        """
        values, name = np.array(self.values[row]), self.body_ids.at(row)
        if len(values) == _POSE + _BETAS_USED + _TRANSL:
            pose, betas, transl = np.split(values, [_POSE, _POSE + _BETAS_USED])
            return SmplParameters.from_pose(name, pose, betas, transl)
        pose, betas, transl, expression = np.split(values, np.cumsum([_HANDS.stop, _BETAS_USED, _TRANSL]))
        if not name.startswith("smplx"):
            return SmplParameters.from_pose(name, pose[:_POSE], betas, transl)
        if body is not None:
            pose[_HANDS] = hand_bends(body.hands, *np.split(pose[_HANDS], 2))
        return SmplParameters(name, pose[:3], pose[3:], betas, transl, expression)

    def note_dropped(self, file: Path, reading: PartReading) -> None:
        """Tell once that shapes lost numbers: their bodies are not quite those that were fitted."""
        if self.dropped:
            counts = " or ".join(map(str, sorted(self.dropped)))
            people = sum(self.dropped.values())
            words = f"{people} shapes have {counts} betas: the first 10 are used, the others are left out"
            reading.problems.add(file, f"{words}, so these bodies differ from the fitted ones")


def smpl_table(
    entries: Iterable[object], *, where: str = "", fit_errors: Iterable[object] = (), world: bool = False
) -> SmplTable:
    """A table of entries with `pose` 72, `shape` 10, `trans` 3 and perhaps `gender` and `body`.

    Entries with `root_pose` and `body_pose` are SMPL-X's. `where` is the key that holds the entries, for
    words.
    """
    cells = [entry if isinstance(entry, Mapping) else {} for entry in entries]
    if any("root_pose" in cell for cell in cells):
        return _whole_bodies(cells, where, list(fit_errors), world)
    columns = [
        numbers([_values(cell, key) for cell in cells], f"{where}{key}", (count,))
        for key, count in (("pose", 72), ("shape", 10), ("trans", 3))
    ]
    errors = [error if isinstance(error, int | float) else np.nan for error in fit_errors]
    return SmplTable(
        np.concatenate([column.values for column in columns], axis=1).astype(np.float32),
        Labels.of([body_id_of(cell, cell.get("gender", "neutral")) for cell in cells]),
        np.array(errors or [np.nan] * len(cells), dtype=np.float32),
        _one_each(columns),
        world,
        _dropped(cells),
    )


def _whole_bodies(
    cells: Sequence[Mapping[str, Any]], where: str, fit_errors: list[object], world: bool
) -> SmplTable:
    """The same of entries of SMPL-X under NeuralAnnot's names; people of SMPL among them keep their body."""
    whole = [place for place, cell in enumerate(cells) if "root_pose" in cell]
    columns = [
        numbers([_values(cells[place], key) for place in whole], f"{where}{key}", (count,), required=needed)
        for key, count, needed in _WHOLE_BODY
    ]
    values = np.nan_to_num(np.concatenate([column.values for column in columns], axis=1)).astype(np.float32)
    faults = {whole[row]: words for row, words in _one_each(columns).items()}
    names = [f"smplx-{gender_word(cells[place].get('gender', 'neutral'))}" for place in whole]
    errors = np.array([one if isinstance(one, int | float) else np.nan for one in fit_errors], np.float32)
    plain = smpl_table([{} if place in set(whole) else cell for place, cell in enumerate(cells)], where=where)
    table = np.zeros((len(cells), values.shape[1]), np.float32)
    table[:] = _widened(plain.values)
    table[whole] = values
    bodies = [plain.body_ids.at(place) for place in range(len(cells))]
    for place, name in zip(whole, names, strict=True):
        bodies[place] = name
    others = {row: words for row, words in plain.faults.items() if row not in set(whole)}
    return SmplTable(
        table,
        Labels.of(bodies),
        errors if len(errors) else np.full(len(cells), np.nan, np.float32),
        dict(sorted((faults | others).items())),
        world,
        _dropped(cells),
    )


def _widened(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of SMPL (S, 85) as long as those of SMPL-X (S, 188)."""
    if values.shape[1] != _POSE + _BETAS_USED + _TRANSL:
        return values
    room = np.zeros((len(values), _HANDS.stop - _POSE), np.float32)
    face = np.zeros((len(values), _EXPRESSION), np.float32)
    return np.concatenate([values[:, :_POSE], room, values[:, _POSE:], face], axis=1)


def joined_tables(tables: Sequence[SmplTable]) -> SmplTable:
    """Tables of the same frame, one after the other; at least one."""
    starts = accumulate((len(table.values) for table in tables), initial=0)
    faults = {
        start + row: faults
        for start, table in zip(starts, tables, strict=False)
        for row, faults in table.faults.items()
    }
    widths = {table.values.shape[1] for table in tables if len(table.values)}
    rows = [_widened(table.values) if len(widths) > 1 else table.values for table in tables]
    width = max(widths, default=tables[0].values.shape[1])
    return SmplTable(
        np.concatenate([np.zeros((0, width), np.float32), *(one for one in rows if len(one))]),
        joined_labels([table.body_ids for table in tables]),
        np.concatenate([table.fit_errors for table in tables]),
        faults,
        tables[0].world,
        sum((Counter(table.dropped) for table in tables), Counter()),
    )


def _one_each(columns: Sequence[Column]) -> dict[int, list[str]]:
    """What is wrong with each row, as one sentence."""
    return {row: ["; ".join(faults)] for row, faults in faults_by_row(*columns).items()}


def _dropped(cells: Sequence[Mapping[str, Any]]) -> Counter[int]:
    """How many shapes of each length have numbers beyond the tenth that are not 0."""
    shapes = (cell.get("shape") for cell in cells)
    flat = (shape for shape in shapes if isinstance(shape, list | np.ndarray) and len(shape) > _BETAS_USED)
    return Counter(len(shape) for shape in flat if np.any(_numbers_of(shape[_BETAS_USED:])))


def _numbers_of(values: Any) -> NDArray[np.float64]:
    try:
        return np.asarray(values, dtype=np.float64)
    except DAMAGED:
        return np.zeros(0)


def _values(cell: Mapping[str, Any], key: str) -> Any:
    """The entry's value; of a flat shape with more than ten numbers the ten that count."""
    value = cell.get(key)
    flat_array = isinstance(value, np.ndarray) and value.ndim == 1
    flat_list = isinstance(value, list) and bool(value) and not isinstance(value[0], list)
    return (
        value[:_BETAS_USED] if value is not None and key == "shape" and (flat_array or flat_list) else value
    )
