"""A status as a pill: an icon and a word, so that colour never speaks alone."""

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

# Drawn on a 16 by 16 grid as strokes
ICONS = {
    "good": "M3.5 8.5l3 3 6-7",
    "bad": "M4.5 4.5l7 7M11.5 4.5l-7 7",
    "warn": "M8 3.5v5.5M8 12v.5",
    "wait": "M8 4v4l2.5 2M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8z",
    "go": "M5.5 3.5l6 4.5-6 4.5z",
    "pause": "M5.5 4v8M10.5 4v8",
    "quiet": "M4 8h8",
}


@dataclass(frozen=True, slots=True)
class Tone:
    """How a status looks: its colour family and its icon."""

    colour: str
    icon: str


GOOD = Tone("good", "good")
BAD = Tone("bad", "bad")
WARN = Tone("warn", "warn")
WAIT = Tone("wait", "wait")
GO = Tone("wait", "go")
PAUSE = Tone("warn", "pause")
QUIET = Tone("quiet", "quiet")

TONES: dict[str, Tone] = {
    # standings
    "opted_in": GOOD,
    "pending": WAIT,
    "opted_out": BAD,
    "declined": BAD,
    "lapsed": QUIET,
    "unknown": QUIET,
    # events
    "requested": WAIT,
    "confirmed": GOOD,
    "expired": QUIET,
    "suppressed": BAD,
    "suppression_lifted": GOOD,
    "corrected": WARN,
    # dead letters
    "waiting": WAIT,
    "taken": GOOD,
    "dismissed": QUIET,
    # messages and attempts
    "queued": WAIT,
    "held": PAUSE,
    "refused": BAD,
    "sending": GO,
    "accepted": GOOD,
    "rejected": BAD,
    "unconfirmed": WARN,
    "cancelled": QUIET,
    "begun": GO,
    "throttled": PAUSE,
    "account_fault": BAD,
    "never_left": WARN,
    "withdrawn": QUIET,
    # receipts
    "delivered": GOOD,
    "carrier_took_it": GOOD,
    "phone_blocked": BAD,
    "invalid_number": BAD,
    "block_list": BAD,
    "spam": BAD,
    "carrier_blocked": BAD,
    "invalid_text": BAD,
    "carrier_unreachable": WARN,
    "phone_unreachable": WARN,
    "max_price": BAD,
    "no_quota": BAD,
    "sandbox": BAD,
    "no_origination": BAD,
    "country_blocked": BAD,
    "unknown_error": WARN,
    "other": WARN,
    # the account at Amazon
    "done": GOOD,
    "warning": WARN,
    "trouble": BAD,
    # campaigns
    "draft": QUIET,
    "submitted": WAIT,
    "approved": GOOD,
    "running": GO,
    "paused": PAUSE,
    "finished": GOOD,
    # replies
    "acted": GOOD,
    "needs_person": WARN,
    "settled": GOOD,
    # the clock of revocations
    "likely": WARN,
    "unread": WAIT,
    "letter": WARN,
    "acknowledgement": GO,
    "help": GO,
    "past": BAD,
    "ageing": WARN,
    "in_time": GOOD,
    # verdicts
    "clear": GOOD,
    "hold": PAUSE,
    "refuse": BAD,
    "skipped": QUIET,
    # the rulebook: how sure we are of a row, and whether counsel signed it
    "verified": GOOD,
    "secondary": WAIT,
    "memory": WARN,
    "disputed": WARN,
    "signed": GOOD,
    "unsigned": WARN,
    "changed": WARN,
    "overdue": BAD,
    # disclosures and imports
    "published": GOOD,
    "unattested": WARN,
    "uploaded": WAIT,
    "needs_mapping": WARN,
    "previewed": WAIT,
    "applying": GO,
    "applied": GOOD,
    "recalling": GO,
    "recalled": WARN,
    "discarded": QUIET,
    "failed": BAD,
    "ready": GOOD,
    # checks of reassigned numbers
    "asked": WAIT,
    "partly": WARN,
    "answered": GOOD,
    "answer_yes": BAD,
    "answer_no": GOOD,
    "answer_no_data": WARN,
}


def pill(status: str, words: str = "") -> SafeString:
    """Show a status; its words default to the status itself."""
    tone = TONES.get(status, QUIET)
    return format_html(
        '<span class="pill pill-{}"><svg aria-hidden="true" width="12" height="12" '
        'viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round"><path d="{}"/></svg>{}</span>',
        tone.colour,
        ICONS[tone.icon],
        words or str(status).replace("_", " ").capitalize(),
    )
