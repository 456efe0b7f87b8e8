"""Fill in the placeholders of a text, and say what is wrong with one before anybody gets it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.sms_parts import GSM_7, UCS_2, Parts, beyond_gsm, parts
from consent.disclosures import VARIES, frequency_text
from consent.vocabulary import FrequencyUnit, MessageClass

__all__ = ["Parts", "beyond_gsm", "frequency_text", "lint", "parts", "render", "values_for"]

PLACEHOLDERS = {
    "brand": "the brand's name as shown in texts",
    "program": "brand and topic: Example Corp. alerts",
    "topic": "the topic's name",
    "frequency": "how often texts come: 2 msgs/month",
    "email": "the support e-mail address",
    "phone": "the support telephone number",
    "class": "alerts for a transactional topic, offers for a promotional one",
    "keyword": "the word that people text to join",
    "contact": "email help@example.com or call 202-555-0199",
    "more_info": "Reply HELP, email help@example.com, or call 202-555-0199",
}

# In campaigns alone, each person's own: see `campaigns.unsubscribe_links`
UNSUBSCRIBE_LINK = "unsubscribe_link"

CONFIRMATION_REQUEST = (
    "Text YES to join {program}. {frequency}. Msg & data rates may apply. "
    "Reply HELP for help, STOP to cancel."
)
WELCOME = (
    "You're subscribed to {program}. Msg & data rates may apply. "
    "Reply HELP for help, STOP to unsubscribe."
)
HELP = "HELP: {program}: {contact}. {frequency}. Msg & data rates may apply. Reply STOP to cancel."
STOP = (
    "STOP: You're unsubscribed from {program}. No more messages will be sent. "
    "{more_info} for more info."
)
STOP_ONE = (
    "STOP: You're unsubscribed from {program}. Other texts that you asked for still come: reply "
    "STOP ALL to end them too. {more_info} for more info."
)
LIST_AUDIT = (
    "{program}: you're still subscribed. {frequency}. Msg & data rates may apply. "
    "Reply HELP for help, STOP to unsubscribe."
)
DEFAULTS = {
    "confirmation_request": CONFIRMATION_REQUEST,
    "welcome": WELCOME,
    "help_reply": HELP,
    "stop_confirmation": STOP,
    "list_audit": LIST_AUDIT,
}

# Amazon takes 1,600 characters of GSM-7 and 630 of UCS-2 in one Publish.
LONGEST = {GSM_7: 1600, UCS_2: 630}

# AT&T's code of conduct (2021-03-01) prohibits public URL shorteners in bulk messages.
SHORTENERS = frozenset(
    {
        *("9qr.de", "alturl.com", "app.link", "bc.vc", "bit.do", "bit.ly", "bitly.com", "bitly.ws"),
        *("budurl.com", "buff.ly", "clicky.me", "cutt.ly", "goo.gl", "is.gd", "lc.chat"),
        *("linki.la", "lnkd.in", "minm.xyz", "ow.ly", "rb.gy", "rebrand.ly", "s2r.co"),
        *("serveirc.com", "shorte.st", "shorturl.at", "shrtco.de", "soo.gd", "t.co", "t.ly"),
        *("tiny.cc", "tinyurl.com"),
    }
)

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_HOST = re.compile(r"[a-z0-9.-]+")
_ENDS = ".,;!?"


class UnknownPlaceholder(ValueError):  # noqa: N818  reads as what it is where it is caught
    """A placeholder that nothing fills; `known` lists those that are filled."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.known = tuple(PLACEHOLDERS)
        known = ", ".join("{" + each + "}" for each in self.known)
        super().__init__(f"Nothing fills {{{name}}}: use one of {known}.")


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of a text. One that `stops` keeps it from being sent; the others are advice."""

    code: str
    sentence: str
    stops: bool


def values_for(
    *,
    brand: str,
    topic: str,
    message_class: MessageClass | str,
    frequency_count: int | None = None,
    frequency_unit: FrequencyUnit | str = "",
    email: str = "",
    phone: str = "",
    keyword: str = "",
) -> dict[str, str]:
    """Return what fills each placeholder, from what the records say; "" where they say nothing."""
    kind = "offers" if message_class == MessageClass.PROMOTIONAL else "alerts"
    return {
        "brand": brand,
        "topic": topic,
        "program": program_name(brand, topic or kind),
        "class": kind,
        "frequency": frequency_text(frequency_count, frequency_unit),
        "email": email,
        "phone": phone,
        "keyword": keyword,
        "contact": _listed([_by_email(email), _by_phone(phone)]),
        "more_info": _listed(["Reply HELP", _by_email(email), _by_phone(phone)]),
    }


def program_name(brand: str, topic: str) -> str:
    """Join brand and topic, unless the topic's name begins with the brand's already."""
    return topic if topic.casefold().startswith(brand.casefold()) else f"{brand} {topic}".strip()


def placeholders_in(template: str) -> tuple[str, ...]:
    """Name the placeholders of a template, in order and each once, known or not."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(template)))


