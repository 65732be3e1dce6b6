"""Dark and light colours of the window: a palette and a small style sheet."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from sefd_viewer.app.settings import Theme


@dataclass(frozen=True)
class Colors:
    """The colours of a theme, as #rrggbb."""

    window: str
    base: str
    raised: str
    text: str
    quiet: str
    faint: str
    line: str
    accent: str
    on_accent: str
    problem: str


DARK = Colors(
    window="#26282b",
    base="#1b1c1e",
    raised="#33363a",
    text="#e8e9eb",
    quiet="#a3a8af",
    faint="#6d7279",
    line="#3a3d42",
    accent="#4aa8e0",
    on_accent="#0b1a24",
    problem="#ff9d7a",
)
LIGHT = Colors(
    window="#f5f6f8",
    base="#ffffff",
    raised="#e9ebee",
    text="#1d2024",
    quiet="#5b626b",
    faint="#9aa1aa",
    line="#d5d8dd",
    accent="#0072b2",
    on_accent="#ffffff",
    problem="#b3400e",
)


def effective(theme: Theme, application: QApplication) -> Theme:
    """Dark or light: what the desktop says for "system", dark where it says nothing."""
    if theme != "system":
        return theme
    light = application.styleHints().colorScheme() == Qt.ColorScheme.Light
    return "light" if light else "dark"


def apply_theme(application: QApplication, theme: Theme) -> Colors:
    """Give the whole application the colours of `theme`; returns them."""
    colors = LIGHT if effective(theme, application) == "light" else DARK
    application.setStyle("Fusion")
    application.setPalette(palette(colors))
    application.setStyleSheet(style_sheet(colors))
    return colors


def current_colors() -> Colors:
    """The colours in use, read from the application's palette."""
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


