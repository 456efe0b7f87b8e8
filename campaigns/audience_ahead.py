"""Do something beside the work of this thread, over a connection of its own."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from django.db import connection


class LookAhead:
    """One thread beside: while the database writes what is decided, it decides what comes next."""

    def __init__(self) -> None:
        self._beside = ThreadPoolExecutor(1)
        self._begun: Future[None] | None = None

    def __enter__(self) -> "LookAhead":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._begun:
            self._beside.submit(connection.close)
        self._beside.shutdown()

    def begin(self, work: Callable[[], None]) -> None:
        """Begin something beside; the caller waits for it before it needs the same things."""
        self._begun = self._beside.submit(work)

    def wait(self) -> None:
        """Wait for what was begun, and raise what it raised."""
        if self._begun:
            self._begun.result()
