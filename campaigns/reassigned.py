"""What campaigns knows of people for reassigned number checks: who wrote, and what waits."""

from django.core.cache import cache

from campaigns.vocabulary import Meaning, MessageStatus
from consent.reassigned_due import Beside, count

# Only words that we asked for. "Who is this?" and "wrong number" come from whoever has the number
SURELY_THEIRS = (Meaning.STOP, Meaning.HELP, Meaning.YES, Meaning.KEYWORD, Meaning.START)
DUE_KEY = "reassigned-numbers-due"
KEPT = 3600  # seconds: what is due changes with the days
WAITING = (MessageStatus.QUEUED, MessageStatus.HELD)


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


BESIDE = Beside(
    contacts=f"""
    SELECT coalesce(r.published_at, r.received_at) FROM campaigns_reply r
    WHERE r.contact_id = {{contact}} AND r.meaning IN ({_quoted(SURELY_THEIRS)})
    """,  # noqa: S608  words of ours
    live=f"""EXISTS (
    SELECT FROM campaigns_message m
    WHERE m.contact_id = {{contact}} AND m.status IN ({_quoted(WAITING)})
    )""",
)


def count_due() -> None:
    """Count the numbers that are due and remember it, unless somebody did within the hour.

    Among a million people that takes seconds, which no page should wait for.
    """
    if cache.get(DUE_KEY) is None:
        cache.set(DUE_KEY, count(BESIDE, only_due=True).numbers, KEPT)


def due() -> int:
    """Return how many numbers were due when they were counted; 0 until then."""
    found: int = cache.get(DUE_KEY, 0)
    return found


def forget_due() -> None:
    """Have them counted anew, since a query was made."""
    cache.delete(DUE_KEY)
