"""The demo's people: who agreed to hear from Example Corp., how, and who left again."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from consent import clock, phone_numbers
from consent.contacts import contacts_for
from consent.ledger import EventDraft, EvidenceDraft, record_many
from consent.models import Disclosure, OptInEvent, Topic
from consent.vocabulary import EventKind, LegalBasis, Place, Source

_AREA_CODES = (
    "201 202 203 205 206 207 208 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 "
    "240 248 251 252 253 254 256 260 262 267 269 270 281 301 302 303 304 305 307 308 309 310 312 "
    "313 314 315 316 317 318 319 320 321 323 325 330 334 336 337 339 347 351 352 360 361 386 401 "
    "402 404 405 406 407 408 409 410 412 413 414 415 417 419 423 424 425 432 434 435 440 443 469 "
    "478 479 480 484 501 502 503 504 505 507 508 509 510 512 513 515 516 517 518 520 530 540 541"
)
AREA_CODES = tuple(_AREA_CODES.split())
BROWSERS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 Chrome/142.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
)
OPTED_IN, PENDING, OPTED_OUT = 40, 3, 4


@dataclass(frozen=True)
class Person:
    """One number and what its owner did, days or minutes before the demo starts."""

    e164: str
    place: Place
    ago: timedelta
    ends: str
    seed: int


def people() -> list[Person]:
    """Return the few whose stories are told in full, the same ones every time."""
    places = (Place.WEB_FORM, Place.KEYWORD, Place.WEB_FORM, Place.PAPER_FORM, Place.POINT_OF_SALE)
    found = [
        # Within six months, so that the list audit has its first work some weeks from now
        Person(
            _number(seed * 7, 10 + seed), places[seed % 5], timedelta(days=9 + seed * 4), "", seed
        )
        for seed in range(OPTED_IN)
    ]
    found += [
        Person(
            _number(seed * 5 + 3, 60 + seed),
            Place.WEB_FORM,
            timedelta(minutes=4 + 3 * seed),
            "pending",
            seed,
        )
        for seed in range(PENDING)
    ]
    found += [
        Person(
            _number(seed * 11 + 6, 70 + seed),
            Place.WEB_FORM if seed % 2 else Place.KEYWORD,
            timedelta(days=40 + seed * 9),
            "left",
            seed,
        )
        for seed in range(OPTED_OUT)
    ]
    return found


@transaction.atomic
def load_people(topic: Topic) -> int:
    """Record everyone's story where it is missing; return how many people were new."""
    told = _missing([person.e164 for person in people()], topic)
    return _record(topic, [person for person in people() if person.e164 in told])


@transaction.atomic
def load_crowd(topic: Topic, size: int) -> int:
    """Add people who agreed at the till, until there are `size`; return how many were new."""
    # From the highest line down: newcomers type low ones, such as 212-555-0123
    areas = len(AREA_CODES)
    numbers = [_number(place % areas, 99 - place // areas) for place in range(size + 100)]
    named = {person.e164 for person in people()}
    numbers = [number for number in numbers if number not in named][:size]
    missing = _missing(numbers, topic)
    crowd = [
        Person(number, Place.POINT_OF_SALE, timedelta(days=5 + seed % 150), "", seed)
        for seed, number in enumerate(numbers)
        if number in missing
    ]
    return _record(topic, crowd)


def _record(topic: Topic, found: Sequence[Person]) -> int:
    if not found:
        return 0
    contacts = contacts_for(
        [phone_numbers.of_e164(person.e164) for person in found], reason="Demo data"
    )
    words = {place: Disclosure.objects.shown(topic, place) for place in Place}
    drafts: list[EventDraft] = []
    for person in found:
        drafts.extend(_story(person, contacts[person.e164].pk, topic, words[person.place]))
    record_many(drafts)
    return len(found)


def _story(
    person: Person, contact: int, topic: Topic, shown: Disclosure | None
) -> Iterator[EventDraft]:
    """Yield what one person did, oldest first."""
    began = clock.now() - person.ago
    words_shown, disclosure = (shown.wording, shown.pk) if shown else ("", None)
    source = Source(person.place.value)

    def event(
        kind: EventKind, source: Source, at: datetime, evidence: EvidenceDraft, agreed: bool = True
    ) -> EventDraft:
        return EventDraft(
            contact,
            kind,
            source,
            topic=topic.pk,
            basis=LegalBasis.EXPRESS_WRITTEN if agreed else LegalBasis.NONE,
            occurred_at=at,
            disclosure=disclosure if agreed else None,
            evidence=evidence,
        )

    if person.place in (Place.PAPER_FORM, Place.POINT_OF_SALE):
        fields = {"shop": f"Shop {100 + person.seed % 12}", "agreed": True}
        yield event(
            EventKind.OPTED_IN,
            source,
            began,
            EvidenceDraft(form_fields=fields, words_shown=words_shown),
        )
        return
    evidence = _on_the_web(person, words_shown, topic)
    if person.place is Place.KEYWORD:
        keyword = topic.opt_in_keywords[0] if topic.opt_in_keywords else ""
        evidence = EvidenceDraft(words_shown=words_shown, words_received=keyword)
    yield event(EventKind.REQUESTED, source, began, evidence)
    if person.ends != "pending":
        answered = began + timedelta(minutes=1 + person.seed % 9)
        yield event(
            EventKind.CONFIRMED, Source.REPLY, answered, EvidenceDraft(words_received="YES")
        )
    if person.ends == "left":
        left = began + timedelta(days=12 + person.seed)
        yield event(
            EventKind.OPTED_OUT, Source.REPLY, left, EvidenceDraft(words_received="STOP"), False
        )


def _on_the_web(person: Person, words_shown: str, topic: Topic) -> EvidenceDraft:
    dice = random.Random(person.e164)
    return EvidenceDraft(
        ip_address=f"{dice.choice(('192.0.2', '198.51.100', '203.0.113'))}.{dice.randint(1, 254)}",
        user_agent=dice.choice(BROWSERS),
        page=f"/join/{topic.slug}/",
        form_fields={"consent": True, "language": "en"},
        words_shown=words_shown,
    )


def _missing(numbers: Sequence[str], topic: Topic) -> set[str]:
    known = OptInEvent.objects.filter(topic=topic, contact__number__in=numbers)
    return set(numbers) - set(known.values_list("contact__number", flat=True))


def _number(area: int, line: int) -> str:
    """Return one of the numbers that are kept free for stories: 555-0100 to 555-0199."""
    return f"+1{AREA_CODES[area % len(AREA_CODES)]}555{100 + line % 100:04d}"
