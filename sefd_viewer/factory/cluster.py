"""Work on the machines of a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from sefd_viewer.errors import SefdError

_PATIENCE_S = 20
_RETRIES = 2


@contextmanager
def cluster_executor(address: str) -> Iterator[tuple[Executor, int]]:
    """An executor on the cluster of the scheduler at `address`, and how many jobs it can do at once.

    Work whose worker is lost is given to another one. Raises SefdError when dask is not installed, nothing
    answers, or nobody is there to work.
    """
    client = _client(address)
    from distributed import KilledWorker

    try:
        threads = sum(client.nthreads().values())
        if not threads:
            remedy = f"Start some with: dask worker {address} --nthreads 1"
            raise SefdError("this cluster has no workers", where=address, remedy=remedy)
        yield client.get_executor(pure=False, retries=_RETRIES), threads
    except KilledWorker as error:
        remedy = "Give the same command again, it goes on where it was; workers may need more memory"
        raise SefdError("workers of the cluster died", where=address, remedy=remedy) from error
    finally:
        client.close()


def _client(address: str):  # type: ignore[no-untyped-def]  # dask is optional
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
