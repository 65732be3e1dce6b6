"""The colours of the window in dark and light, and the style sheet that says what a palette cannot.

Widgets say what they are by object names and properties: `QPushButton[kind="ghost"]`, `QLabel[quiet="true"]`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sefd_viewer.resources import resource_path


@dataclass(frozen=True)
class Colors:
    """The colours of a theme, as #rrggbb: grounds, text, lines, what is chosen, better and worse.

    `problem` is the colour of words about what is wrong; `worse` and `better` stand beside a signed number.
    """

    name: str
    window: str
    base: str
    deep: str
    raised: str
    text: str
    quiet: str
    faint: str
    line: str
    accent: str
    on_accent: str
    worse: str
    better: str
    warn: str

    @property
    def problem(self) -> str:
        """The colour of words about what is wrong."""
        return self.worse


DARK = Colors(
    name="dark",
    window="#26282b",
    base="#1b1c1e",
    deep="#141517",
    raised="#33363a",
    text="#e8e9eb",
    quiet="#a3a8af",
    faint="#757b83",
    line="#3a3d42",
    accent="#4aa8e0",
    on_accent="#0b1a24",
    worse="#ff8f6b",
    better="#5fcf9b",
    warn="#f0c24a",
)
LIGHT = Colors(
    name="light",
    window="#f5f6f8",
    base="#ffffff",
    deep="#eceef1",
    raised="#e6e9ed",
    text="#1d2024",
    quiet="#565d66",
    faint="#8a929b",
    line="#d5d8dd",
    accent="#0072b2",
    on_accent="#ffffff",
    worse="#b8400f",
    better="#0a7a4c",
    warn="#8a6100",
)


def style_sheet(colors: Colors, text: float) -> str:
    """All rules; `text` is the size of text as a share of the usual one."""
    return "".join(
        part(colors, text) for part in (_frames, _header, _buttons, _fields, _lists, _labels, _stage, _cards)
    )


def _px(size: float, text: float) -> str:
    return f"font-size: {round(size * text)}px"


def _sign(name: str, colors: Colors) -> str:
    return resource_path(f"signs/{name}_{colors.name}.svg").as_posix()


def _frames(colors: Colors, _text: float) -> str:
    return f"""
    QToolTip {{ color: {colors.text}; background: {colors.raised};
                border: 1px solid {colors.line}; padding: 4px; }}
    QFrame[card="true"] {{ background: {colors.base}; border-radius: 8px; }}
    QMainWindow::separator {{ background: {colors.line}; width: 1px; height: 1px; }}
    QSplitter::handle {{ background: {colors.line}; }}
    QSplitter::handle:hover {{ background: {colors.accent}; }}
    QDockWidget {{ titlebar-close-icon: none; font-weight: 600; }}
    QDockWidget::title {{ background: {colors.window}; padding: 7px 10px 5px 10px; }}
    QStatusBar {{ background: {colors.window}; border-top: 1px solid {colors.line}; }}
    QStatusBar::item {{ border: none; }}
    QStatusBar QLabel {{ color: {colors.quiet}; padding: 0 4px; }}
    QStatusBar QToolButton {{ padding: 0px 6px; }}
    QScrollArea, QListView {{ border: none; background: {colors.window}; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
    QScrollBar::handle {{ background: {colors.line}; border-radius: 3px; min-height: 24px; min-width: 24px; }}
    QScrollBar::handle:hover {{ background: {colors.faint}; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
        background: none; border: none; width: 0; height: 0; }}
    QFrame#thin_line {{ border: none; background: {colors.line}; }}
    QProgressBar {{ border: none; border-radius: 3px; background: {colors.raised}; max-height: 6px; }}
    QProgressBar::chunk {{ background: {colors.accent}; border-radius: 3px; }}
    """


def _header(colors: Colors, text: float) -> str:
    return f"""
    QWidget#header {{ background: {colors.window}; border-bottom: 1px solid {colors.line}; }}
    QMenuBar {{ background: transparent; color: {colors.quiet}; padding: 0; }}
    QMenuBar::item {{ padding: 5px 8px; border-radius: 5px; background: transparent; }}
    QMenuBar::item:selected {{ background: {colors.raised}; color: {colors.text}; }}
    QMenu {{ background: {colors.window}; border: 1px solid {colors.line}; padding: 5px; }}
    QMenu::item {{ padding: 5px 22px 5px 22px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {colors.accent}; color: {colors.on_accent}; }}
    QMenu::item:disabled {{ color: {colors.faint}; background: transparent; }}
    QMenu::separator {{ height: 1px; background: {colors.line}; margin: 5px 8px; }}
    QFrame#tabs {{ background: {colors.base}; border-radius: 8px; }}
    QFrame#tabs QToolButton {{ font-weight: 500; padding: 5px 16px; border-radius: 6px; color: {colors.quiet};
                               border: none; border-bottom: 2px solid transparent; }}
    QFrame#tabs QToolButton:hover {{ color: {colors.text}; background: transparent; }}
    QFrame#tabs QToolButton:checked {{ background: {colors.raised}; color: {colors.text}; font-weight: 600;
                                       border-bottom-color: {colors.accent}; }}
    QFrame#tabs QToolButton:disabled {{ color: {colors.faint}; background: transparent;
                                        border-color: transparent; }}
    QFrame#tabs QToolButton:focus {{ border: 1px solid {colors.accent}; border-bottom-width: 2px; }}
    QPushButton#search {{ background: {colors.base}; color: {colors.faint}; border: 1px solid {colors.line};
                          border-radius: 6px; padding: 0 9px; text-align: left; {_px(12, text)};
                          font-weight: 400; }}
    QPushButton#search:hover, QPushButton#search:focus {{ border-color: {colors.accent}; }}
    QLabel[key="true"] {{ border: 1px solid {colors.line}; border-radius: 4px; padding: 0 5px;
                          background: {colors.base}; color: {colors.quiet}; {_px(11, text)}; }}
    """


def _buttons(colors: Colors, text: float) -> str:
    return f"""
    QToolButton {{ border: 1px solid transparent; border-radius: 6px; padding: 3px 6px; }}
    QToolButton:hover {{ background: {colors.raised}; }}
    QToolButton:focus {{ border-color: {colors.accent}; }}
    QToolButton:checked {{ background: {colors.raised}; color: {colors.accent}; }}
    QToolButton:pressed {{ background: {colors.line}; }}
    QToolButton:disabled {{ color: {colors.faint}; }}
    QPushButton {{ background: {colors.raised}; border: 1px solid {colors.raised}; font-weight: 500;
                   border-radius: 6px; padding: 5px 12px; }}
    QPushButton:hover {{ border-color: {colors.faint}; }}
    QPushButton:focus {{ border-color: {colors.accent}; }}
    QPushButton:pressed, QPushButton:checked {{ background: {colors.line}; }}
    QPushButton:disabled {{ color: {colors.faint}; }}
    QPushButton[kind="ghost"] {{ background: transparent; border-color: {colors.line}; }}
    QPushButton[kind="ghost"]:hover {{ background: {colors.raised}; }}
    QPushButton[kind="ghost"]:focus {{ border-color: {colors.accent}; }}
    QPushButton[kind="link"] {{ background: transparent; border-color: transparent; color: {colors.accent};
                                padding: 0 2px; font-weight: 400; {_px(12, text)}; }}
    QPushButton[kind="link"]:hover {{ text-decoration: underline; }}
    QPushButton[kind="link"]::menu-indicator {{ image: none; width: 0; }}
    QPushButton[kind="link"]:focus {{ border-color: {colors.accent}; }}
    QPushButton[kind="link"][alarm="true"] {{ color: {colors.worse}; }}
    QPushButton[primary="true"] {{ background: {colors.accent}; color: {colors.on_accent};
                                   border-color: {colors.accent}; font-weight: 600; }}
    QPushButton[primary="true"]:focus {{ border-color: {colors.text}; }}
    QPushButton[primary="true"]:disabled {{ background: {colors.raised}; color: {colors.faint};
                                            border-color: {colors.raised}; }}
    QFrame#thin {{ background: {colors.line}; }}
    QFrame#segments {{ background: {colors.base}; border: 1px solid {colors.line}; border-radius: 7px; }}
    QFrame#segments QToolButton {{ font-weight: 500; padding: 2px 11px; border: 1px solid transparent;
                                   border-radius: 5px; color: {colors.quiet}; }}
    QFrame#segments QToolButton:checked {{ background: {colors.accent}; color: {colors.on_accent};
                                           font-weight: 600; }}
    QFrame#segments[tight="true"] QToolButton {{ padding: 2px 6px; }}
    QFrame#segments QToolButton:focus {{ border-color: {colors.text}; }}
    QToolButton#chip {{ background: {colors.base}; border: 1px solid {colors.line}; border-radius: 10px;
                        padding: 1px 7px; }}
    QToolButton#chip:checked {{ background: {colors.accent}; color: {colors.on_accent};
                                border-color: {colors.accent}; }}
    QToolButton#chip:focus {{ border-color: {colors.accent}; }}
    QToolButton#chip:checked:focus {{ border-color: {colors.text}; }}
    QToolButton#count {{ color: {colors.text}; padding: 0 4px; font-weight: 600; }}
    QToolButton#count:disabled {{ color: {colors.faint}; font-weight: 400; }}
    QToolButton#outlined {{ border: 1px solid {colors.line}; padding: 3px 22px 3px 10px; }}
    QToolButton#outlined:focus {{ border-color: {colors.accent}; }}
    QToolButton#outlined::menu-indicator {{ image: url({_sign("down", colors)}); width: 10px; height: 10px;
        subcontrol-origin: padding; subcontrol-position: right center; right: 7px; }}
    QToolButton#chip::menu-indicator {{ image: none; width: 0; }}
    QToolButton#outlined::menu-button {{ border: none; border-left: 1px solid {colors.line}; width: 18px; }}
    """


def _fields(colors: Colors, _text: float) -> str:
    tick, down, up = (_sign(name, colors) for name in ("tick", "down", "up"))
    boxes = ", ".join(f"{kind}::indicator" for kind in _TICKED)
    checked = ", ".join(f"{kind}::indicator:checked" for kind in _TICKED)
    return f"""
    QLineEdit, QSpinBox, QDoubleSpinBox {{ background: {colors.base}; border: 1px solid {colors.line};
                                           border-radius: 6px; padding: 3px 8px; }}
    QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus {{ border-color: {colors.accent}; }}
    QPlainTextEdit {{ background: {colors.base}; border: 1px solid {colors.line}; border-radius: 6px;
                      padding: 6px; }}
    QPlainTextEdit:focus {{ border-color: {colors.accent}; }}
    QComboBox {{ background: {colors.base}; border: 1px solid {colors.line}; border-radius: 6px;
                 padding: 3px 9px; }}
    QComboBox:hover {{ border-color: {colors.faint}; }}
    QComboBox:focus, QComboBox:on {{ border-color: {colors.accent}; }}
    QComboBox:disabled {{ color: {colors.faint}; }}
    QComboBox::drop-down {{ border: none; width: 20px; }}
    QComboBox::down-arrow {{ image: url({down}); width: 10px; height: 10px; }}
    QComboBox QAbstractItemView {{ background: {colors.window}; border: 1px solid {colors.line};
        selection-background-color: {colors.accent}; selection-color: {colors.on_accent}; }}
    QSpinBox::up-button, QDoubleSpinBox::up-button {{ border: none; width: 16px; }}
    QSpinBox::down-button, QDoubleSpinBox::down-button {{ border: none; width: 16px; }}
    QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{ image: url({up}); width: 8px; height: 8px; }}
    QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {{ image: url({down}); width: 8px; height: 8px; }}
    {boxes} {{ width: 13px; height: 13px; border: 1px solid {colors.faint}; border-radius: 3px;
               background: transparent; }}
    {checked} {{ background: {colors.accent}; border-color: {colors.accent}; image: url({tick}); }}
    QCheckBox:focus, QRadioButton:focus {{ color: {colors.accent}; }}
    QCheckBox::indicator:focus, QCheckBox::indicator:hover {{ border-color: {colors.accent}; }}
    QCheckBox::indicator:checked:focus {{ border-color: {colors.text}; }}
    QCheckBox::indicator:disabled {{ border-color: {colors.line}; }}
    QMenu::indicator {{ left: 4px; }}
    QRadioButton::indicator {{ width: 10px; height: 10px; border: 2px solid {colors.faint};
                               border-radius: 7px; }}
    QRadioButton::indicator:hover {{ border-color: {colors.accent}; }}
    QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 4px solid {colors.accent};
                                       border-radius: 7px; }}
    QSlider {{ min-height: 20px; }}
    QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {colors.line}; }}
    QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {colors.accent}; }}
    QSlider::handle:horizontal {{ width: 14px; height: 14px; margin: -5px 0; border-radius: 7px;
                                  background: #f2f3f5; border: 1px solid {colors.faint}; }}
    QSlider::handle:horizontal:focus, QSlider::handle:horizontal:hover {{ border-color: {colors.accent}; }}
    QSlider::sub-page:horizontal:disabled {{ background: {colors.faint}; }}
    """


_TICKED = ("QCheckBox", "QListView", "QTreeView", "QTableView", "QMenu")


def _lists(colors: Colors, text: float) -> str:
    return f"""
    QTableView {{ border: 1px solid transparent; background: {colors.window}; outline: none; }}
    QTableWidget::item, QTableView[roomy="true"]::item {{ padding: 0 8px; }}
    QAbstractScrollArea::corner {{ background: transparent; border: none; }}
    QListWidget[flat="true"] {{ background: transparent; border: none; outline: none; }}
    QTabBar::tab {{ background: transparent; color: {colors.quiet}; border: none;
                    border-bottom: 2px solid transparent; padding: 6px 12px 5px 12px; }}
    QTabBar::tab:hover {{ color: {colors.text}; }}
    QTabBar::tab:selected {{ color: {colors.text}; border-bottom-color: {colors.accent}; }}
    QTabBar::tab:selected:focus {{ color: {colors.accent}; background: {colors.raised}; }}
    QGraphicsView {{ border: 1px solid transparent; }}
    QTableView:focus, QListWidget:focus, QGraphicsView:focus {{ border: 1px solid {colors.accent}; }}
    QHeaderView {{ background: {colors.window}; border: none; }}
    QHeaderView::section {{ background: {colors.window}; color: {colors.quiet}; border: none; {_px(12, text)};
                            font-weight: 500; border-bottom: 1px solid {colors.line}; padding: 5px 8px; }}
    QHeaderView::section:hover {{ color: {colors.text}; }}
    QWidget#layer_row[selected="true"], QWidget#person_row[selected="true"] {{
        background: {colors.raised}; border-radius: 5px; }}
    QListWidget#pages {{ background: transparent; border: none; outline: none; }}
    QListWidget#pages::item {{ padding: 8px 12px; border-radius: 6px; }}
    QListWidget#pages::item:hover {{ background: {colors.base}; }}
    QListWidget#pages::item:selected {{ background: {colors.raised}; color: {colors.text};
                                        font-weight: 600; }}
    QListWidget#pages::item:selected:focus {{ border: 1px solid {colors.accent}; }}
    QTableWidget#method_table {{ background: transparent; outline: none; }}
    QTableWidget#method_table::item:selected {{ background: {colors.raised}; color: {colors.text}; }}
    QListView#recent {{ background: {colors.base}; border: 1px solid {colors.line}; border-radius: 10px;
                        outline: none; }}
    """


def _labels(colors: Colors, text: float) -> str:
    """The size of text is the property `type`: `size` is one that every widget has already."""
    return f"""
    QLabel[quiet="true"] {{ color: {colors.quiet}; }}
    QLabel[faint="true"] {{ color: {colors.faint}; }}
    QLabel[problem="true"] {{ color: {colors.worse}; }}
    QLabel[better="true"] {{ color: {colors.better}; }}
    QLabel[worse="true"] {{ color: {colors.worse}; }}
    QLabel[heading="true"] {{ font-weight: 600; }}
    QLabel[type="title"] {{ {_px(26, text)}; font-weight: 700; }}
    QLabel[type="card"] {{ {_px(16, text)}; font-weight: 600; }}
    QLabel[type="page"] {{ {_px(20, text)}; font-weight: 600; }}
    QLabel[type="sentence"] {{ {_px(17, text)}; font-weight: 600; }}
    QLabel[type="lead"] {{ {_px(15, text)}; }}
    QLabel[type="small"], QCheckBox[type="small"] {{ {_px(12, text)}; }}
    QLabel[type="tiny"] {{ {_px(11, text)}; }}
    QLabel[chip="true"] {{ background: {colors.raised}; color: {colors.quiet};
                           border-radius: 8px; padding: 1px 8px; }}
    QLabel[chip="true"][strong="true"] {{ background: {colors.accent}; color: {colors.on_accent}; }}
    QLabel[changed="true"] {{ color: {colors.accent}; }}
    """


def _faded(color: str, alpha: float) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {alpha})"


def _stage(colors: Colors, text: float) -> str:
    return f"""
    QWidget#stage_bar {{ background: {colors.window}; border-bottom: 1px solid {colors.line}; }}
    QWidget#stage_bar QFrame#segments QToolButton {{ padding: 2px 7px; }}
    QWidget#panes_area {{ background: {colors.line}; }}
    QWidget#pane_header {{ background: {colors.window}; }}
    QWidget#pane_header[baseline="true"] {{ border-top: 2px solid {colors.accent}; }}
    QLabel#pane_mm {{ {_px(17, text)}; font-weight: 600; }}
    QLabel#pane_unit {{ {_px(11, text)}; color: {colors.quiet}; }}
    QLabel#pane_change {{ {_px(12, text)}; font-weight: 600; padding: 1px 6px; border-radius: 4px;
                          background: {colors.raised}; color: {colors.quiet}; }}
    QLabel#pane_change[tone="worse"] {{ background: {_faded(colors.worse, 0.2)}; color: {colors.worse}; }}
    QLabel#pane_change[tone="better"] {{ background: {_faded(colors.better, 0.2)}; color: {colors.better}; }}
    QFrame#pane_tools {{ background: rgba(15, 16, 18, 0.82); border-radius: 6px; }}
    QFrame#pane_tools QToolButton {{ color: #eceef0; {_px(11, text)}; padding: 2px 6px; border-radius: 4px; }}
    QFrame#pane_tools QToolButton:hover {{ background: rgba(255, 255, 255, 0.16); }}
    QFrame#pane_tools QToolButton:checked {{ background: #4aa8e0; color: #0b1a24; font-weight: 600; }}
    QFrame#pane_tools QToolButton:focus {{ border-color: #ffffff; }}
    QToolButton#method_chip {{ background: {colors.base}; border: 1px solid {colors.line};
                               border-radius: 12px; padding: 2px 5px 2px 8px; {_px(12, text)};
                               color: {colors.faint}; }}
    QToolButton#method_chip:checked {{ background: {colors.raised}; color: {colors.text}; }}
    QToolButton#method_chip:hover {{ border-color: {colors.faint}; }}
    QToolButton#method_chip:focus {{ border-color: {colors.accent}; }}
    """


def _cards(colors: Colors, text: float) -> str:
    return f"""
    QFrame#card {{ background: {colors.window}; border: 1px solid {colors.line}; border-radius: 10px; }}
    QFrame#card QListWidget {{ background: transparent; border: none; outline: none; }}
    QFrame#card QListWidget::item {{ padding: 5px 8px; border-radius: 5px; }}
    QFrame#card QListWidget::item:selected {{ background: {colors.accent}; color: {colors.on_accent}; }}
    QFrame#card QListWidget#pages::item {{ padding: 8px 12px; }}
    QFrame#card QListWidget#pages::item:selected {{ background: {colors.raised}; color: {colors.text}; }}
    QFrame[section="true"] {{ background: {colors.window}; border: 1px solid {colors.line};
                             border-radius: 8px; }}
    QFrame[best="true"] {{ background: {colors.raised}; border-radius: 5px; }}
    QFrame[box="true"] {{ background: {colors.base}; border: 1px solid {colors.line}; border-radius: 10px; }}
    QWidget#start {{ background: {colors.window}; }}
    QFrame#drop {{ border: 2px dashed {colors.line}; border-radius: 10px; }}
    QFrame#drop[over="true"] {{ border-color: {colors.accent}; background: {colors.base}; }}
    QPushButton#job {{ background: {colors.base}; border: 1px solid {colors.line}; border-radius: 10px;
                       padding: 0; text-align: left; }}
    QPushButton#job:hover {{ border-color: {colors.faint}; }}
    QPushButton#job:focus {{ border: 2px solid {colors.accent}; }}
    QPushButton#job QLabel[heading="true"] {{ {_px(14, text)}; }}
    """
