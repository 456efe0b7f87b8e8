"""Write down what staff did and what they looked at (P7)."""

import json
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from consent import clock

LOOKED = "Looked at the evidence"


def write_down(request: HttpRequest, record: Model, what: str, called: str = "") -> None:
    """Keep that this person did this to a record, or looked at it; never name a number (P10).

    A record without a key stands for several of its kind; `called` is then what to call them.
    """
    entry(request, record, CHANGE, what, called=called)


def entry(
    request: HttpRequest, record: Model, flag: int, what: str | list[Any], *, called: str = ""
) -> LogEntry:
    """Write one line of the staff log, by our clock; `what` may be a list as the admin makes it."""
    assert request.user.is_authenticated  # the admin lets nobody else in
    return LogEntry.objects.create(
        action_time=clock.now(),
        user=request.user,
        content_type=ContentType.objects.get_for_model(record),
        object_id=str(record.pk or ""),
        object_repr=(called or str(record))[:200],
        action_flag=flag,
        change_message=what if isinstance(what, str) else json.dumps(what),
    )


def written_about(record: Model) -> QuerySet[LogEntry]:
    """Return what staff did to a record, newest first."""
    return (
        LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(record), object_id=str(record.pk)
        )
        .select_related("user")
        .order_by("-pk")
    )
