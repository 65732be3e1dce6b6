"""The stage for a paper or a talk: its panes side by side as PNG or SVG, or filmed from all sides."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QWidget

from sefd_viewer.app.frame import PhotoFrame
from sefd_viewer.app.provenance import provenance
from sefd_viewer.app.resolve import person_in_view
from sefd_viewer.atomic import new_file
from sefd_viewer.errors import SefdError
from sefd_viewer.features.inspect.frames import PaneFrame, StageFrame
from sefd_viewer.features.inspect.model import PHOTO, STAGE, stage_of
from sefd_viewer.features.inspect.panes import resolve
from sefd_viewer.features.inspect.plans import cast_of, plans
from sefd_viewer.features.inspect.views.canvases import BodyCanvas, PhotoCanvas
from sefd_viewer.geometry.turning import UP, seen_from
from sefd_viewer.gui.films import HEIGHT as FILM_HEIGHT
from sefd_viewer.gui.films import Film, film_dialog, in_one_line, refused
from sefd_viewer.gui.panes import say
from sefd_viewer.gui.photo_frames import show_photo

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.features.inspect.work import PaneDrawing
    from sefd_viewer.geometry.turning import Turn

RATE, TURN_S = 25, 6
ABOVE = 12.0
"""Degrees over the horizon from which a film looks."""
HEIGHT = 1080
"""Pixels of a panel's height in a figure."""
SCREEN, SCREEN_WIDTH = 16 / 9, 3840
"""Films are shown on screens, and players have difficulties with wider ones."""
TITLE, GAP, FOOT = 30, 12, 26
SAMPLES = 3
Tell = Callable[[float], bool]
"""Told the share that is done; False stops."""
_INK, _FAINT_INK, _PAPER = QColor(20, 22, 26), QColor(110, 113, 120), QColor(255, 255, 255)


def export(window: QWidget, controller: Controller, path: str) -> None:
    """Save what is in view as a figure, with where it comes from; a film can be cancelled."""
    about, done = provenance(controller), True
    if path.lower().endswith(".mp4"):
        done = film_around(window, Path(path), controller, about)
    else:
        save_figure(Path(path), controller, about)
    controller.say(f"Saved {path}" if done else "The film was cancelled")


def save_figure(path: Path, controller: Controller, about: Mapping[str, Any]) -> None:
    """Save the stage's panes as the ending of `path` says: PNG or SVG.

    `about` is written into the file, which appears when it is complete. Raises SefdError when it cannot be
    written.
    """
    savers = {".png": _save_png, ".svg": _save_svg}
    saver = savers.get(path.suffix.lower())
    if saver is None:
        raise SefdError("figures are PNG, SVG or MP4", where=path, remedy="End the name with .png")
    sheet = Sheet(controller, height=HEIGHT)
    try:
        sheet.show(in_one_line(about))
        with new_file(path) as part:
            saver(sheet, part, about)
    except OSError as error:
        raise refused(path, error) from error
    finally:
        sheet.close()


