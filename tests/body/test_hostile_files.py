"""Files made to do harm are refused with words: nothing runs, nothing crashes, and no memory is taken."""

from __future__ import annotations

import io
import pickle
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.io import savemat
from scipy.sparse import csc_array

from sefd_viewer.body.files import load_body
from sefd_viewer.body.safe_npz import read_npy, read_npz
from sefd_viewer.body.safe_pickle import read_pickle
from sefd_viewer.body.stored_values import read_stored
from sefd_viewer.errors import BodyError

MOST_MEMORY = 64 << 20


@pytest.fixture(autouse=True)
def _little_memory() -> Iterator[None]:
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST_MEMORY


def read(content: bytes) -> Any:
    return read_pickle(io.BytesIO(content), where="x.pkl")


def named(name: str) -> bytes:
    return b"c" + name.replace(" ", "\n").encode() + b"\n"


def text(word: str) -> bytes:
    return b"V" + word.encode() + b"\n"


def data(content: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(content)) + content


def shape(*axes: int) -> bytes:
    return b"(" + b"".join(b"L%dL\n" % axis for axis in axes) + b"t"


def dtype(code: str, state: bytes = b"") -> bytes:
    return named("numpy dtype") + b"(" + text(code) + b"tR" + state


FIELDS = b"(I3\n" + text("|") + b"N(" + text("a") + b"t}" + text("a")
FIELDS += b"(" + dtype("O8") + b"I0\ntsI8\nI1\nI0\ntb"
EMPTY = named("numpy._core.multiarray _reconstruct") + b"(" + named("numpy ndarray")
EMPTY += shape(0) + data(b"b") + b"tR"
SCALAR = named("numpy.core.multiarray scalar") + b"("


def array(code: str, axes: bytes, content: bytes, *, state: bytes = b"") -> bytes:
    return EMPTY + b"(I1\n" + axes + dtype(code, state) + b"I00\n" + content + b"tb"


def doubled(times: int, begin: bytes, double: bytes) -> bytes:
    """A value that holds another one twice, which holds another one twice, and so on."""
    return begin + b"q\x00" + b"".join(double.replace(b"#", b"h\x00") + b"q\x00" for _ in range(times))


PICKLES = {
    "an object array over bytes": named("numpy ndarray")
    + b"("
    + shape(1)
    + dtype("O8")
    + data(b"A" * 8)
    + b"tR",
    "objects as the state's bytes": array("O8", shape(1), data(b"A" * 8)),
    "objects in fields": array("V8", shape(1), data(b"A" * 8), state=FIELDS),
    "fields on a plain type": array("f8", shape(1), data(b"A" * 8), state=FIELDS),
    "an object scalar": SCALAR + dtype("O8") + data(b"A" * 8) + b"tR",
    "a scalar that is too short": named("numpy.core.multiarray scalar")
    + b"("
    + dtype("f8")
    + data(b"A")
    + b"tR",
    "an object buffer": named("numpy._core.numeric _frombuffer")
    + b"("
    + data(b"A" * 8)
    + dtype("O8")
    + shape(1)
    + text("C")
    + b"tR",
    "a large shape": array("f8", shape(1 << 40), data(b"A" * 8)),
    "a shape whose product is small again": array("f8", shape(1 << 32, 1 << 32), data(b"")),
    "a shape below zero": array("f8", shape(-1, -1), data(b"A" * 8)),
    "no numbers in many rows": array("f8", shape(1 << 40, 0), data(b"")),
    "words of no letters": array("U0", shape(1 << 40), data(b"")),
    "letters that do not exist": array("<U1", shape(1), data(b"\xff" * 4)),
    "numbers that begin large": EMPTY.replace(shape(0), shape(1 << 36)) + b"(I1\n" + shape(1 << 36) + b"tb",
    "another class of array": EMPTY.replace(named("numpy ndarray"), named("collections OrderedDict")),
    "a type with a comma": array("f8,O", shape(1), data(b"A" * 16)),
    "a list of types": named("numpy dtype") + b"(](" + text("a") + text("O") + b"tatR",
    "many bytes": named("builtins bytearray") + b"(L%dL\ntR" % (1 << 36),
    "many bytes of protocol 5": b"\x96" + struct.pack("<Q", 1 << 36) + b"a",
    "many bytes of protocol 4": b"\x8e" + struct.pack("<Q", 1 << 36) + b"a",
    "a list of itself": b"]q\x00h\x00a",
    "a list twice in a list": doubled(60, b"]", b"](##e"),
    "a list twice in a dictionary": doubled(60, b"]", b"}(I1\n#I2\n#u"),
    "a list twice in objects": doubled(60, b"]", array("O8", shape(2), b"](##e")),
    "keys of tuples of tuples": doubled(60, b"I1\n", b"##\x86") + b"0}h\x00I1\ns",
    "a state for a function": named("copy_reg _reconstructor") + b"}" + text("__defaults__") + b"NsN\x86b",
    "a state for a class": named("chumpy.ch Ch") + b"N}" + text("__setstate__") + b"Ns\x86b",
    "a value called": named("chumpy.ch Ch") + b")R)R",
    "a wide sparse matrix": named("scipy.sparse._csc csc_matrix")
    + b")\x81}("
    + text("_shape")
    + shape(1 << 20, 1 << 20)
    + b"ub",
    "a sparse matrix with one long column": named("scipy.sparse._csc csc_matrix")
    + b")\x81}("
    + text("_shape")
    + shape(1, 1)
    + text("indptr")
    + array("i8", shape(2), data(struct.pack("<qq", 0, 1 << 40)))
    + text("indices")
    + array("i8", shape(0), data(b""))
    + text("data")
    + array("f8", shape(0), data(b""))
    + b"ub",
}


