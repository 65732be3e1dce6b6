"""Work on the machines of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pydoc import locate
from typing import TYPE_CHECKING, TypeVar

import sefd_viewer
from sefd_viewer.edge_maps.as_done import as_done
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from distributed import Client

J = TypeVar("J")
R = TypeVar("R")

_PATIENCE_S = 20
_RETRIES = 2
_AHEAD = 3


def cluster_results(address: str, work: Callable[[J], R], jobs: Iterable[J]) -> Iterator[R]:
    """The results of `work` for every job, one task each, in the order in which they are done.

    `work` and the jobs are pickled; a few tasks per worker are under way at a time, and those are cancelled
    when the iterator is closed. Raises what `work` raises, and SefdError like `cluster_executor`.
    """
    with cluster_executor(address) as (executor, at_once):
        yield from as_done(executor, work, jobs, most=_AHEAD * at_once)


@contextmanager
def cluster_executor(address: str) -> Iterator[tuple[Executor, int]]:
    """An executor on the cluster of the scheduler at `address`, and how many jobs it can do at once.

    Work whose worker is lost is given to another one. Raises SefdError when dask is not installed, nothing
    answers, nobody is there to work, or who is there has another sefd-viewer or none.
    """
    client = _client(address)
    from distributed import KilledWorker

    try:
        threads = sum(client.nthreads().values())
        if not threads:
            remedy = f"Start some with: dask worker {address} --nthreads 1"
            raise SefdError("this cluster has no workers", where=address, remedy=remedy)
        _check_versions(client, address)
        yield client.get_executor(pure=False, retries=_RETRIES), threads
    except KilledWorker as error:
        remedy = "Give the same command again, it goes on where it was; workers may need more memory"
        raise SefdError("workers of the cluster died", where=address, remedy=remedy) from error
    finally:
        client.close()


def _check_versions(client: Client, address: str) -> None:
    """Raise SefdError where not everyone has this sefd-viewer: their tasks would never end."""
    name = f"{sefd_viewer.__name__}.__version__"
    found = [client.run_on_scheduler(locate, name), *client.run(locate, name).values()]
    others = [version or "none" for version in found if version != sefd_viewer.__version__]
    if others:
        raise SefdError(
            f"this cluster has another sefd-viewer (here {sefd_viewer.__version__}, there {others[0]})",
            where=address,
            remedy="Install the same for its scheduler and its workers, and start them again",
        )


def _client(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        remedy = "Install it with: pip install 'sefd-viewer[cluster]'"
        raise SefdError("dask is not installed", remedy=remedy) from error
    try:
        return Client(address, timeout=_PATIENCE_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        remedy = "Give a scheduler's address, for example tcp://10.0.0.1:8786"
        raise SefdError("no Dask scheduler answers", where=address, remedy=remedy) from error
