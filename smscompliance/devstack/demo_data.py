"""The demo's brands, topics, wordings, numbers and first campaign, all of them fictional."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model

from campaigns.models import Campaign, OriginationNumber, SendingAccount
from campaigns.models.sending_account import THE_ONE
from campaigns.vocabulary import NumberKind
from consent import clock
from consent.disclosures import frequency_text
from consent.models import Brand, Disclosure, Topic
from consent.vocabulary import FrequencyUnit, MessageClass, Place

REASON = "Demo data"
FIRST_PUBLISHED = datetime(2021, 3, 1, 15, tzinfo=UTC)
SECOND_PUBLISHED = datetime(2022, 2, 1, 15, tzinfo=UTC)
CAMPAIGN = "First reminder"


@dataclass(frozen=True)
class DemoTopic:
    """A topic with the number it is sent from."""

    slug: str
    name: str
    message_class: MessageClass
    description: str
    per_month: int
    keyword: str
    number: str
    kind: NumberKind
    parts_per_second: float
    reminder_months: int = 6


@dataclass(frozen=True)
class DemoBrand:
    """A brand with its topics."""

    name: str
    domain: str
    phone: str
    address: str
    topics: tuple[DemoTopic, ...] = field(default=())


BRANDS = (
    DemoBrand(
        "Example Corp.",
        "example.com",
        "202-555-0199",
        "1 Example Plaza, Washington, DC 20001",
        (
            DemoTopic(
                "example-alerts",
                "alerts",
                MessageClass.PROMOTIONAL,
                "News of sales and events at Example Corp., before anybody else hears.",
                2,
                "JOIN",
                "55501",
                NumberKind.SHORT_CODE,
                100,
                # One press of the demo clock's "next month" shows list audits going out
                1,
            ),
        ),
    ),
    DemoBrand(
        "Acme Outfitters",
        "example.org",
        "206-555-0188",
        "200 Acme Way, Seattle, WA 98101",
        (
            DemoTopic(
                "acme-alerts",
                "order alerts",
                MessageClass.TRANSACTIONAL,
                "Where your order is, and when your shop opens or closes.",
                4,
                "ORDERS",
                "+18005550199",
                NumberKind.TOLL_FREE,
                3,
            ),
            DemoTopic(
                "acme-offers",
                "offers",
                MessageClass.PROMOTIONAL,
                "Offers on boots, tents and coats, at most once a week.",
                4,
                "OFFERS",
                "+14255550182",
                NumberKind.TEN_DLC,
                10,
            ),
        ),
    ),
)

# Who agrees, by what act: the only part of a call to action that differs from place to place.
ACTS = {
    Place.WEB_FORM: {
        "en": "By ticking this box and sending the form, I agree to",
        "es": "Al marcar esta casilla y enviar el formulario, acepto",
    },
    Place.KEYWORD: {
        "en": "By texting {keyword} to {number}, I agree to",
        "es": "Al enviar {keyword} al {number}, acepto",
    },
    Place.PAPER_FORM: {
        "en": "By signing this form, I agree to",
        "es": "Al firmar este formulario, acepto",
    },
    Place.POINT_OF_SALE: {
        "en": "By entering my number here and pressing Agree, I agree to",
        "es": "Al escribir mi número aquí y pulsar Acepto, acepto",
    },
}
PROMISES = {
    ("en", MessageClass.PROMOTIONAL): "receive recurring automated marketing texts from {program} "
    "at the number I gave. Agreeing is not a condition of any purchase.",
    ("en", MessageClass.TRANSACTIONAL): "receive recurring automated texts about my orders and my "
    "shop from {program} at the number I gave.",
    ("es", MessageClass.PROMOTIONAL): "recibir mensajes de texto publicitarios automáticos y "
    "recurrentes de {program} en el número que di. Aceptar no es una condición de compra.",
    ("es", MessageClass.TRANSACTIONAL): "recibir mensajes de texto automáticos y recurrentes sobre "
    "mis pedidos y mi tienda de {program} en el número que di.",
}
TERMS = {
    "en": "{frequency}. Msg & data rates may apply. Reply HELP for help, STOP to cancel. "
    "Terms: {terms} Privacy: {privacy}",
    "es": "{frequency} (mensajes al mes). Pueden aplicarse tarifas de mensajes y datos. Responde "
    "HELP para ayuda, STOP para cancelar. Términos: {terms} Privacidad: {privacy}",
}


def load_records() -> dict[str, Topic]:
    """Write brands, topics, disclosures, numbers and the account where missing; return topics."""
    topics = {}
    for demo in BRANDS:
        brand = kept(
            Brand,
            {"name": demo.name},
            support_email=f"help@{demo.domain}",
            support_phone=demo.phone,
            website=f"https://{demo.domain}/",
            terms_url=f"https://{demo.domain}/texts/terms",
            privacy_url=f"https://{demo.domain}/privacy",
            postal_address=demo.address,
        )
        for wanted in demo.topics:
            topic = kept(
                Topic,
                {"slug": wanted.slug},
                brand=brand,
                name=wanted.name,
                message_class=wanted.message_class,
                description=wanted.description,
                frequency_count=wanted.per_month,
                frequency_unit=FrequencyUnit.MONTH,
                opt_in_keywords=[wanted.keyword],
                reminder_months=wanted.reminder_months,
            )
            _number(brand, topic, wanted)
            _disclosures(topic, wanted)
            topics[topic.slug] = topic
    _account()
    return topics


def load_campaign(topic: Topic, author: User) -> Campaign:
    """Write the first campaign as a draft, to be submitted and approved by two people."""
    return kept(
        Campaign,
        {"name": CAMPAIGN},
        topic=topic,
        origination_number=OriginationNumber.objects.for_topic(topic),
        text="Example Corp. alerts: Our winter sale begins Saturday at 9am in every shop. "
        "Reply STOP to cancel.",
        scheduled_at=clock.now(),
        author=author,
    )


def wording(topic: Topic, wanted: DemoTopic, place: Place, language: str, version: int) -> str:
    """Return a whole call to action; the second version names the brand's address too."""
    act = ACTS[place][language].format(keyword=wanted.keyword, number=wanted.number)
    promise = PROMISES[language, wanted.message_class].format(program=str(topic))
    terms = TERMS[language].format(
        frequency=frequency_text(topic.frequency_count, topic.frequency_unit),
        terms=topic.brand.terms_url,
        privacy=topic.brand.privacy_url,
    )
    sender = f" {topic.brand.name}, {topic.brand.postal_address}." if version > 1 else ""
    return f"{act} {promise} {terms}{sender}"


