"""The columns of the records table: what they are called, how they are filtered, sorted and written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "whole", "flag", "verdict", "finding"]


@dataclass(frozen=True)
class Column:
    """One column: `id` is typed in the filter; `width` is in letters; `tip` says what it holds."""

    id: str
    title: str
    kind: Kind
    width: int
    tip: str = ""
    decimals: int = 0

    @property
    def right(self) -> bool:
        """Whether its values stand at the right edge, as numbers do."""
        return self.kind in ("number", "whole")


COLUMNS: tuple[Column, ...] = (
    Column("verdict", "Verdict", "verdict", 15, "What was decided; an old verdict is of another annotation"),
    Column("record", "Record", "text", 20, "The record's key"),
    Column("person", "Person", "text", 10, "The person's key within the record"),
    Column("worst", "Worst finding", "finding", 25, "The finding furthest beyond its threshold"),
    Column("findings", "Findings", "whole", 8, "How many detectors found something"),
    Column(
        "fit_error", "Fit error", "number", 8, "How badly the body fits its 2D joints, as the set says", 1
    ),
    Column("keypoints", "Keypoints", "whole", 9, "How many 2D joints are labelled"),
    Column("smpl", "Body", "flag", 6, "Whether there are body parameters"),
    Column("score", "Score", "number", 6, "The score of the annotation", 2),
    Column("view", "View", "text", 8, "The camera"),
    Column("subject", "Subject", "text", 8, "Who is seen"),
    Column("action", "Action", "text", 10, "What is done"),
    Column("box_w", "Box width", "number", 9, "Width of the person's box in pixels"),
    Column("box_h", "Box height", "number", 9, "Height of the person's box in pixels"),
    Column("problem", "Problem", "text", 28, "What is wrong with the record, or why somebody is left out"),
    Column("issues", "Issues", "text", 22, "The kinds of issues of the verdict"),
    Column("note", "Note", "text", 26, "The note of the verdict"),
    Column("reviewer", "Reviewer", "text", 10, "Who decided"),
)
BY_ID: dict[str, Column] = {column.id: column for column in COLUMNS}
