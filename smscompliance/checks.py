"""System checks: nonsense in the settings is refused at start, with a hint."""

import re
from typing import Any
from urllib.parse import urlparse

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

TOPIC = re.compile(r"arn:(aws|aws-cn|aws-us-gov):sns:[a-z0-9-]+:[0-9]{12}:[\w-]+")
POSITIVE = (
    "OPT_IN_LAPSE_HOURS",
    "OPT_IN_REQUESTS_PER_ADDRESS_AND_HOUR",
    "OPT_IN_REQUESTS_PER_NUMBER_AND_DAY",
    "UNSUBSCRIBES_PER_ADDRESS_AND_HOUR",
    "SEND_BATCH",
    "SEND_LEASE_SECONDS",
    "SEND_THREADS",
    "SEND_TIMEOUT_SECONDS",
    "IMPORT_BATCH",
    "IMPORT_MAX_MB",
    "UPLOAD_KEEP_HOURS",
    "REVOCATION_ALERT_BUSINESS_DAYS",
    "REASSIGNED_RECHECK_DAYS",
    "REASSIGNED_ROWS_PER_FILE",
)
SENSIBLE = {
    "START_AFTER_STOP_DAYS": (0, 365, "whoever left a year ago has to be asked anew"),
    "KEEP_AFTER_STOP_HOURS": (0, 168, "after a week nobody remembers what was asked"),
    "REVOCATION_ALERT_BUSINESS_DAYS": (1, 9, "the law gives ten, and then it is too late"),
    "SEND_BATCH": (1, 1000, "a crash leaves a whole batch unconfirmed"),
    "SEND_LEASE_SECONDS": (1, 3600, "texts of a dead worker wait for so long"),
    "SEND_THREADS": (1, 64, "so many texts may be in the air when a STOP comes"),
    "STATEMENT_TIMEOUT_SECONDS": (0, 900, "nobody waits for a page any longer; 0 sets no limit"),
}
"""The least and the most that make sense, and why no more."""


@register(Tags.security)
def dev_stack_only(**_: Any) -> list[CheckMessage]:
    """Refuse the phones page and the demo clock outside the dev stack."""
    if settings.DEBUG:
        return []
    found: list[CheckMessage] = []
    if settings.PHONES_PAGE:
        found.append(
            Error(
                "The phones page is switched on while DEBUG is off.",
                hint="It shows every text to anyone. Remove PHONES_PAGE from the environment.",
                id="smscompliance.E001",
            )
        )
    if settings.CLOCK_FILE:
        found.append(
            Error(
                "A demo clock is set while DEBUG is off.",
                hint="Records would bear false times. Remove CLOCK_FILE from the environment.",
                id="smscompliance.E002",
            )
        )
    return found


@register()
def numbers_make_sense(**_: Any) -> list[CheckMessage]:
    """Refuse counts that are zero or negative."""
    return [
        Error(
            f"{name} is {getattr(settings, name)}.",
            hint=f"Set {name} to a whole number of at least 1, or leave it out for the default.",
            id="smscompliance.E003",
        )
        for name in POSITIVE
        if getattr(settings, name) < 1
    ]


@register()
def numbers_stay_in_bounds(**_: Any) -> list[CheckMessage]:
    """Refuse numbers beyond what makes sense; those below 1 are refused above, where 1 is least."""
    return [
        Error(
            f"{name} is {getattr(settings, name)}.",
            hint=f"Set {name} to a whole number from {least} to {most}: {why}.",
            id="smscompliance.E011",
        )
        for name, (least, most, why) in SENSIBLE.items()
        if getattr(settings, name) > most or (least < 1 and getattr(settings, name) < least)
    ]


@register()
def lease_outlasts_a_batch(**_: Any) -> list[CheckMessage]:
    """Refuse a lease so short that a slow but living worker would lose its rows."""
    if settings.SEND_LEASE_SECONDS >= 60:
        return []
    return [
        Error(
            f"SEND_LEASE_SECONDS is {settings.SEND_LEASE_SECONDS}.",
            hint="A publish may wait 15 s for Amazon and a batch several times that: give 60 or "
            "more.",
            id="smscompliance.E004",
        )
    ]


@register()
def addresses_make_sense(**_: Any) -> list[CheckMessage]:
    """Refuse addresses without scheme or host."""
    found: list[CheckMessage] = []
    for name, schemes in {
        "PUBLIC_BASE_URL": {"http", "https"},
        "AWS_ENDPOINT_URL": {"http", "https"},
        "INBOUND_QUEUE_URL": {"http", "https"},
        "CELERY_BROKER_URL": {
            "redis",
            "rediss",
            "amqp",
            "amqps",
            "pyamqp",
            "sqs",
            "valkey",
            "memory",
        },
    }.items():
        value = getattr(settings, name)
        if value and urlparse(value).scheme not in schemes:
            found.append(
                Error(
                    f"{name} is not an address.",
                    hint=f"It must begin with one of: {', '.join(sorted(schemes))} and '://'.",
                    id="smscompliance.E005",
                )
            )
    engine = settings.DATABASES["default"]["ENGINE"]
    if "postgresql" not in engine:
        found.append(
            Error(
                f"DATABASE_URL names {engine.rsplit('.', 1)[-1]}.",
                hint="Only PostgreSQL keeps the promises of the ledger. Use postgresql://...",
                id="smscompliance.E006",
            )
        )
    return found


@register(Tags.security)
def topics_make_sense(**_: Any) -> list[CheckMessage]:
    """Refuse names that no request of SNS's will ever bear, for its replies would be refused."""
    return [
        Error(
            f"INBOUND_TOPIC_ARNS names {name!r}, which is no SNS topic.",
            hint="Write each as Amazon does: arn:aws:sns:us-east-1:123456789012:replies",
            id="smscompliance.E010",
        )
        for name in settings.INBOUND_TOPIC_ARNS
        if not TOPIC.fullmatch(name)
    ]


@register(Tags.security)
def production_is_reachable_and_hears_replies(**_: Any) -> list[CheckMessage]:
    """Refuse closed hosts, and warn of an ear that is shut."""
    found: list[CheckMessage] = []
    if not settings.DEBUG and not settings.ALLOWED_HOSTS:
        found.append(
            Error(
                "ALLOWED_HOSTS is empty, so every request would be refused.",
                hint="Name the hosts that staff and the public use, separated by commas.",
                id="smscompliance.E007",
            )
        )
    if not settings.DEBUG and "*" in settings.ALLOWED_HOSTS:
        found.append(
            Error(
                "ALLOWED_HOSTS lets any host in.",
                hint="Name the hosts that staff and the public use, separated by commas.",
                id="smscompliance.E008",
            )
        )
    if not settings.DEBUG and len(settings.SECRET_KEY) < 40:
        found.append(
            Error(
                "SECRET_KEY is too short to protect sessions.",
                hint="Give at least 40 random characters, and never the ones of another site.",
                id="smscompliance.E009",
            )
        )
    if not settings.INBOUND_QUEUE_URL and not settings.INBOUND_TOPIC_ARNS:
        found.append(
            Caution(
                "INBOUND_QUEUE_URL is empty: replies, STOP among them, are not heard.",
                hint="Name the SQS queue that the two-way SNS topic delivers to.",
                id="smscompliance.W001",
            )
        )
    if not settings.DEBUG and settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        found.append(
            Caution(
                "EMAIL_URL is not set: alerts about revocations reach nobody.",
                hint="Name the mail server: smtp+tls://user:password@host:587.",
                id="smscompliance.W002",
            )
        )
    return found
