"""No statement of a web request runs for ever: a bad plan costs its reader a page, nobody else.

The limit goes out with each connection that the web server opens, so it needs no statement of its
own, holds inside and outside transactions and survives their rollback. Workers and commands never
have it. What streams to a person takes as long as the line takes, so streams go without.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import OperationalError, connection
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from psycopg.errors import QueryCanceled

logger = logging.getLogger(__name__)


def limit_statements(databases: dict[str, dict[str, Any]], seconds: int) -> None:
    """Have connections that are opened from now on end statements after so long; 0: never."""
    if not seconds:
        return
    options = databases["default"].setdefault("OPTIONS", {})
    given = options.get("options", "")
    options["options"] = f"{given} -c statement_timeout={seconds}s".strip()


class StatementLimit:
    """Say in words that a page took too long, and let streams take their time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer; a file from our own disk asks the database nothing."""
        answer = self.get_response(request)
        if answer.streaming and not isinstance(answer, FileResponse):
            answer.streaming_content = _unhurried(answer.streaming_content)  # type: ignore[attr-defined]
        return answer

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """Answer for a statement that was ended, with 503."""
        if not _was_ended(fault):
            return None
        page = request.resolver_match.view_name if request.resolver_match else "?"
        logger.error("A statement took too long and was ended: %s", page)
        return render(request, "too_long.html", status=503)


def _was_ended(fault: Exception) -> bool:
    return isinstance(fault, OperationalError) and isinstance(fault.__cause__, QueryCanceled)


def _unhurried(pieces: Iterable[bytes]) -> Iterator[bytes]:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    try:
        yield from pieces
    finally:
        # The next request on this connection has the limit again
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
