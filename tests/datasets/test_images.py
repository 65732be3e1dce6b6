"""Pictures of every kind a person has, and the words for those that cannot be read."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from sefd_viewer.datasets.images import image_size, is_image, load_image, shrink
from sefd_viewer.errors import ImageError
from sefd_viewer.resources import resource_path

ORIENTATION = 0x0112


@pytest.fixture
def gradient() -> np.ndarray:
    """Red grows to the right, green downwards, (32, 48, 3)."""
    picture = np.full((32, 48, 3), 20, np.uint8)
    picture[..., 0] = np.linspace(0, 250, 48)[None]
    picture[..., 1] = np.linspace(0, 250, 32)[:, None]
    return picture


def saved(path: Path, picture: np.ndarray, mode: str | None = None, **options: object) -> Path:
    image = Image.fromarray(picture)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.webp", "a.tif", "a.ppm"])
def test_lossless_formats_give_the_same_pixels(tmp_path: Path, gradient: np.ndarray, name: str) -> None:
    options = {"lossless": True} if name.endswith("webp") else {}
    path = saved(tmp_path / name, gradient, **options)
    assert np.array_equal(load_image(path), gradient)
    assert image_size(path) == (48, 32)


def test_jpeg_comes_as_rgb(tmp_path: Path, gradient: np.ndarray) -> None:
    read = load_image(saved(tmp_path / "a.jpg", gradient, quality=95, subsampling=0))
    assert np.abs(read.astype(int) - gradient).mean() < 4


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_exif_orientation_is_applied_everywhere(
    tmp_path: Path, gradient: np.ndarray, orientation: int, ending: str
) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = saved(tmp_path / f"a.{ending}", gradient, exif=exif)
    undo = {1: 0, 2: 0, 3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}[orientation]
    upright = np.rot90(gradient[:, ::-1] if orientation in (2, 4, 5, 7) else gradient, undo)
    read = load_image(path)
    assert read.shape == upright.shape
    assert np.abs(read.astype(int) - upright).mean() < 10
    assert image_size(path) == (upright.shape[1], upright.shape[0])
    assert load_image(path, max_side=24).shape == shrink(np.ascontiguousarray(upright), 24).shape


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_pixels_of_the_annotated_size_are_not_turned(
    tmp_path: Path, gradient: np.ndarray, orientation: int, ending: str
) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = saved(tmp_path / f"a.{ending}", gradient, exif=exif)
    read = load_image(path, annotated=(48, 32))
    assert np.abs(read.astype(int) - gradient).mean() < 10
    assert image_size(path, annotated=(48, 32)) == (48, 32)
    assert load_image(path, annotated=(48, 32), max_side=24).shape == (16, 24, 3)
    assert image_size(path, annotated=(32, 48)) == image_size(path)


def test_grey_and_one_bit_and_palette_become_rgb(tmp_path: Path, gradient: np.ndarray) -> None:
    grey = load_image(saved(tmp_path / "g.png", gradient[..., 0]))
    assert np.array_equal(grey, np.repeat(gradient[..., :1], 3, axis=-1))
    assert set(np.unique(load_image(saved(tmp_path / "b.png", gradient, "1")))) == {0, 255}
    palette = load_image(saved(tmp_path / "p.gif", gradient, "P"))
    assert np.abs(palette.astype(int) - gradient).mean() < 40


def test_sixteen_bits_keep_their_brightness(tmp_path: Path) -> None:
    deep = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    path = saved(tmp_path / "deep.png", deep)
    read = load_image(path)
    assert read.shape == (8, 8, 3)
    assert np.abs(read[..., 0].astype(float) - deep / 257).max() <= 0.5
    cv2.imwrite(str(tmp_path / "colour.png"), np.repeat(deep[..., None], 3, axis=-1))
    assert np.abs(load_image(tmp_path / "colour.png")[..., 0].astype(float) - deep / 257).max() <= 1


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("name", ["grey.png", "grey.tif", "colour.png", "colour.tiff", "alpha.png"])
def test_fewer_bits_in_files_of_sixteen_are_stretched(tmp_path: Path, bits: int, name: str) -> None:
    deep = np.linspace(0, 2**bits - 1, 64).astype(np.uint16).reshape(8, 8)
    channels = {"g": 1, "c": 3, "a": 4}[name[0]]
    stored = np.repeat(deep[..., None], channels, axis=-1)
    stored[..., 3:] = 65535
    cv2.imwrite(str(tmp_path / name), stored)
    read = load_image(tmp_path / name)
    assert np.abs(read - deep[..., None] * (255 / (2**bits - 1))).max() <= 1


def test_colours_of_sixteen_bits_keep_their_order_and_turn(tmp_path: Path, gradient: np.ndarray) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    plain = saved(tmp_path / "a.png", gradient, exif=exif).read_bytes()
    cv2.imwrite(str(tmp_path / "deep.png"), gradient[..., ::-1].astype(np.uint16) * 257)
    deep = (tmp_path / "deep.png").read_bytes()
    start = plain.index(b"eXIf") - 4
    chunk = plain[start : start + 12 + int.from_bytes(plain[start : start + 4], "big")]
    (tmp_path / "deep.png").write_bytes(deep[:33] + chunk + deep[33:])
    np.testing.assert_array_equal(load_image(tmp_path / "deep.png"), np.rot90(gradient, 3))


def test_fractions_in_tiff_are_scaled(tmp_path: Path) -> None:
    fractions = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    read = load_image(saved(tmp_path / "f.tif", fractions))
    assert read.min() == 0
    assert read.max() == 255


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[:2] = (200, 0, 0, 255)
    read = load_image(saved(tmp_path / "a.png", rgba))
    assert (read[0] == (200, 0, 0)).all()
    assert (read[3] == 255).all()


def test_cmyk_jpeg_keeps_its_colours(tmp_path: Path) -> None:
    orange = np.full((16, 16, 3), (230, 120, 30), np.uint8)
    read = load_image(saved(tmp_path / "a.jpg", orange, "CMYK", quality=95))
    assert np.abs(read.astype(int) - orange).max() < 25


def test_one_pixel_loads(tmp_path: Path) -> None:
    assert load_image(saved(tmp_path / "a.png", np.full((1, 1, 3), 7, np.uint8))).tolist() == [[[7, 7, 7]]]


def test_odd_names(tmp_path: Path, gradient: np.ndarray) -> None:
    for name in ("Übung 1 – 人.png", "no ending", "two..dots.PNG", "% $HOME 'q'.png"):
        Image.fromarray(gradient).save(tmp_path / name, format="PNG")
        assert np.array_equal(load_image(tmp_path / name), gradient)


def test_max_side_shrinks_but_never_enlarges(tmp_path: Path, gradient: np.ndarray) -> None:
    path = saved(tmp_path / "a.jpg", cv2.resize(gradient, (480, 320)))
    assert load_image(path, max_side=60).shape == (40, 60, 3)
    assert load_image(path, max_side=1000).shape == (320, 480, 3)
    assert shrink(np.zeros((1, 900, 3), np.uint8), 30).shape == (1, 30, 3)


def test_fast_and_general_way_agree_on_a_real_photo() -> None:
    path = resource_path("sample_photos/astronaut.jpg")
    with Image.open(path) as image:
        general = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(load_image(path) - general).mean() < 1


def words(path: Path) -> str:
    with pytest.raises(ImageError) as caught:
        load_image(path)
    assert caught.value.remedy
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_unreadable_pictures_say_why(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.jpg").write_text("not a picture")
    assert "empty (0 bytes)" in words(tmp_path / "empty.png")
    assert "not a picture" in words(tmp_path / "text.jpg")
    assert "does not exist" in words(tmp_path / "nothing.png")
    assert "cannot be read" in words(tmp_path)


@pytest.mark.parametrize("ending", ["jpg", "png", "bmp", "webp", "tif"])
def test_truncated_pictures_are_refused(tmp_path: Path, ending: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    path = saved(tmp_path / f"a.{ending}", noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "broken or cut short" in words(path) or "not a picture" in words(path)


def test_oversized_pictures_are_refused_with_their_size(tmp_path: Path) -> None:
    wide = saved(tmp_path / "wide.png", np.zeros((1, 20_001), np.uint8))
    assert "20001 x 1 pixels" in words(wide)
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    assert "400000000 pixels" in words(tmp_path / "bomb.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes that have names")
def test_what_never_ends_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.jpg"))
    for path, words in [
        (Path("/dev/zero"), "a device"),
        (tmp_path / "pipe.jpg", "a pipe"),
        (tmp_path / "socket.jpg", "a socket"),
        (tmp_path / ("x" * 300 + ".jpg"), "name too long"),
    ]:
        for read in (load_image, image_size):
            with pytest.raises(ImageError, match=words):
                read(path)


def test_names_tell_pictures() -> None:
    assert is_image(Path("A.JPEG"))
    assert not is_image(Path("a.txt"))
    assert not is_image(Path("._a.jpg"))
