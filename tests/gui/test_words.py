from __future__ import annotations

from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QApplication

from sefd_viewer.gui.words import caption_lines

CAPTION = "edges: baseline's meshes (no ground truth here)"


def test_a_long_caption_takes_two_lines_and_is_cut_only_then(qapp: QApplication):  # noqa: ARG001
    metrics = QFontMetricsF(QFont())
    width = metrics.horizontalAdvance(CAPTION)
    assert caption_lines(metrics, CAPTION, width + 1) == [CAPTION]
    two = caption_lines(metrics, CAPTION, 0.7 * width)
    assert len(two) == 2
    assert " ".join(two) == CAPTION
    cut = caption_lines(metrics, CAPTION, 0.3 * width)
    assert len(cut) == 2
    assert cut[1].endswith("…")
    assert all(metrics.horizontalAdvance(line) <= 0.3 * width + 1 for line in cut)