@pytest.mark.parametrize("content", PICKLES.values(), ids=PICKLES)
def test_a_pickle_that_would_do_harm_is_refused(content: bytes) -> None:
    with pytest.raises(BodyError, match=r"x\.pkl: (the pickle cannot be read|the file asks)"):
        read(content + b".")


def test_the_tests_own_pickles_are_read_when_they_are_right() -> None:
    assert_array_equal(read(array("f8", shape(1, 2), data(struct.pack("<dd", 1, 2))) + b"."), [[1, 2]])
    assert_array_equal(read(array(">i2", shape(2), data(b"\0\1\0\2")) + b"."), [1, 2])
    assert read(array("O8", shape(2), b"](I1\n]e") + b".").tolist() == [1, []]
    assert read(doubled(3, b"]", b"](##e") + b".") == [[[[], []]] * 2] * 2


def test_a_large_place_and_a_long_frame_take_no_memory() -> None:
    assert read(b"Nr\xff\xff\xff\x7f.") is None
    assert read(b"\x80\x04\x95" + struct.pack("<Q", 1 << 36) + b"N.") is None


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_sets_words_and_arrays_in_any_order_are_read(protocol: int) -> None:
    words = np.array(["a", "öß"])
    turned, objects = np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.array([{"a": 1}, None], object)
    found = read(pickle.dumps([words, turned, objects, {1, 2}, bytearray(b"x"), np.zeros((0, 3))], protocol))
    assert_array_equal(found[0], words)
    assert_array_equal(found[1], turned)
    assert found[2].tolist() == [{"a": 1}, None]
    assert sorted(found[3]) == [1, 2]
    assert found[4] == b"x"
    assert found[5].shape == (0, 3)


# ---- archives


def npy(header: str, content: bytes = b"") -> bytes:
    padded = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded + content


def described(descr: str, axes: str) -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {axes}}}"


