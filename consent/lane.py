"""Do something beside the work of this thread, over a connection of its own."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from django.db import connection

LAG = 2  # calls that wait


class Lane:
    """One thread beside, with a connection of its own; leaving waits for all that it was asked.

    Where the caller's transaction is open, nobody else sees what it wrote: then each call is made
    at once, on the caller's own connection.
    """

    def __init__(self) -> None:
        self._lane = None if connection.in_atomic_block else ThreadPoolExecutor(1)
        self._asked: deque[Future[Any]] = deque()

    def do(self, call: Callable[..., Any], *given: Any) -> None:
        """Have a call made after those before it; raise what one of them raised.

        Waits where the lane lags behind, so that the caller's lease is renewed in time.
        """
        if self._lane is None:
            call(*given)
            return
        self.wait(LAG)
        self._asked.append(self._lane.submit(call, *given))

    def wait(self, left: int = 0) -> None:
        """Wait until so many calls are left, and raise what one of the others raised."""
        while len(self._asked) > left:
            self._asked.popleft().result()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for what was asked, and raise what it raised; drop it where the caller failed."""
        if self._lane is None:
            return
        if fault:
            for each in self._asked:
                each.cancel()
        closing = self._lane.submit(_close)
        self._lane.shutdown()
        closing.result()
        if fault is None:
            self.wait()


def _close() -> None:
    """Close the connection of the thread that runs this."""
    connection.close()
