"""The workspaces: arrangements of views for one kind of work, each with a title and a key."""

from __future__ import annotations

from dataclasses import dataclass

from sefd_viewer.app.state import Workspace


@dataclass(frozen=True)
class WorkspaceInfo:
    """How a workspace is offered: its button's `title`, what it is for, its key."""

    id: Workspace
    title: str
    tip: str
    shortcut: str


WORKSPACES: tuple[WorkspaceInfo, ...] = (
    WorkspaceInfo("inspect", "Inspect", "Photo, edges and every method's bodies", "Ctrl+1"),
    WorkspaceInfo("cameras", "Cameras", "All cameras of one moment, and how well they agree", "Ctrl+2"),
    WorkspaceInfo("review", "Review", "Rows, findings and verdicts about the annotations", "Ctrl+3"),
    WorkspaceInfo("results", "Results", "Methods measured over the data set: table and plots", "Ctrl+5"),
    WorkspaceInfo("edges", "Edges", "Detectors compared, dilation by size, stored maps audited", "Ctrl+4"),
    WorkspaceInfo("explain", "Explain", "What the networks see, and what changes their minds", "Ctrl+6"),
)
