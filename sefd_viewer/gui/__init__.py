"""The window: the only place that knows Qt."""

import PySide6.QtCore  # noqa: F401 - before it there is no shibokensupport
from shibokensupport import feature as _feature


def _leave_sources_unread() -> None:
    """Keep PySide from reading the source of every module that is imported from now on.

    It looks there for users of its other spelling (`from __feature__ import snake_case`), and Python keeps
    what was read: 295,000 lines in 45 MB. Modules of the program alone are taken for users of PySide.
    """
    if hasattr(_feature, "_mod_uses_pyside"):
        _feature._mod_uses_pyside = lambda module: module.__name__.startswith("sefd_viewer")


_leave_sources_unread()
