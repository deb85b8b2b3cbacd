"""Where the web's blocking work runs: database reads, files, archives. Nothing of it on the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """A small pool with a name.

    Args:
        name: Shown by a debugger for each of its threads.
    """

    def __init__(self, name: str, size: int) -> None:
        self._pool = ThreadPoolExecutor(size, thread_name_prefix=name)

    async def run(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `act` in one of the threads and wait for it without blocking."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: act(*args, **kwargs))

    def close(self) -> None:
        """Finish what is under way; take nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)
