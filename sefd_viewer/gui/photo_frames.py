"""Photo frames on photo views: only what differs from the frame before changes."""

from __future__ import annotations

import numpy as np

from sefd_viewer.app.frame import MarkFrame, OverlayFrame, PhotoFrame, same
from sefd_viewer.gui.panes import say
from sefd_viewer.gui.photo_view import LayerImage, Mark, PhotoView

VEIL = "veil"
_BLACK = np.array([[[0, 0, 0, 255]]], np.uint8)


def show_photo(
    view: PhotoView, old: PhotoFrame, new: PhotoFrame, *, fit: bool = True, person: str | None = None
) -> None:
    """Show a photo with its layers, marks and words; one of another size as a whole, if it is to `fit`.

    Where nobody is selected `person` stands out.
    """
    if old.image is not new.image:
        view.set_image(new.image)
        if fit and (old.image is None or new.image is None or old.image.shape != new.image.shape):
            view.fit()
    for key in old.overlays.keys() - new.overlays.keys():
        view.remove_layer(key)
    for key, overlay in new.overlays.items():
        if not same(old.overlays.get(key), overlay):
            view.set_layer(key, layer_image(overlay))
    if old.image_opacity != new.image_opacity:
        _show_veil(view, 1.0 - new.image_opacity)
    if not same(old.marks, new.marks):
        view.set_marks([mark(one) for one in new.marks])
    view.set_selected(new.selected or person)
    view.set_bare(new.bare)
    view.set_divider(new.wipe)
    if not same(old.words, new.words):
        say(view, new.words)


def layer_image(overlay: OverlayFrame) -> LayerImage:
    """An overlay as a view takes it."""
    return LayerImage(
        overlay.data,
        color=overlay.color,
        opacity=overlay.opacity,
        z=overlay.z,
        extent=overlay.extent,
        side=overlay.side,
    )


def mark(frame: MarkFrame) -> Mark:
    """A mark as a view takes it; nobody is clicked where the person is not known."""
    points = frame.points if frame.points is not None else np.empty((0, 2))
    return Mark(
        frame.person or None,
        points,
        frame.segments,
        frame.box_xywh,
        frame.label,
        frame.color,
        point_radius=frame.point_radius,
        point_colors=frame.point_colors,
        dashed=frame.dashed,
        contours=frame.contours,
        pattern=frame.pattern,
    )


def _show_veil(view: PhotoView, opacity: float) -> None:
    """Dim the picture, not the layers: black between them."""
    if opacity > 0:
        view.set_layer(VEIL, LayerImage(_BLACK, opacity=opacity, z=-1))
    else:
        view.remove_layer(VEIL)