def style_sheet(colors: Colors) -> str:
    """What a palette cannot say."""
    return f"""
    QToolTip {{ color: {colors.text}; background: {colors.raised};
                border: 1px solid {colors.line}; padding: 4px; }}
    QMainWindow::separator {{ background: {colors.line}; width: 1px; height: 1px; }}
    QSplitter::handle {{ background: {colors.line}; }}
    QSplitter::handle:hover {{ background: {colors.accent}; }}
    QMenuBar {{ background: {colors.window}; padding: 2px 4px; }}
    QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; background: transparent; }}
    QMenuBar::item:selected {{ background: {colors.raised}; }}
    QMenu {{ background: {colors.window}; border: 1px solid {colors.line}; padding: 5px; }}
    QMenu::item {{ padding: 5px 22px 5px 22px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {colors.accent}; color: {colors.on_accent}; }}
    QMenu::item:disabled {{ color: {colors.faint}; background: transparent; }}
    QMenu::separator {{ height: 1px; background: {colors.line}; margin: 5px 8px; }}
    QToolBar {{ background: {colors.window}; border: none; border-bottom: 1px solid {colors.line};
               spacing: 2px; padding: 3px 6px; }}
    QToolBar::separator {{ background: {colors.line}; width: 1px; margin: 4px 6px; }}
    QToolButton {{ border: none; border-radius: 5px; padding: 4px 7px; }}
    QToolButton:hover {{ background: {colors.raised}; }}
    QToolButton:checked {{ background: {colors.raised}; color: {colors.accent}; }}
    QToolButton:pressed {{ background: {colors.line}; }}
    QToolButton#qt_toolbar_ext_button {{ padding: 0; }}
    QDockWidget {{ titlebar-close-icon: none; font-weight: 600; }}
    QDockWidget::title {{ background: {colors.window}; padding: 7px 10px 5px 10px; }}
    QStatusBar {{ background: {colors.window}; border-top: 1px solid {colors.line}; }}
    QStatusBar::item {{ border: none; }}
    QStatusBar QLabel {{ color: {colors.quiet}; padding: 0 4px; }}
    QScrollArea, QListView {{ border: none; background: {colors.window}; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
    QScrollBar::handle {{ background: {colors.line}; border-radius: 3px; min-height: 24px; min-width: 24px; }}
    QScrollBar::handle:hover {{ background: {colors.faint}; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
        background: none; border: none; width: 0; height: 0; }}
    QLineEdit {{ background: {colors.base}; border: 1px solid {colors.line};
                 border-radius: 5px; padding: 4px 8px; }}
    QLineEdit:focus {{ border-color: {colors.accent}; }}
    QPushButton {{ background: {colors.raised}; border: 1px solid {colors.line};
                   border-radius: 5px; padding: 5px 14px; }}
    QPushButton:hover {{ border-color: {colors.faint}; }}
    QPushButton:focus {{ border-color: {colors.accent}; }}
    QPushButton:pressed, QPushButton:checked {{ background: {colors.line}; }}
    QPushButton:disabled {{ color: {colors.faint}; }}
    QPushButton[primary="true"] {{ background: {colors.accent}; color: {colors.on_accent};
                                   border-color: {colors.accent}; }}
    QPlainTextEdit {{ background: {colors.base}; border-radius: 5px; padding: 6px; }}
    QTableView {{ border: none; background: {colors.window}; outline: none; }}
    QTableWidget::item, QTableView[roomy="true"]::item {{ padding: 0 8px; }}
    QAbstractScrollArea::corner {{ background: transparent; border: none; }}
    QTabBar::tab {{ background: transparent; color: {colors.quiet}; border: none;
                    border-bottom: 2px solid transparent; padding: 6px 12px 5px 12px; }}
    QTabBar::tab:hover {{ color: {colors.text}; }}
    QTabBar::tab:selected {{ color: {colors.text}; border-bottom-color: {colors.accent}; }}
    QHeaderView {{ background: {colors.window}; border: none; }}
    QHeaderView::section {{ background: {colors.window}; color: {colors.quiet}; border: none;
                            border-bottom: 1px solid {colors.line}; padding: 5px 8px; }}
    QHeaderView::section:hover {{ color: {colors.text}; }}
    QToolButton#chip {{ border: 1px solid {colors.line}; border-radius: 10px; padding: 1px 7px; }}
    QToolButton#chip:checked {{ background: {colors.accent}; color: {colors.on_accent};
                                border-color: {colors.accent}; }}
    QToolButton#count {{ color: {colors.text}; padding: 0 4px; font-weight: 600; }}
    QToolButton#count:disabled {{ color: {colors.faint}; font-weight: 400; }}
    QToolButton#outlined {{ border: 1px solid {colors.line}; padding: 3px 22px 3px 10px; }}
    QToolButton#outlined::menu-button {{ border: none; border-left: 1px solid {colors.line}; width: 18px; }}
    QFrame#thin_line {{ border: none; background: {colors.line}; }}
    QLabel[quiet="true"] {{ color: {colors.quiet}; }}
    QLabel[problem="true"] {{ color: {colors.problem}; }}
    QLabel[heading="true"] {{ font-weight: 600; }}
    QProgressBar {{ border: none; border-radius: 3px; background: {colors.raised}; max-height: 6px; }}
    QProgressBar::chunk {{ background: {colors.accent}; border-radius: 3px; }}
    QFrame#card {{ background: {colors.window}; border: 1px solid {colors.line}; border-radius: 10px; }}
    QFrame#card QListWidget {{ background: transparent; border: none; outline: none; }}
    QFrame#card QListWidget::item {{ padding: 5px 8px; border-radius: 5px; }}
    QFrame#card QListWidget::item:selected {{ background: {colors.accent}; color: {colors.on_accent}; }}
    QFrame[section="true"] {{ background: {colors.window}; border: 1px solid {colors.line};
                             border-radius: 8px; }}
    QFrame[section="true"] QRadioButton::indicator {{
        width: 10px; height: 10px; border: 2px solid {colors.faint}; border-radius: 7px; }}
    QFrame[section="true"] QRadioButton::indicator:hover {{ border-color: {colors.accent}; }}
    QFrame[section="true"] QRadioButton::indicator:checked {{
        width: 6px; height: 6px; border: 4px solid {colors.accent}; }}
    QLabel[chip="true"] {{ background: {colors.raised}; color: {colors.quiet};
                           border-radius: 8px; padding: 1px 8px; }}
    QLabel[chip="true"][strong="true"] {{ background: {colors.accent}; color: {colors.on_accent}; }}
    QLabel[changed="true"] {{ color: {colors.accent}; }}
    QFrame[best="true"] {{ background: {colors.raised}; border-radius: 5px; }}
    QListWidget[flat="true"] {{ background: transparent; border: none; outline: none; }}
    QWidget#layer_row[selected="true"], QWidget#person_row[selected="true"] {{
        background: {colors.raised}; border-radius: 5px; }}
    """
