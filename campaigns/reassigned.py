"""What campaigns knows of people for reassigned number checks: who wrote, and what waits."""

from campaigns.vocabulary import Meaning, MessageStatus
from consent.reassigned_due import Beside

# Only words that we asked for. "Who is this?" and "wrong number" come from whoever has the number
SURELY_THEIRS = (Meaning.STOP, Meaning.HELP, Meaning.YES, Meaning.KEYWORD, Meaning.START)
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
