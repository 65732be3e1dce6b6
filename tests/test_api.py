"""The public names: all there, all documented, none loaded before it is used."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from sefd_viewer import api


@pytest.mark.parametrize("name", api.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    value = getattr(api, name)
    assert (inspect.getdoc(value) or "").strip(), f"{name} has no docstring"
    assert f"`{name}`" in (api.__doc__ or ""), f"{name} is not in the module's table"


def test_names_are_listed_and_unknown_ones_refused() -> None:
    assert dir(api) == sorted(api.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = api.no_such_name


def test_importing_the_module_loads_no_library() -> None:
    code = "import sys, sefd_viewer.api; print({'numpy', 'torch', 'cv2', 'PySide6'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
