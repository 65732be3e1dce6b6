"""Plots in the colours of the theme."""

from __future__ import annotations

import pyqtgraph as pg

from sefd_viewer.gui.theme import current_colors


def color_plot(plot: pg.PlotWidget) -> None:
    """Give a plot's background and axes the colours of the present theme."""
    colors = current_colors()
    plot.setBackground(colors.base)
    for side in ("bottom", "left"):
        axis = plot.getPlotItem().getAxis(side)
        axis.setPen(colors.line)
        axis.setTextPen(colors.quiet)