class Sheet:
    """The stage's panes side by side, each with its name and numbers, over a line of words.

    Panels are `height` pixels high and have the shape of the stage's panes; for a `screen` they stand in two
    rows where that fits it better, and all are at most `SCREEN_WIDTH` wide. They stay the same when the stage
    changes. Raises SefdError without a photo.
    """

    def __init__(self, controller: Controller, *, height: int, screen: bool = False) -> None:
        if controller.frame.photo.image is None:
            raise SefdError("there is no photo to export", remedy="Choose a photo first")
        self._controller = controller
        stage = resolve(controller.state, controller.content)
        wide = _shape(controller)
        self._ids = [pane.id for pane in stage.panes]
        count = len(self._ids)
        self._columns = _columns_for_screen(count, wide) if screen else -(-count // max(stage.rows, 1))
        if screen:
            height = min(height, int((SCREEN_WIDTH - (self._columns + 1) * GAP) / self._columns / wide))
        self._panel = QSize(max(round(wide * height), 1), height)
        self._canvases = {id: PhotoCanvas() if id == PHOTO else BodyCanvas() for id in self._ids}
        self._titles = dict.fromkeys(self._ids, "")
        self._photo, self._line = PhotoFrame(), ""
        for canvas in self._canvases.values():
            canvas.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            canvas.setMinimumSize(1, 1)
            canvas.resize(self._panel)
            canvas.show()

    @property
    def size(self) -> QSize:
        """Width and height in pixels, both even as films need them."""
        width = self._columns * self._panel.width() + (self._columns + 1) * GAP
        height = (self._place(len(self._ids) - 1)[0] + 1) * (self._panel.height() + TITLE) + FOOT
        return QSize(width + width % 2, height + height % 2)

    def show(self, line: str, *, turn: Turn | None = None) -> None:
        """Show the stage as it is now over a `line` of words; with a `turn` bodies are seen from there."""
        stage = self._drawn(turn)
        shown = {pane.id: pane for pane in stage.panes}
        image = self._controller.frame.photo.image
        self._line = line
        for id, canvas in self._canvases.items():
            pane = shown.get(id) or PaneFrame(id, words=self._controller.frame.photo.words)
            self._titles[id] = _title(pane)
            if isinstance(canvas, PhotoCanvas):
                photo = self._controller.frame.photo
                show_photo(canvas, self._photo, photo, fit=False)
                canvas.set_selected(photo.selected or stage.person)
                self._photo = photo
            else:
                canvas.show_pane(pane, image if stage.muted is None else stage.muted)
                say(canvas, pane.words)
            canvas.set_viewport(canvas.viewport.showing(pane.extent))

    def picture(self) -> QImage:
        """The sheet as it is now, 8-bit RGB."""
        image = QImage(self.size, QImage.Format.Format_RGB888)
        painter = QPainter(image)
        self.paint(painter)
        painter.end()
        return image

    def paint(self, painter: QPainter) -> None:
        """Draw the sheet, words and marks as such."""
        painter.fillRect(QRect(QPoint(0, 0), self.size), _PAPER)
        font = QFont(painter.font())
        font.setPixelSize(15)
        painter.setFont(font)
        for number, (id, canvas) in enumerate(self._canvases.items()):
            row, column = self._place(number)
            left = GAP + column * (self._panel.width() + GAP)
            top = row * (self._panel.height() + TITLE)
            painter.setPen(_INK)
            box = QRectF(left, top, self._panel.width(), TITLE)
            painter.drawText(
                box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._titles[id]
            )
            canvas.render(painter, QPoint(left, top + TITLE))
        font.setPixelSize(12)
        painter.setFont(font)
        painter.setPen(_FAINT_INK)
        foot = QRectF(GAP, self.size.height() - FOOT, self.size.width() - 2 * GAP, FOOT)
        painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._line)

    def close(self) -> None:
        """Let go of the views."""
        for canvas in self._canvases.values():
            canvas.close()
            canvas.deleteLater()

    # ---- inside

    def _drawn(self, turn: Turn | None) -> StageFrame:
        """The stage with its bodies drawn at the size of the panels."""
        state, content = self._controller.state, self._controller.content
        if turn is not None:
            stage = stage_of(state, person_in_view(state, content))
            look = replace(stage.look.fitted(), side=None, turn=turn)
            state = STAGE.put(state, replace(stage, view="turned", look=look, own={}))
        frame = resolve(state, content)
        found = plans(state, content, cast_of(state, content))
        panes = tuple(
            replace(pane, drawing=self._made(plan.drawing), right=self._made(plan.right))
            for pane, plan in zip(frame.panes, found, strict=True)
        )
        return replace(frame, panes=panes)

    def _made(self, key: PaneDrawing | None) -> Any:
        if key is None:
            return None
        size = (self._panel.width(), self._panel.height())
        return replace(key, size=size, samples=SAMPLES).work()

    def _place(self, number: int) -> tuple[int, int]:
        """The row and column of a panel."""
        return divmod(number, self._columns)


def _shape(controller: Controller) -> float:
    """How wide a pane is, as a share of its height."""
    width, height = STAGE.of(controller.state).pane
    return width / height


def _title(pane: PaneFrame) -> str:
    """A pane's name and numbers."""
    name = " ".join(filter(None, (pane.title, pane.quiet if pane.info is not None else "")))
    numbers = f"{pane.mm} {pane.unit}" if pane.mm else ""
    return "   ".join(filter(None, (name, numbers, pane.change)))


def _columns_for_screen(count: int, wide: float) -> int:
    """In how many columns `count` panels, `wide` times as wide as high, fit a screen best: one row or two."""
    halves = -(-count // 2)
    shapes = {count: count * wide, halves: halves * wide / 2}
    return min(shapes, key=lambda columns: abs(math.log(shapes[columns] / SCREEN)))


def _save_png(sheet: Sheet, path: Path, about: Mapping[str, Any]) -> None:
    image = sheet.picture()
    image.setText("Description", json.dumps(about))
    writer = QImageWriter(str(path), QByteArray(b"png"))
    if not writer.write(image):
        raise OSError(writer.errorString())


def _save_svg(sheet: Sheet, path: Path, about: Mapping[str, Any]) -> None:
    from PySide6.QtSvg import QSvgGenerator

    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setResolution(96)
    generator.setSize(sheet.size)
    generator.setViewBox(QRect(QPoint(0, 0), sheet.size))
    generator.setTitle(in_one_line(about))
    generator.setDescription(json.dumps(about))
    painter = QPainter()
    if not painter.begin(generator):
        raise OSError("no picture could be written there")
    sheet.paint(painter)
    painter.end()


# ---- films


def film_around(window: QWidget, path: Path, controller: Controller, about: Mapping[str, Any]) -> bool:
    """Film the bodies on the stage from all sides, with a dialog; False when a person cancelled it.

    Raises SefdError when the film cannot be written.
    """
    wait = film_dialog(window, "Filming the bodies from all sides…", 100)

    def tell(share: float) -> bool:
        wait.setValue(round(100 * share))
        return not wait.wasCanceled()

    try:
        return write_film_around(path, controller, about, tell)
    finally:
        wait.close()
        wait.deleteLater()


def write_film_around(path: Path, controller: Controller, about: Mapping[str, Any], tell: Tell) -> bool:
    """Once around the bodies of the stage; False when `tell` stopped it."""
    sheet = Sheet(controller, height=FILM_HEIGHT, screen=True)
    cast = cast_of(controller.state, controller.content)
    film = Film(path, sheet.size, Fraction(RATE), about)
    count = RATE * TURN_S
    try:
        for number in range(count):
            if not tell(number / count):
                film.discard()
                return False
            turn = seen_from(360.0 * number / count, ABOVE, UP if cast is None else cast.up)
            sheet.show(in_one_line(about), turn=turn)
            film.add(sheet.picture())
        film.finish()
    finally:
        sheet.close()
    return True
