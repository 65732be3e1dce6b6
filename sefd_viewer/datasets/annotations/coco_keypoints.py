"""COCO's `keypoints`: in the order that a file's categories name, or else in the layout's own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.coco_file import CocoFile
from sefd_viewer.datasets.annotations.columns import Column
from sefd_viewer.datasets.annotations.part_reading import PartReading
from sefd_viewer.datasets.annotations.person_rows import PoseColumn
from sefd_viewer.geometry.joints import JointSet
from sefd_viewer.geometry.skeletons import Skeleton, UnknownSkeletonError, of_length, published
from sefd_viewer.pose2d.joint_orders import likely_order, seen_scores, stated_order
from sefd_viewer.pose2d.keypoints import are_fractions

_FRACTIONS = "keypoints are fractions of the picture's size, not pixels"


def coco_keypoints(coco: CocoFile, usual: JointSet, reading: PartReading) -> tuple[PoseColumn, Column]:
    """The people's keypoints x y score, and what is wrong with which row.

    v = 2 is visible (score 1), 1 hidden (0.5), 0 not labelled. They are joints of `usual` where the file has
    all of these, else of the set that takes most of them. People in an order that cannot be theirs get none,
    which is noted.
    """
    count = _count(coco, usual)
    column = _without_fractions(coco.annotations.numbers("keypoints", (count, 3)))
    groups = ((rows, names, column.values[rows]) for names, rows in _groups(coco))
    orders = [(rows, _order(coco, names, people, usual, reading)) for rows, names, people in groups]
    known = [order for _, order in orders if order is not None]
    joint_set = usual if not known or _has_all(known[0], usual) else known[0].joint_set
    values = np.full((len(column.values), joint_set.count, 3), np.nan, dtype=np.float32)
    for rows, order in orders:
        if order is not None:
            people = order.keypoints(column.values[rows], joint_set).astype(np.float32)
            people[..., 2] = seen_scores(people[..., 2], order, annotated=True)
            values[rows] = people
    return PoseColumn(joint_set, values), column


def _count(coco: CocoFile, usual: JointSet) -> int:
    """How many keypoints most people have, if these are so many as are named, or as a known order has."""
    count, rest = divmod(coco.annotations.usual_length("keypoints"), 3)
    named = {len(names) for names in coco.joint_names.values()}
    return count if rest == 0 and (count in named or of_length(count)) else usual.count


def _groups(coco: CocoFile) -> Iterator[tuple[tuple[str, ...], NDArray[np.int64]]]:
    """The rows of annotations whose categories name the same joints."""
    names = dict.fromkeys(coco.joint_names.values())
    if len(names) < 2:
        yield next(iter(names), ()), np.arange(len(coco.annotations))
        return
    own = [coco.joint_names.get(key, ()) for key in coco.category_ids]
    for one in dict.fromkeys(own):
        yield one, np.flatnonzero([other == one for other in own])


def _order(
    coco: CocoFile,
    names: tuple[str, ...],
    people: NDArray[np.floating],
    usual: JointSet,
    reading: PartReading,
) -> Skeleton | None:
    """The order of people (P, K, 3) with these joint names; None, and a problem, when they have none."""
    try:
        stated = stated_order(people, names)
        if stated is not None:
            return stated
        assumed = published(usual.name) if people.shape[1] == usual.count else None
        likely, words = likely_order(people, assumed)
        if words is None:
            return likely
        raise UnknownSkeletonError(f"{words}. Name the joints in categories, keypoints")
    except UnknownSkeletonError as error:
        reading.problems.add(coco.path, f"{error}; the 2D poses of {len(people)} people are not read")
        return None


def _has_all(order: Skeleton, joint_set: JointSet) -> bool:
    return set(joint_set.names) <= set(order.joints)


def _without_fractions(column: Column) -> Column:
    """The same keypoints (P, K, 3); people whose joints all lie in the picture's first pixel get none."""
    rows = np.flatnonzero(are_fractions(column.values))
    if not len(rows):
        return column
    values = column.values.copy()
    values[rows] = np.nan
    return Column(values, column.faults | dict.fromkeys(rows.tolist(), _FRACTIONS))
