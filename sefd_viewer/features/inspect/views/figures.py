"""The stage for a paper or a talk: its panes side by side as PNG or SVG, or filmed from all sides."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QBuffer, QByteArray, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QImageWriter, QPainter

from sefd_viewer.app.frame import PhotoFrame
from sefd_viewer.app.in_view import person_in_view
from sefd_viewer.app.provenance import provenance, with_hashes
from sefd_viewer.app.stages import PANES_SEEN
from sefd_viewer.atomic import new_file
from sefd_viewer.errors import SefdError
from sefd_viewer.features.inspect.cast import Cast
from sefd_viewer.features.inspect.frames import PaneFrame, StageFrame
from sefd_viewer.features.inspect.model import PHOTO, STAGE, stage_of, visible
from sefd_viewer.features.inspect.panes import resolve
from sefd_viewer.features.inspect.plans import Plan, cast_of, plans
from sefd_viewer.features.inspect.views.canvases import BodyCanvas, PhotoCanvas
from sefd_viewer.geometry.turning import UP, seen_from
from sefd_viewer.gui.films import HEIGHT as FILM_HEIGHT
from sefd_viewer.gui.films import Saving, film_scenes, in_one_line, new_film, refused
from sefd_viewer.gui.panes import say
from sefd_viewer.gui.photo_view import show_photo

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.keys import Key
    from sefd_viewer.features.inspect.work import PaneDrawing
    from sefd_viewer.geometry.turning import Turn
    from sefd_viewer.gui.main_window import MainWindow
    from sefd_viewer.jobs.background import Task

RATE, TURN_S = 25, 6
ABOVE = 12.0
"""Degrees over the horizon from which a film looks."""
HEIGHT = 1080
"""Pixels of a panel's height in a figure."""
SCREEN, SCREEN_WIDTH = 16 / 9, 3840
"""Films are shown on screens, and players have difficulties with wider ones."""
TITLE, GAP, FOOT = 30, 12, 26
SAMPLES = 3
_PNG = "data:image/png;base64,"
_PICTURE = re.compile(re.escape(_PNG) + r'[^"]*')
_INK, _FAINT_INK, _PAPER = QColor(20, 22, 26), QColor(110, 113, 120), QColor(255, 255, 255)


def export(window: MainWindow, controller: Controller, path: str) -> Saving:
    """Begin to save what is in view as a figure, with where it comes from; the window goes on meanwhile.

    Raises SefdError without a photo, and for a `path` that ends otherwise than .png, .svg or .mp4.
    """
    kind = Path(path).suffix.lower()
    if kind not in (".png", ".svg", ".mp4"):
        raise SefdError("figures are PNG, SVG or MP4", where=path, remedy="End the name with .png")
    films = kind == ".mp4"
    sheet = Sheet(controller, height=FILM_HEIGHT if films else HEIGHT, screen=films)
    scene, about = sheet.scene(_around(sheet.up, 0) if films else None), provenance(controller)
    save = film_around if films else save_figure
    saving = Saving(window, window.closed, controller.surroundings.post, "film" if films else "figure")
    saving.ended.connect(controller.say)
    saving.start(lambda task: save(task, sheet, scene, Path(path), about), sheet.close)
    return saving


def save_figure(task: Task, sheet: Sheet, scene: Scene, path: Path, about: Mapping[str, Any]) -> str:
    """Save a scene as the ending of `path` says, PNG or SVG, in the thread of a job; returns words.

    `about` is written into the file, which appears when it is complete. Raises SefdError when it cannot be
    written.
    """
    task.stage("Drawing the figure", 0, 1)
    about, line = with_hashes(about), in_one_line(about)
    drawn = sheet.draw(scene)
    try:
        with new_file(path) as part:
            if path.suffix.lower() == ".svg":
                _put_in(task.fetch(partial(_save_svg, sheet, drawn, part, about)), part)
            else:
                _save_png(task.fetch(partial(sheet.picture, drawn, line)), part, about)
    except OSError as error:
        raise refused(path, error) from error
    return f"Saved {path}"


def film_around(task: Task, sheet: Sheet, scene: Scene, path: Path, about: Mapping[str, Any]) -> str:
    """Film the bodies of a turned scene from all sides, in the thread of a job; returns words."""
    count, line = RATE * TURN_S, in_one_line(about)
    turns = (_around(sheet.up, number / count) for number in range(count))
    with new_film(path, sheet.size, Fraction(RATE), with_hashes(about)) as add:
        film_scenes(task, sheet, add, ((scene.seen_from(turn), line) for turn in turns), count)
    return f"Saved {path}"


