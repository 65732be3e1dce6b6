"""Views that share one orbit: several methods' bodies seen from the same side at the same scale."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from sefd_viewer.scene.cameras import OrbitPose

TURN_MS = 15
"""Members draw new bodies this far apart: to draw all at once would hold up the window."""


class MeshViewGroup(QObject):
    """The shared orbit of its members: turning one turns all, at one scale in metres."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pose = OrbitPose()
        self._radii: dict[int, float] = {}
        self._members = 0
        self._turn = QTimer(self, interval=TURN_MS, singleShot=True)
        self.waiting = False
        """More bodies are on their way: pictures are refined when all have come."""

    def takes_turn(self) -> bool:
        """Whether a member may draw new bodies now: one at a time, with room for other events between."""
        if self._turn.isActive():
            return False
        self._turn.start()
        return True

    def add_member(self) -> int:
        """Count a new member; its number, from 0."""
        self._members += 1
        return self._members - 1

    @property
    def pose(self) -> OrbitPose:
        """The shared view."""
        return self._pose

    @property
    def radius(self) -> float:
        """The radius in metres of the largest member's bodies."""
        return max(self._radii.values(), default=1.0)

    def set_pose(self, pose: OrbitPose) -> None:
        """Turn all views."""
        if pose != self._pose:
            self._pose = pose
            self.changed.emit()

    def set_radius(self, member: int, radius: float | None) -> None:
        """Say how large one member's bodies are in metres; None when it has none or leaves."""
        before = self.radius
        if radius is None:
            self._radii.pop(member, None)
        else:
            self._radii[member] = radius
        if self.radius != before:
            self.changed.emit()
