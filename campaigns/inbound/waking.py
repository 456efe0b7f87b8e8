"""Wake who reads, from a thread of its own: no broker may hold up an answer to SNS."""

import logging
import threading
import time

from kombu.exceptions import OperationalError

from campaigns import tasks

logger = logging.getLogger(__name__)

PAUSE = 0.1  # seconds; what comes in meanwhile needs one waking together

_asked = threading.Event()
_one_at_a_time = threading.Lock()
_thread: threading.Thread | None = None


def wake() -> None:
    """Have what was committed read soon; returns at once, and the beat sweep finds what is lost."""
    global _thread
    _asked.set()
    if _thread is None or not _thread.is_alive():
        with _one_at_a_time:
            if _thread is None or not _thread.is_alive():
                _thread = threading.Thread(target=_wake_on, name="waking", daemon=True)
                _thread.start()


def _wake_on() -> None:
    while True:
        _asked.wait()
        _asked.clear()
        try:
            tasks.read_inbound_texts.apply_async(expires=tasks.UNSERVED)
        except OperationalError as fault:
            logger.error("No reader was woken: %s", type(fault).__name__)
        time.sleep(PAUSE)