def _around(up: tuple[float, float, float], share: float) -> Turn:
    """The turn after a share of the way around the bodies."""
    return seen_from(360.0 * share, ABOVE, up)


@dataclass(frozen=True, eq=False)
class Scene:
    """The stage at one moment: what its panes show, with the plans of what is drawn in them, and the photo.

    `pane` is the size of a pane on the stage.
    """

    stage: StageFrame
    plans: tuple[Plan, ...]
    photo: PhotoFrame
    cast: Cast | None
    pane: tuple[int, int]

    def seen_from(self, turn: Turn) -> Scene:
        """The same moment with its bodies, turned already, seen from elsewhere."""
        if self.cast is None:
            return self
        plans = tuple(_turned(plan, turn, self.cast, self.pane) for plan in self.plans)
        return replace(self, plans=plans)


def _turned(plan: Plan, turn: Turn, cast: Cast, pane: tuple[int, int]) -> Plan:
    """The plan of a pane of (width, height) whose bodies are turned, with these seen from elsewhere."""
    if plan.drawing is None:
        return plan
    eye, box = cast.eye(turn), cast.box(turn if turn.angle else None, pane)
    extent = visible(box, pane, plan.look)
    drawn = [key and replace(key, eye=eye, extent=extent) for key in (plan.drawing, plan.right)]
    outline = plan.outline and replace(plan.outline, eye=eye)
    return replace(plan, eye=eye, box=box, extent=extent, drawing=drawn[0], right=drawn[1], outline=outline)


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
        cast = cast_of(controller.state, controller.content)
        self.up = UP if cast is None else cast.up
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
        self._photo = PhotoFrame()
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

    def scene(self, turn: Turn | None = None) -> Scene:
        """The stage as it is now; with a `turn` bodies are seen from there."""
        state, content = PANES_SEEN.put(self._controller.state, True), self._controller.content
        stage = stage_of(state, person_in_view(state, content))
        if turn is not None:
            look = replace(stage.look.fitted(), side=None, turn=turn)
            stage = replace(stage, view="turned", look=look, own={})
            state = STAGE.put(state, stage)
        cast = cast_of(state, content)
        found = plans(state, content)
        return Scene(resolve(state, content), found, self._controller.frame.photo, cast, stage.pane)

    def draw(self, scene: Scene) -> Scene:
        """The scene with its bodies drawn at the size of the panels: on any thread."""
        made: dict[Key[Any], Any] = {}  # the truth's outline is the same in all panes

        def value(key: Key[Any] | None) -> Any:
            if key is not None and key not in made:
                made[key] = key.work()
            return None if key is None else made[key]

        panes = tuple(
            replace(
                pane,
                extent=plan.extent,
                drawing=value(plan.edges or self._sized(plan.drawing)),
                right=value(self._sized(plan.right)),
                outline=value(plan.outline) or (),
                before=value(plan.before) or (),
            )
            for pane, plan in zip(scene.stage.panes, scene.plans, strict=True)
        )
        return replace(scene, stage=replace(scene.stage, panes=panes))

    def picture(self, scene: Scene, line: str) -> QImage:
        """A drawn scene over a `line` of words, 8-bit RGB."""
        image = QImage(self.size, QImage.Format.Format_RGB888)
        painter = QPainter(image)
        self.paint(painter, scene, line)
        painter.end()
        return image

    def paint(self, painter: QPainter, scene: Scene, line: str) -> None:
        """Paint a drawn scene over a `line`, words and marks as such."""
        self._show(scene)
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
            end, width = Qt.TextElideMode.ElideRight, self._panel.width()
            title = painter.fontMetrics().elidedText(self._titles[id], end, width)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
            if isinstance(painter, PicturesApart):  # a widget renders by a painter of its own
                painter.save()
                painter.translate(left, top + TITLE)
                painter.setFont(canvas.font())
                painter.setPen(canvas.palette().color(canvas.foregroundRole()))
                canvas.paint(painter)
                painter.restore()
            else:
                canvas.render(painter, QPoint(left, top + TITLE))
        font.setPixelSize(12)
        painter.setFont(font)
        painter.setPen(_FAINT_INK)
        foot = QRectF(GAP, self.size.height() - FOOT, self.size.width() - 2 * GAP, FOOT)
        painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, line)

    def close(self) -> None:
        """Let go of the views."""
        for canvas in self._canvases.values():
            canvas.close()
            canvas.deleteLater()

    # ---- inside

    def _show(self, scene: Scene) -> None:
        stage, photo = scene.stage, scene.photo
        shown = {pane.id: pane for pane in stage.panes}
        for id, canvas in self._canvases.items():
            pane = shown.get(id) or PaneFrame(id, words=photo.words)
            self._titles[id] = _title(pane)
            if isinstance(canvas, PhotoCanvas):
                show_photo(canvas, self._photo, photo, fit=False, person=stage.person)
                self._photo = photo
            else:
                canvas.show_pane(pane, photo.image if stage.muted is None else stage.muted)
                say(canvas, pane.words)
            canvas.set_viewport(canvas.viewport.showing(pane.extent))

    def _sized(self, key: PaneDrawing | None) -> PaneDrawing | None:
        size = self._panel.width(), self._panel.height()
        return None if key is None else replace(key, size=size, samples=SAMPLES)

    def _place(self, number: int) -> tuple[int, int]:
        """The row and column of a panel."""
        return divmod(number, self._columns)


