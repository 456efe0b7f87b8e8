"""Explain on the command line whether a contact may be texted about a topic."""

import json
from argparse import ArgumentParser
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from campaigns.clearance_words import named
from campaigns.delivery_report import IN_WORDS
from campaigns.explanation import (
    CannotExplain,
    Explanation,
    contact_named,
    explain,
    status_of,
    topic_named,
)
from campaigns.vocabulary import MessageKind, ReceiptOutcome
from consent.zone_names import with_zone_names


class Command(BaseCommand):
    """Print facts, every verdict, the decision and the next possible moment."""

    help = "Explain whether a contact may be texted about a topic, and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whom, about what, and optionally when and which kind of text."""
        parser.add_argument(
            "contact", metavar="CONTACT_OR_NUMBER", help="A number, or a contact's id."
        )
        parser.add_argument("topic", metavar="TOPIC", help="The topic's slug.")
        parser.add_argument(
            "--at",
            help="A moment, e.g. 2026-10-18T10:00; without a zone in that of the settings. A past "
            "one is judged by the facts and the rulebook of then.",
        )
        parser.add_argument(
            "--kind",
            default=MessageKind.CAMPAIGN.value,
            choices=[kind.value for kind in MessageKind],
        )
        parser.add_argument("--json", action="store_true", help="For programs.")

    def handle(self, *args: object, **options: str) -> None:
        """Answer, or say in plain words what was not understood."""
        try:
            found = explain(
                contact_named(options["contact"]),
                topic_named(options["topic"]),
                kind=MessageKind(options["kind"]),
                at=_moment(options["at"]) if options["at"] else None,
            )
        except CannotExplain as fault:
            raise CommandError(str(fault)) from None
        if options["json"]:
            self.stdout.write(json.dumps(found.as_json(), indent=2))
        else:
            self.stdout.write("\n".join(_lines(found)))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text!r} is not a moment. Write it as 2026-10-18T10:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))


def _lines(found: Explanation) -> list[str]:
    shown, kind = found.as_json()["facts"], found.kind.value.replace("_", " ")
    lines = [
        f"Contact #{found.contact.pk}, topic {found.topic.slug}, {kind}, at {_local(found.at)}",
        "",
        "Facts",
        *(f"  {name.replace('_', ' ')}: {_said(value)}" for name, value in shown.items()),
        "",
        "Verdicts",
        *(
            f"  {each.outcome.value:<7} {each.code:<20} {with_zone_names(each.sentence)}"
            + _authority(each.citation, status_of(each.code))
            for each in found.clearance.verdicts
        ),
        "",
        f"Decision: {found.clearance.outcome.value}. {with_zone_names(found.clearance.sentence)}",
    ]
    if found.attestation:
        when = _local(found.attestation.attested_at)
        lines.append(f"Attested for the whole list: by {found.attestation.name}, {when}")
    if found.last_receipt:
        words = IN_WORDS[ReceiptOutcome(found.last_receipt.outcome)]
        lines.append(f"Last receipt: {_local(found.last_receipt.logged_at)}, {words}")
    if found.blocked_at_amazon:
        blocked = named(found.facts)["amazon"]
        lines.append(f"Amazon's opt-out list holds the number {blocked}: no text arrives")
    if found.possible_at:
        lines.append(f"Next possible moment: {_local(found.possible_at)}")
    else:
        lines.append("Next possible moment: none, unless the facts change")
    return lines


def _authority(citation: str, status: str) -> str:
    said = "; ".join(each for each in (citation, status) if each)
    return f" [{said}]" if said else ""


def _local(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).strftime("%Y-%m-%d %H:%M:%S %Z")


def _said(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or "none"
    return str(value) or "none"
