"""From jobs to stored maps: the steps, and how they go side by side where many jobs are drawn at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from sefd_viewer.atomic import write_file
from sefd_viewer.edge_maps.as_done import batched
from sefd_viewer.edge_maps.drawing import Drawer, Drawn, Map, encoded
from sefd_viewer.edge_maps.hashes import digest
from sefd_viewer.edge_maps.jobs import MapJob, Size
from sefd_viewer.edge_maps.settings import FactorySettings
from sefd_viewer.edge_maps.shelf import MadeMap
from sefd_viewer.errors import SefdError

T = TypeVar("T")
R = TypeVar("R")

_BATCHES_AHEAD = 2


@dataclass(frozen=True)
class Made:
    """What became of one job."""

    record: str
    maps: tuple[MadeMap, ...] = ()
    failure: str | None = None


@dataclass(frozen=True)
class MapMaker:
    """Makes the maps of a job; travels to worker processes where its drawer does.

    Maps are written below `out`, or come back as bytes where they are to be `packed`.
    """

    out: Path
    settings: FactorySettings
    drawer: Drawer
    packed: bool = False

    def __call__(self, job: MapJob) -> Made:
        """Make the maps that are not there; a job that cannot be drawn is told, not raised.

        Raises SefdError where writing is refused: that will not be better with the next record.
        """
        (drawn,) = self.draw([self.measure(job)])
        return self.store(drawn)

    def measure(self, job: MapJob) -> tuple[MapJob, Size | Exception]:
        """The job with its photo's size, or why that cannot be had."""
        try:
            return job, job.photo_size()
        except Exception as error:  # whatever is wrong with one record must not stop the others
            return job, error

    def draw(self, jobs: Sequence[tuple[MapJob, Size | Exception]]) -> list[tuple[MapJob, Drawn]]:
        """The jobs with their maps, drawn at once."""
        sized = [(job, size) for job, size in jobs if not isinstance(size, Exception)]
        drawn = iter(self.drawer(sized))
        return [(job, size if isinstance(size, Exception) else next(drawn)) for job, size in jobs]

    def store(self, drawn: tuple[MapJob, Drawn]) -> Made:
        """Encode the maps of a job that are not there; write them where they are not to be packed."""
        job, maps = drawn
        if isinstance(maps, Exception):
            reason = str(maps) if isinstance(maps, SefdError) else f"{type(maps).__name__}: {maps}"
            return Made(job.key, failure=reason)
        missing = [(p, m) for p, m in zip(job.paths, maps, strict=True) if not (self.out / p).exists()]
        return Made(job.key, tuple(self._made(path, picture) for path, picture in missing))

    def _made(self, path: PurePosixPath, picture: Map) -> MadeMap:
        data = encoded(picture, self.settings.file_format)
        if self.packed:
            return MadeMap(path, digest(data), data)
        write_in_folder(self.out / path, data)
        return MadeMap(path, digest(data))


def run_batches(maker: MapMaker, jobs: Iterable[MapJob], *, threads: int) -> Iterator[Made]:
    """What becomes of every job, in order, where the drawer takes many at once and stays in this process.

    While one thread draws, `threads` others read the photos' sizes, encode and write; a few batches are under
    way, so memory does not grow with the number of jobs.
    """
    most = _BATCHES_AHEAD * maker.drawer.at_once
    with _threads(threads) as pool, _threads(1) as drawing:
        sized = _ahead(pool, maker.measure, jobs, most=most)
        batches = _ahead(drawing, maker.draw, batched(sized, maker.drawer.at_once), most=_BATCHES_AHEAD)
        yield from _ahead(pool, maker.store, (one for batch in batches for one in batch), most=most)


def _ahead(pool: Executor, work: Callable[[T], R], items: Iterable[T], *, most: int) -> Iterator[R]:
    """The results of `work` in order, while at most `most` items are under way."""
    waiting: deque[Future[R]] = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) >= most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@contextmanager
def _threads(count: int) -> Iterator[Executor]:
    """A pool that forgets what it has not begun when it is left."""
    pool = ThreadPoolExecutor(count)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def write_in_folder(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all, and make its folder; raises SefdError where that is refused."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SefdError(f"this folder cannot be made ({error.strerror})", where=path.parent) from error
    write_file(path, data, one_of_many=True)
