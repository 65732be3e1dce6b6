"""How the window looks: which colours, the shipped type, and giving both to the whole application."""

from __future__ import annotations

from functools import cache, lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from sefd_viewer.app.settings import Theme
from sefd_viewer.errors import SefdError
from sefd_viewer.gui.style_sheet import DARK, LIGHT, Colors, style_sheet
from sefd_viewer.resources import resource_path

__all__ = ["DARK", "LIGHT", "Colors", "apply_theme", "current_colors", "effective", "palette"]

FAMILY, WEIGHTS = "Inter", ("Regular", "Medium", "SemiBold", "Bold")
TEXT_PX = 13
"""Height of plain text at 100 %, in pixels."""


def effective(theme: Theme, application: QApplication) -> Theme:
    """Dark or light: what the desktop says for "system", dark where it says nothing."""
    if theme != "system":
        return theme
    light = application.styleHints().colorScheme() == Qt.ColorScheme.Light
    return "light" if light else "dark"


def apply_theme(application: QApplication, theme: Theme, *, text_percent: int = 100) -> Colors:
    """Give the whole application the colours of `theme` and text of a size; returns the colours."""
    colors = LIGHT if effective(theme, application) == "light" else DARK
    sheet = style_sheet(colors, text_percent / 100)
    if application.style().objectName().lower() != "fusion":
        application.setStyle("Fusion")
    font = _font(text_percent)
    if application.font() != font:
        application.setFont(font)
    if application.styleSheet() != sheet:
        application.setStyleSheet("")  # the palette reaches everything sooner without the old rules
    application.setPalette(palette(colors))
    if application.styleSheet() != sheet:
        application.setStyleSheet(sheet)
    return colors


def current_colors() -> Colors:
    """The colours in use, read from the application's palette."""
    return _colors_of(QApplication.palette().cacheKey())


@lru_cache(8)
def _colors_of(_palette: int) -> Colors:
    window = QApplication.palette().color(QPalette.ColorRole.Window)
    return DARK if window.lightness() < 128 else LIGHT


def palette(colors: Colors) -> QPalette:
    """Qt's palette of a theme."""
    role = QPalette.ColorRole
    result = QPalette()
    for name, value in {
        role.Window: colors.window,
        role.WindowText: colors.text,
        role.Base: colors.base,
        role.AlternateBase: colors.raised,
        role.Text: colors.text,
        role.Button: colors.raised,
        role.ButtonText: colors.text,
        role.ToolTipBase: colors.raised,
        role.ToolTipText: colors.text,
        role.PlaceholderText: colors.faint,
        role.Highlight: colors.accent,
        role.HighlightedText: colors.on_accent,
        role.Accent: colors.accent,
        role.Mid: colors.line,
        role.Link: colors.accent,
    }.items():
        result.setColor(name, QColor(value))
    for name in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, name, QColor(colors.faint))
    return result


def _font(text_percent: int) -> QFont:
    """Inter with figures of one width, which is shipped; the system's own font where it cannot be read."""
    font = QFont(QApplication.font())
    if _load_fonts():
        font.setFamily(FAMILY)
        font.setFeature(QFont.Tag("tnum"), 1)
        font.setFeature(QFont.Tag("cv05"), 1)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    dots_per_inch = QApplication.primaryScreen().logicalDotsPerInchY()
    font.setPointSizeF(TEXT_PX * text_percent / 100 * 72 / dots_per_inch)
    return font


@cache
def _load_fonts() -> bool:
    try:
        files = [resource_path(f"fonts/{FAMILY}-{weight}.ttf") for weight in WEIGHTS]
    except SefdError:
        return False
    return all(QFontDatabase.addApplicationFont(str(file)) >= 0 for file in files)
