"""What a row of the rulebook asks, as one sentence for people."""

from campaigns.calendars import ClosedDays
from campaigns.rulebook.rows import ALL, Rule
from campaigns.rulebook.values import (
    Basis,
    Cap,
    Deadline,
    Elements,
    Engagement,
    Notice,
    Promised,
    Retention,
    said,
)


def sentence_of(rule: Rule) -> str:
    """Say in one sentence what the row asks."""
    value = rule.value
    clock = f"by the clock of {rule.clock}" if rule.clock else "where the person is"
    match value:
        case Notice():
            return value.text
        case ClosedDays():
            return f"Nothing may arrive on these days {clock}: {value}."
        case Cap():
            texts = "text" if value.count == 1 else "texts"
            return f"At most {value.count} {texts}{str(value).removeprefix(str(value.count))}."
        case Promised():
            return f"No more than {value}."
        case Engagement():
            until = "" if value.cap else " until the person answers"
            return f"{str(value).capitalize()}{until}."
        case Basis(stale_months=int(months)):
            return f"Consent of any sort ends {months} months after it was given."
        case Basis():
            return f"Consent must be: {value}."
        case Deadline():
            return f"Time allowed for {value}."
        case Elements():
            return f"What must be said in {value}."
        case Retention():
            return f"To be kept: {value}."
        case _:
            return f"Texts may arrive {said(value)} {clock}."


def applies_in_words(rule: Rule) -> str:
    """Say which texts the row applies to."""
    if ALL in rule.applies_to:
        return "all texts"
    return ", ".join(sorted(each.replace("_", " ") for each in rule.applies_to))


def dates_in_words(rule: Rule) -> str:
    """Say from when to when the row is in force."""
    begins, ends = rule.effective_from, rule.effective_to
    if begins and ends:
        return f"{begins:%Y-%m-%d} until before {ends:%Y-%m-%d}"
    if begins:
        return f"from {begins:%Y-%m-%d}"
    return f"until before {ends:%Y-%m-%d}" if ends else "always"