def render(template: str, values: Mapping[str, str]) -> str:
    """Fill in a template's placeholders; raise `UnknownPlaceholder` for one that nothing fills.

    Where a value is empty the sentence closes up before it, and a value that ends with a full
    stop ("Example Corp.") swallows the one that follows. Values may name more than PLACEHOLDERS.
    """
    text, rest, value = "", 0, " "
    for found in _PLACEHOLDER.finditer(template):
        name = found.group(1)
        if name not in PLACEHOLDERS and name not in values:
            raise UnknownPlaceholder(name)
        text = _joined(text, value, template[rest : found.start()])
        value, rest = values.get(name, ""), found.end()
        if not value and template[rest : rest + 1] in _ENDS:
            text = text.rstrip(" :,-")
        text += value
    return _joined(text, value, template[rest:])


NO_PROMISE = (
    "The topic promises no number of texts, so nothing keeps anyone from getting too many: "
    "give it a frequency."
)


def lint(
    template: str, values: Mapping[str, str], *, brand_name: str = "", campaign: bool = False
) -> list[Finding]:
    """Say what is wrong with a template once it is filled in; nothing wrong is an empty list."""
    try:
        text = render(template, values)
    except UnknownPlaceholder as fault:
        return [Finding("placeholder.unknown", str(fault), stops=True)]
    found = [*_length(text), *_links(text)]
    if not text.strip():
        found.append(Finding("text.empty", "There is no text to send.", stops=True))
    if campaign and brand_name and brand_name.casefold() not in text.casefold():
        sentence = f"Say who is writing: name {brand_name}, best as {{brand}}."
        found.append(Finding("brand.missing", sentence, stops=True))
    if campaign and values.get("frequency") == VARIES:
        found.append(Finding("frequency.varies", NO_PROMISE, stops=False))
    return found


def _length(text: str) -> list[Finding]:
    found, size = [], parts(text)
    if size.units > LONGEST[size.encoding]:
        limit = LONGEST[size.encoding]
        sentence = f"The text has {size.units} characters; Amazon takes no more than {limit}."
        found.append(Finding("length.too_long", sentence, stops=True))
    strange = beyond_gsm(text)
    if strange:
        shown = " ".join(strange[:10])
        sentence = (
            f"These characters more than halve what fits in a part: {shown}. "
            f"The text now takes {size.parts} part{'s'[: size.parts > 1]}."
        )
        found.append(Finding("characters.beyond_gsm", sentence, stops=False))
    return found


def _links(text: str) -> list[Finding]:
    hosts = (host.strip(".-") for host in _HOST.findall(text.casefold()))
    names = {".".join(host.split(".")[-2:]) for host in hosts if "." in host}
    return [
        Finding(
            "link.shortener",
            f"Carriers block links through {name}: use a link on the brand's own site.",
            stops=True,
        )
        for name in sorted(names & SHORTENERS)
    ]


def _joined(text: str, value: str, more: str) -> str:
    """Go on with a template after the value that `text` ends with."""
    if text.endswith(".") and more.startswith(".") and not more.startswith(".."):
        return text + more[1:]
    if not value and (not text or text.endswith(" ")):
        return text + more.removeprefix(" ")
    return text + more


def _by_email(email: str) -> str:
    return f"email {email}" if email else ""


def _by_phone(phone: str) -> str:
    return f"call {phone}" if phone else ""


def _listed(ways: list[str]) -> str:
    given = [way for way in ways if way]
    if len(given) < 3:
        return " or ".join(given)
    return ", ".join(given[:-1]) + f", or {given[-1]}"
