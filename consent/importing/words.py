"""What a list's own words for consent mean: a closed set, and nothing of it is guessed."""

from enum import StrEnum


class Meaning(StrEnum):
    """What a word says of a person."""

    AGREED = "agreed"
    LEFT = "left"
    NEITHER = "neither"


# Each as `mapping.plain` makes it
AGREED = frozenset(
    (
        "subscribed",
        "yes",
        "y",
        "true",
        "1",
        "active",
        "agreed",
        "consented",
        "confirmed",
        "granted",
        "opted in",
        "opt in",
        "in",
    )
)
LEFT = frozenset(
    (
        "unsubscribed",
        "unsubscribe",
        "opted out",
        "opt out",
        "optout",
        "out",
        "stop",
        "stopped",
        "revoked",
        "withdrawn",
        "left",
    )
)
NEITHER = frozenset(
    (
        *("", "no", "n", "false", "0", "none", "null", "na", "n a", "unknown"),
        *("never", "never subscribed", "not subscribed", "non subscribed", "not opted in"),
        *("pending", "pending subscription", "unconfirmed", "inactive", "invalid", "redacted"),
    )
)
KNOWN: dict[str, Meaning] = {
    **dict.fromkeys(AGREED, Meaning.AGREED),
    **dict.fromkeys(LEFT, Meaning.LEFT),
    **dict.fromkeys(NEITHER, Meaning.NEITHER),
}
IN_WORDS = {
    Meaning.AGREED: "They agreed",
    Meaning.LEFT: "They left",
    Meaning.NEITHER: "Neither: leave the row out",
}