def kept(model: type[Model], key: dict[str, Any], **values: Any) -> Any:
    """Return the row of that key, written with these values where it is missing."""
    return model._default_manager.filter(**key).first() or new(model, **key, **values)


def new(model: type[Model], **values: Any) -> Any:
    """Write a row, its history saying whence it is."""
    row = model(**values)
    # The name that django-simple-history reads the reason from
    setattr(row, "_change_reason", REASON)  # noqa: B010  unknown to the type of Model
    row.save()
    return row


def _account() -> None:
    """Say what a grown-up account may, so that the demo shows no warning at first."""
    kept(
        SendingAccount,
        {"pk": THE_ONE},
        transactional_per_second=100,
        promotional_per_second=100,
        monthly_limit=Decimal(500),
    )


def _number(brand: Brand, topic: Topic, wanted: DemoTopic) -> None:
    number = kept(
        OriginationNumber,
        {"number": wanted.number},
        kind=wanted.kind,
        brand=brand,
        message_class=wanted.message_class,
        parts_per_second=wanted.parts_per_second,
    )
    if not number.topics.filter(pk=topic.pk).exists():
        number.topics.add(topic)


def _disclosures(topic: Topic, wanted: DemoTopic) -> None:
    present = set(topic.disclosures.values_list("place", "language", "version"))
    for place, acts in ACTS.items():
        for language in acts:
            for version, published_at in enumerate((FIRST_PUBLISHED, SECOND_PUBLISHED), 1):
                if (place, language, version) not in present:
                    new(
                        Disclosure,
                        topic=topic,
                        place=place,
                        language=language,
                        version=version,
                        wording=wording(topic, wanted, place, language, version),
                        published_at=published_at,
                    )
