"""What the AWS stand-in remembers over restarts: a file with one JSON object a line."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    """Append entries to a file and read them back; safe for threads, survives `kill -9`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._drop_torn_line()
        self._file = path.open("a", encoding="utf-8")

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield every entry, oldest first."""
        with self._path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)

    def write(self, *entries: dict[str, Any]) -> None:
        """Append entries and hand them to the operating system."""
        lines = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries)
        with self._lock:
            self._file.write(lines)
            self._file.flush()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._file.truncate(0)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _drop_torn_line(self) -> None:
        # A kill in the middle of a write leaves half a line, on which every later start would trip.
        with self._path.open("rb+") as raw:
            content = raw.read()
            if content and not content.endswith(b"\n"):
                raw.truncate(content.rfind(b"\n") + 1)
