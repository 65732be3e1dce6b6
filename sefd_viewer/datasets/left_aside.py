"""Files in an opened folder that are not read, told: pictures of other kinds, annotations of other names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from sefd_viewer.datasets.annotations.coco import Kind, kind_of
from sefd_viewer.datasets.annotations.locating import FOLDERS
from sefd_viewer.datasets.progress import Hint
from sefd_viewer.datasets.records import natural
from sefd_viewer.errors import shown

_OTHER_PICTURES = {
    "HEIC": ("heic", "heif", "hif"),
    "RAW": (
        *("dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "sr2", "srf", "raf", "orf", "rw2", "rwl", "pef"),
        *("srw", "x3f", "3fr", "fff", "iiq", "kdc", "dcr", "mrw", "gpr", "raw"),
    ),
    "JPEG XL": ("jxl",),
    "Photoshop": ("psd",),
    "HDR": ("exr", "hdr"),
}
_KINDS = {f".{ending}": f"{kind} picture" for kind, endings in _OTHER_PICTURES.items() for ending in endings}
_NAMED = 3
_MOST_LOOKED_AT = 50
_HOLDS: dict[Kind, str] = {
    "people": "people in COCO's shape",
    "boxes": "boxes in COCO's shape",
    "bodies": "SMPL parameters",
    "list": "a list of people with joints",
}


def is_other_picture(path: Path) -> bool:
    """Whether a file's ending is that of a picture of a kind that cannot be read."""
    return path.suffix.lower() in _KINDS and not path.name.startswith(".")


def other_pictures(names: Iterable[str]) -> Iterator[str]:
    """A sentence for each kind of picture among these names that cannot be read."""
    kinds: dict[str, list[str]] = {}
    for name in filter(lambda one: is_other_picture(Path(one)), names):
        kinds.setdefault(_KINDS[Path(name).suffix.lower()], []).append(name)
    for kind, found in kinds.items():
        one = len(found) == 1
        yield (
            f"{len(found)} {kind}{'' if one else 's'} cannot be read and {'is' if one else 'are'} left aside "
            f"({some(found)}). Save {'it' if one else 'them'} as JPEG or PNG"
        )


def other_annotations(
    path: Path, used: Collection[Path] = (), *, name_needed: str = "", missing: Sequence[Path] = ()
) -> Iterator[Hint]:
    """A sentence for each JSON file with people or bodies that is not `used`, and the name that it needs.

    `name_needed` is that of a file of people in the set's own layout, `missing` are the files that belong to
    the used ones and are not there; those of bodies are named first.
    """
    bodies = [one for one in missing if "smpl" in one.name.lower()]
    for one in bodies:
        yield Hint(f"{shown(str(one))}: this is not there, so nobody annotated here has a body")
    names = " or ".join(one.name for one in bodies)
    needed: dict[Kind, str] = {
        "bodies": f"they would be read from {names}" if names else "no file of people needs it",
        "people": f"they would be read from a file called {name_needed}" if name_needed else "",
        "boxes": "" if used else "it has no keypoints",
        "list": "people are read from lists of images and annotations in COCO's shape",
    }
    for file in _json_files(path, used)[:_MOST_LOOKED_AT]:
        kind = kind_of(file)
        if why := needed.get(kind):
            yield Hint(f"{shown(str(file))}: this holds {_HOLDS[kind]} and is not used: {why}")


def some(names: Sequence[str]) -> str:
    """The first of many names."""
    more = len(names) - _NAMED
    return ", ".join(map(shown, names[:_NAMED])) + (f" and {more} more" if more > 0 else "")


def _json_files(path: Path, used: Collection[Path]) -> list[Path]:
    """The JSON files in the folders where annotations usually lie, in natural order."""
    folder = path if path.is_dir() else path.parent
    places = dict.fromkeys((*(folder / one for one in FOLDERS), *(file.parent for file in used)))
    found: set[Path] = set()
    for place in places:
        try:
            found |= {file for file in place.glob("*.json") if file.is_file()}
        except OSError:
            continue
    return sorted(found - set(used), key=lambda file: natural(str(file)))
