"""Make lists for tests."""

import io
from pathlib import Path

from consent.importing import applying, previewing

LISTS = Path(__file__).resolve().parents[2] / "data" / "lists"
HEADER = "phone,topic,consented_at,source"


def a_list(*rows, header=HEADER) -> io.BytesIO:
    """Write rows below a header."""
    return io.BytesIO("\r\n".join([header, *rows, ""]).encode())


def a_row(phone="+12125550101", topic="example-alerts", at="2025-01-01T00:00:00Z", how="web form"):
    """Write a good row."""
    return f"{phone},{topic},{at},{how}"


def previewed(file, *, topic=None, user=None, name="list.csv", **how):
    """Bring a list to its preview."""
    taken = previewing.receive(file, name, default_topic=topic, user=user, **how)
    previewing.preview(taken.pk)
    taken.refresh_from_db()
    return taken


def applied(file, *, topic=None, user=None, name="list.csv", **how):
    """Bring a list through to the ledger."""
    taken = previewed(file, topic=topic, user=user, name=name, **how)
    applying.confirm(taken.pk, user=user)
    applying.apply(taken.pk)
    taken.refresh_from_db()
    return taken
