"""Bring one list in and say how long it took and how much memory: a process of its own."""

import json
import sys
import time
from pathlib import Path

import django


def main() -> None:
    """Import the file named; print seconds of each step and the peak of resident memory in MB."""
    django.setup()
    from consent.importing import applying, previewing
    from consent.models import ContactImport

    begun = time.perf_counter()
    with Path(sys.argv[1]).open("rb") as file:
        taken = previewing.receive(file, "list.csv", default_topic=None)
    previewing.preview(taken.pk)
    previewed = time.perf_counter()
    applying.confirm(taken.pk)
    applying.apply(taken.pk)
    applied = time.perf_counter()
    taken = ContactImport.objects.get(pk=taken.pk)
    print(
        json.dumps(
            {
                "preview": previewed - begun,
                "apply": applied - previewed,
                "counts": taken.counts,
                "peak_mb": _peak_mb(),
            }
        )
    )


def _peak_mb() -> float:
    """Return the peak since this program began; getrusage would count the one that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    [peak] = [line for line in lines if line.startswith("VmHWM:")]
    return int(peak.split()[1]) / 1024


if __name__ == "__main__":
    main()