def _shape(controller: Controller) -> float:
    """How wide a pane is, as a share of its height."""
    width, height = STAGE.of(controller.state).pane
    return width / height


def _title(pane: PaneFrame) -> str:
    """A pane's name and numbers, and the camera that its body is drawn by where that is not the photo's."""
    name = " ".join(filter(None, (pane.title, pane.quiet if pane.info is not None else "")))
    numbers = f"{pane.mm} {pane.unit}" if pane.mm else ""
    return "   ".join(filter(None, (name, numbers, pane.change, pane.own_camera)))


def _columns_for_screen(count: int, wide: float) -> int:
    """In how many columns `count` panels, `wide` times as wide as high, fit a screen best: one row or two."""
    halves = -(-count // 2)
    shapes = {count: count * wide, halves: halves * wide / 2}
    return min(shapes, key=lambda columns: abs(math.log(shapes[columns] / SCREEN)))


def _save_png(image: QImage, path: Path, about: Mapping[str, Any]) -> None:
    image.setText("Description", json.dumps(about))
    writer = QImageWriter(str(path), QByteArray(b"png"))
    if not writer.write(image):
        raise OSError(writer.errorString())


def _save_svg(sheet: Sheet, drawn: Scene, path: Path, about: Mapping[str, Any]) -> list[QImage]:
    """Write words and lines, with one pixel in each place of the pictures, which are returned."""
    from PySide6.QtSvg import QSvgGenerator

    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setResolution(96)
    generator.setSize(sheet.size)
    generator.setViewBox(QRect(QPoint(0, 0), sheet.size))
    generator.setTitle(in_one_line(about))
    generator.setDescription(json.dumps(about))
    painter = PicturesApart()
    if not painter.begin(generator):
        raise OSError("no picture could be written there")
    sheet.paint(painter, drawn, in_one_line(about))
    painter.end()
    return painter.pictures


class PicturesApart(QPainter):
    """Paints one pixel stretched in place of each picture, and keeps the `pictures` in order.

    To write a picture takes a tenth of a second, which another thread than Qt's has.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[QImage] = []
        self._pixel = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
        self._pixel.fill(Qt.GlobalColor.transparent)

    def drawImage(self, place: QPointF | QRectF, image: QImage) -> None:  # type: ignore[override]  # Qt has more
        """Keep a picture and leave room for it."""
        self.pictures.append(image)
        target = place if isinstance(place, QRectF) else QRectF(place, image.deviceIndependentSize())
        super().drawImage(target, self._pixel, QRectF(0, 0, 1, 1))


def _put_in(pictures: Sequence[QImage], path: Path) -> None:
    """Put pictures as PNG into an SVG file, where one pixel stands for each: on any thread."""
    left = iter(pictures)
    text = path.read_text("utf-8")
    path.write_text(_PICTURE.sub(lambda _pixel: _PNG + _png(next(left)), text), "utf-8")


def _png(image: QImage) -> str:
    """A picture as PNG in base64."""
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().toBase64().data()).decode("ascii")
