"""Pickles give their numbers and run nothing."""

import io
import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_array_equal

from sefd_viewer.body.safe_pickle import read_pickle
from sefd_viewer.errors import BodyError


class Ch:
    """What chumpy's class looks like to pickle."""

    def __init__(self, **state: Any) -> None:
        self.__dict__.update(state)


@pytest.fixture
def chumpy_class(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Ch]]:
    """The class under chumpy's name while a test writes its pickle."""
    module = ModuleType("chumpy.ch")
    kind = type("Ch", (Ch,), {"__module__": "chumpy.ch"})
    module.Ch = kind  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "chumpy", ModuleType("chumpy"))
    monkeypatch.setitem(sys.modules, "chumpy.ch", module)
    return kind  # type: ignore[return-value]


def read(content: bytes) -> Any:
    return read_pickle(io.BytesIO(content), where="SMPL_NEUTRAL.pkl")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_arrays_of_every_protocol(protocol: int) -> None:
    arrays = {"a": np.arange(6.0).reshape(2, 3), "b": np.float32(2), "c": [np.arange(3, dtype=np.uint32)]}
    found = read(pickle.dumps(arrays, protocol=protocol))
    assert_array_equal(found["a"], arrays["a"])
    assert found["b"] == 2
    assert_array_equal(found["c"][0], [0, 1, 2])


def test_arrays_of_older_numpy() -> None:
    content = pickle.dumps(np.arange(4.0), protocol=2)
    assert b"numpy._core.multiarray" in content
    assert_array_equal(read(content.replace(b"numpy._core", b"numpy.core")), np.arange(4.0))


def test_chumpy_arrays_and_selections(chumpy_class: type[Ch]) -> None:
    values = np.arange(12.0).reshape(3, 4)
    plain = chumpy_class(x=values)
    some = chumpy_class(a=plain, idxs=np.array([0, 5, 6, 11]), preferred_shape=(2, 2))
    found = read(pickle.dumps({"shapedirs": plain, "some": some}, protocol=2))
    assert_array_equal(found["shapedirs"], values)
    assert_array_equal(found["some"], [[0, 5], [6, 11]])


def test_a_chumpy_formula_is_refused(chumpy_class: type[Ch]) -> None:
    with pytest.raises(BodyError, match="not an array"):
        read(pickle.dumps({"posedirs": chumpy_class(b=np.zeros(2))}, protocol=2))


@pytest.mark.parametrize("kind", [scipy.sparse.csc_matrix, scipy.sparse.csr_matrix, scipy.sparse.coo_matrix])
def test_sparse_matrices(kind: Any) -> None:
    dense = np.random.default_rng(0).random((4, 9)) * (np.random.default_rng(1).random((4, 9)) > 0.6)
    assert_array_equal(read(pickle.dumps(kind(dense), protocol=2)), dense)


class Harmful:
    """A pickle of this makes a folder when it is loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_harmful_pickle_is_refused_by_name_and_not_run(tmp_path: Path, protocol: int) -> None:
    content = pickle.dumps({"v_template": Harmful(tmp_path / "run")}, protocol=protocol)
    with pytest.raises(BodyError, match=rf"SMPL_NEUTRAL.pkl: .*'{os.name}.mkdir'.*nothing was run"):
        read(content)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"c__builtin__\ngetattr\n.",
        b"\x80\x04\x8c\x05numpy\x8c\x0endarray.tofile\x93.",
        b"cnumpy\nload\n(S'x'\ntR.",
        b"cscipy.sparse\nload_npz\n.",
        b"c_codecs\nencode\n(S'x'\nS'zlib'\ntR.",
    ],
)
def test_other_names_are_refused(content: bytes) -> None:
    with pytest.raises(BodyError, match="asks to run"):
        read(content)