def archive(path: Path, *members: tuple[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as out:
        for name, content in members:
            out.writestr(name, content)
    return path


GOOD = npy(described("'<f8'", "(2,)"), struct.pack("<dd", 1, 2))
MEMBERS = {
    "a large shape": npy(described("'<f8'", f"({1 << 40},)"), b"A" * 16),
    "no numbers in many rows": npy(described("'<f8'", f"({1 << 40}, 0)")),
    "words of no letters": npy(described("'<U0'", f"({1 << 40},)")),
    "too few numbers": npy(described("'<f8'", "(3,)"), b"A" * 16),
    "too many numbers": npy(described("'<f8'", "(1,)"), b"A" * 16),
    "objects in fields": npy(described("[('a', '|O')]", "(1,)"), b"A" * 8),
    "a pickle that runs": npy(described("'|O'", "()"), b"cos\nmkdir\n(S'x'\ntR."),
    "a header without end": npy("(" * 5000),
    "no header": b"\x93NUMPY\x01\x00",
    "something else": b"GIF89a",
    "letters that do not exist": npy(described("'<U1'", "(1,)"), b"\xff" * 4),
}


@pytest.mark.parametrize("content", MEMBERS.values(), ids=MEMBERS)
def test_an_array_that_would_do_harm_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(BodyError, match=r"x\.npy"):
        read_npy(tmp_path / "x.npy")
    with pytest.raises(BodyError, match=r"x\.npz"):
        read_npz(archive(tmp_path / "x.npz", ("good.npy", GOOD), ("v_template.npy", content)))
    with pytest.raises(BodyError, match=r"x\.npz"):
        load_body(tmp_path / "x.npz")


def test_good_arrays_come_out_whole(tmp_path: Path) -> None:
    arrays = {
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "words": np.array(["a", "öß"]),
        "one": np.array(7),
        "none": np.zeros((0, 3)),
        "objects": np.array([{"a": 1}, None], object),
    }
    np.savez_compressed(tmp_path / "x.npz", allow_pickle=True, **arrays)
    found = read_npz(tmp_path / "x.npz")
    for name, values in arrays.items():
        assert_array_equal(found[name], values)


def changed(content: bytes, at: bytes, offset: int, new: bytes) -> bytes:
    place = content.index(at) + offset
    return content[:place] + new + content[place + len(new) :]


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.npz", ("a.npy", GOOD), how=zipfile.ZIP_STORED)
    whole = path.read_bytes()
    damaged = {
        "CRC": changed(whole, struct.pack("<dd", 1, 2), 0, b"\xff"),
        "encrypted": changed(whole, b"PK\x01\x02", 8, b"\x01"),
        "say that they hold": changed(whole, b"PK\x01\x02", 24, struct.pack("<I", 3 << 30)),
        "cannot be read": whole[: len(whole) // 2],
    }
    for words, content in damaged.items():
        path.write_bytes(content)
        with pytest.raises(BodyError, match=words):
            read_npz(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BodyError, match=r"a\.npy occurs twice"):
        read_npz(archive(tmp_path / "x.npz", ("a.npy", GOOD), ("a.npy", GOOD)))


def _without_a_kind(data: bytes) -> bytes:
    """The tag of the number 7.5, miDOUBLE of 8 bytes, says nothing any more."""
    place = data.index(struct.pack("<IId", 9, 8, 7.5))
    return data[:place] + bytes(8) + data[place + 8 :]


def _names_of_no_letters(data: bytes) -> bytes:
    """The length of a struct's field names, an miINT32 inside its tag, is 0."""
    place = data.index(struct.pack("<HH", 5, 4))
    return data[: place + 4] + bytes(4) + data[place + 8 :]


def _fewer_rows_than_none(data: bytes) -> bytes:
    place = data.index(struct.pack("<IIii", 5, 8, 1, 1))
    return data[: place + 8] + struct.pack("<i", -1) + data[place + 12 :]


@pytest.mark.parametrize("damage", [_without_a_kind, _names_of_no_letters, _fewer_rows_than_none])
def test_damage_in_matlab_s_files_is_told_and_ends_no_program(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "a.mat"
    savemat(path, {"people": {"point": {"x": 7.5, "y": 1.0}, "name": "a"}})
    assert read_stored(path) == {"people": {"point": {"x": 7.5, "y": 1}, "name": "a"}}
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BodyError, match=r"a\.mat: .*cannot be read"):
        read_stored(path)


def test_what_matlab_keeps_beside_plain_values_is_left_out(tmp_path: Path) -> None:
    savemat(tmp_path / "a.mat", {"K": np.eye(3), "S": csc_array(np.eye(2))}, do_compression=True)
    assert set(read_stored(tmp_path / "a.mat")) == {"K"}
