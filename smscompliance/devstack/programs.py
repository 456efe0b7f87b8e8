"""Our own processes of the stack: how each is called, known again, and how long it may take."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from smscompliance.devstack import children
from smscompliance.devstack.children import ChildError
from smscompliance.devstack.parts import Part

READY_WITHIN = 60.0  # seconds

# Those that others stand on come last.
STOP_ORDER = ("web", "beat", "consumer", "worker", "aws", "broker", "postgres")
CALLED = {
    "postgres": "database",
    "broker": "broker",
    "aws": "AWS stand-in",
    "web": "web server",
    "worker": "worker",
    "consumer": "reader of replies",
    "beat": "beat",
}
# What the command line of each holds, by which a leftover is told from a stranger with its pid.
WORDS = {
    "postgres": "postgres",
    "broker": "valkey-server",
    "aws": "smscompliance.devstack.aws",
    "web": "smscompliance.wsgi:application",
    "worker": "worker",
    "consumer": "consume_replies",
    "beat": "beat",
}
CELERY = ("-m", "celery", "-A", "smscompliance")


@dataclass(frozen=True)
class Program:
    """A Python process: its arguments, and the seconds it gets to stop by itself."""

    name: str
    arguments: tuple[str | Path, ...]
    patience: float = 5.0


def aws(port: int, state: Path) -> Program:
    """The AWS stand-in; `state` is the directory in which its phones remember."""
    module = ("-m", "smscompliance.devstack.aws")
    return Program("aws", (*module, "--port", str(port), "--state", state))


def web(port: int) -> Program:
    """The web server, on this machine only."""
    return Program(
        "web",
        (
            *("-m", "gunicorn", "smscompliance.wsgi:application", "--bind", f"127.0.0.1:{port}"),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload"),
            *("--graceful-timeout", "3", "--no-control-socket"),
        ),
    )


def worker() -> Program:
    """The Celery worker. It has texts in the air: it gets time to note what became of them."""
    pool = ("worker", "--pool", "threads", "--concurrency", "4")
    return Program("worker", (*CELERY, *pool, "--without-gossip", "--without-mingle"), patience=20)


def consumer() -> Program:
    """The reader of replies."""
    return Program("consumer", ("manage.py", "consume_replies"), patience=10)


def beat(schedule: Path) -> Program:
    """Celery's clock."""
    return Program("beat", (*CELERY, "beat", "--schedule", schedule))


_without_proxies = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask_until_it_answers(url: str, part: Part) -> bytes:
    """Return what a part answers at an address of its own, as soon as it does.

    Raises ChildError with the log's end when the part ends or fails instead.
    """
    deadline = time.monotonic() + READY_WITHIN
    why = "no answer"
    while time.monotonic() < deadline:
        if part.process is None or part.process.poll() is not None:
            why = "it ended"
            break
        try:
            with _without_proxies.open(url, timeout=10) as answer:
                body: bytes = answer.read()
                return body
        except urllib.error.HTTPError as error:
            why = str(error)
            if error.code != 503:
                break
        except OSError:
            pass
        time.sleep(0.04)
    raise ChildError(
        f"The {part.name} did not start ({why}). The end of {part.log}:\n"
        f"{children.tail(part.log, lines=25)}"
    )


def ask_for_the_queue(endpoint: str, part: Part) -> str:
    """Return the address of the queue that the AWS stand-in delivers replies to."""
    health = json.loads(ask_until_it_answers(f"{endpoint}/devstack/health", part))
    queue_url: str = health["inbound_queue_url"]
    return queue_url
