"""Celery with a broker that delivers every task twice, as brokers may; each delivery is noted."""

from typing import Any

from celery.signals import task_received

from smscompliance.celery import app
from smscompliance.devstack.torture import deliveries

_once = app.amqp.send_task_message


def _twice(*arguments: Any, **named: Any) -> Any:
    _once(*arguments, **named)
    return _once(*arguments, **named)


def _note(request: Any, **_: Any) -> None:
    deliveries.note(request.id)


app.amqp.send_task_message = _twice  # type: ignore[misc]
# Where a worker takes a task, not where it was published: what expired on the way is none
task_received.connect(_note, weak=False)
