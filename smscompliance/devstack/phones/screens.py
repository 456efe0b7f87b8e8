"""What a handset's screen says, ready for the template."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from campaigns.models import OriginationNumber
from consent import clock, phone_numbers
from consent.models import Topic

NEW_YORK = ZoneInfo("America/New_York")
BUBBLES = 40
ANSWERS = {
    "delivered": ("Gets every text", "Delivered"),
    "carrier_accepted": ("Carrier took it, phone unknown", "With the carrier"),
    "switched_off": ("Switched off", "Not delivered: the phone is switched off"),
    "blocked": ("Blocks texts", "Not delivered: the phone blocks texts"),
    "spam": ("Carrier blocks as spam", "Not delivered: blocked as spam by the carrier"),
    "invalid": ("Number not in service", "Not delivered: no such number"),
    "opted_out": ("Opted out at Amazon", "Not delivered: opted out at Amazon"),
}


def senders() -> dict[str, str]:
    """Return the brand of each of our numbers, as a phone's address book would know it."""
    return dict(OriginationNumber.objects.values_list("number", "brand__name"))


def screen(
    handset: dict[str, Any], brands: dict[str, str], words: dict[str, str]
) -> dict[str, Any]:
    """Return a handset with titles, readable numbers and local times.

    `words` leads from the carrier's words (`providerResponse`) to the name of the answer.
    """
    today = clock.now().astimezone(NEW_YORK).date()
    conversations = [
        {
            "with": told["with"],
            "key": f"{handset['id']}-{told['with'].lstrip('+')}",
            "title": brands.get(told["with"]) or shown_number(told["with"]) or "Amazon's choice",
            "number": shown_number(told["with"]),
            "entries": [_bubble(entry, words, today) for entry in told["entries"][-BUBBLES:]],
            "earlier": max(0, len(told["entries"]) - BUBBLES),
            "previous": next(
                (one["message_id"] for one in reversed(told["entries"]) if one["message_id"]), ""
            ),
        }
        for told in handset["conversations"]
    ]
    return {
        **handset,
        "number": phone_numbers.display(handset["phone_number"]),
        "ending": handset["phone_number"][-4:],
        "conversations": conversations,
        "newest": conversations[0]["title"] if conversations else "",
    }


def clock_face() -> dict[str, Any]:
    """Return the demo clock as the header shows it, and whether it is business hours."""
    now = clock.now().astimezone(NEW_YORK)
    is_open = now.weekday() < 5 and 9 <= now.hour < 17
    return {
        "day": f"{now:%A, %B} {now.day}, {now.year}",
        "time": f"{now:%I:%M %p}".lstrip("0"),
        "iso": now.isoformat(timespec="minutes"),
        "open": is_open,
        "words": "Business hours: open" if is_open else "Business hours: closed",
        "movable": bool(settings.CLOCK_FILE),
    }


def ways_in() -> list[dict[str, str]]:
    """Return the open topics with the address of their public page, for a first look around."""
    return [
        {"name": str(topic), "address": reverse("opt_in_pages:join", args=[topic.slug])}
        for topic in Topic.objects.open().select_related("brand").order_by("pk")
    ]


def numbers_to_text() -> list[dict[str, str]]:
    """Return our numbers with the keywords that people may text to them, short codes first."""
    numbers = OriginationNumber.objects.filter(live=True).select_related("brand")
    found = [
        {
            "number": number.number,
            "label": f"{shown_number(number.number)} · {number.brand.name}",
            "keyword": next(
                (word for topic in number.topics.all() for word in topic.opt_in_keywords), ""
            ),
        }
        for number in numbers.prefetch_related("topics")
    ]
    return sorted(found, key=lambda known: len(known["number"]))


def shown_number(number: str) -> str:
    """Return one of our numbers as people read it."""
    return phone_numbers.display(number) if number.startswith("+") else number


def _bubble(entry: dict[str, Any], words: dict[str, str], today: Any) -> dict[str, Any]:
    at = datetime.fromisoformat(entry["at"]).astimezone(NEW_YORK)
    time = f"{at:%I:%M %p}".lstrip("0")
    days = (today - at.date()) / timedelta(days=1)
    return {
        **entry,
        "iso": at.isoformat(timespec="seconds"),
        "time": time if days == 0 else f"{at:%b} {at.day}, {time}",
        "fate": "" if entry["mine"] else ANSWERS[words[entry["answer"]]][1],
    }
