"""Import a list of contacts at once, without a broker."""

import json
from argparse import ArgumentTypeError
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from consent import clock
from consent.importing import applying, lease, list_mappings, previewing
from consent.importing.dates import DateForm
from consent.importing.effects import effects
from consent.importing.reading import DIVIDED_BY, ENCODINGS
from consent.importing.survey import Question
from consent.management import attesting
from consent.management.staff import user_named
from consent.models import ContactImport, ListMapping, Topic
from consent.vocabulary import ImportState, ListKind

HOW_TO_SAY = {
    "columns": "Give --mapping with the name of a mapping saved in the admin.",
    "dates": "Give --dates dmy, mdy or ymd.",
    "zone": "Give --time-zone, e.g. America/New_York or UTC.",
    "words": "Give --mapping with the name of a mapping that knows these words.",
}


class Command(BaseCommand):
    """Preview and apply a list, and say what became of its rows."""

    help = (
        "Import consents from a list: CSV, TSV or XLSX, also compressed by gzip or ZIP. "
        "A row without proof of consent is never opted in; an opt-out is never overturned."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, the topic and how to answer."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--topic", metavar="SLUG", help="the topic of rows that name none in their own column"
        )
        parser.add_argument(
            "--holds",
            choices=[kind.value for kind in ListKind],
            default=ListKind.CONSENTS.value,
            help="opt_outs: all on the list are opted out; suppressions: none of them is texted",
        )
        parser.add_argument("--list-name", default="", help="of suppressions: whose list it is")
        parser.add_argument(
            "--list-date",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="of suppressions: when it was drawn; today where not given",
        )
        parser.add_argument(
            "--expires",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="of suppressions: the last day on which they bar texts",
        )
        parser.add_argument(
            "--ask-again", action="store_true", help="text everyone once to confirm by YES"
        )
        parser.add_argument(
            "--encoding", choices=list(ENCODINGS), default="", help="found out where not given"
        )
        parser.add_argument(
            "--delimiter", choices=list(DIVIDED_BY), default="", help="found out where not given"
        )
        parser.add_argument(
            "--mapping", metavar="NAME", help="a mapping saved in the admin, by its name"
        )
        parser.add_argument(
            "--dates",
            choices=[form.value for form in DateForm],
            default="",
            help="of dates that do not begin with four digits of the year: which part comes first",
        )
        parser.add_argument(
            "--time-zone",
            type=_zone,
            metavar="ZONE",
            help="where times without a zone were kept, e.g. America/New_York",
        )
        attesting.add_arguments(parser)
        parser.add_argument("--json", action="store_true", help="print the tallies as flat JSON")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would become of the rows, no more"
        )
        parser.add_argument(
            "--leave",
            action="store_true",
            help="leave the preview for somebody to confirm or discard in the admin",
        )
        parser.add_argument(
            "--as", "--user", dest="user", metavar="NAME", help="the member of staff who imports"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, or with --dry-run only preview and discard."""
        topic, user = _topic(options["topic"]), user_named(options["user"])
        drawn, mapping = _drawn(options), _mapping(options["mapping"], options["holds"])
        attests = attesting.asked(options)
        held = lease.until()
        try:
            with options["file"].open("rb") as file:
                taken = previewing.receive(
                    file,
                    options["file"].name,
                    default_topic=topic,
                    holds=ListKind(options["holds"]),
                    ask_again=options["ask_again"],
                    drawn=drawn,
                    encoding=options["encoding"],
                    delimiter=options["delimiter"],
                    mapping=mapping,
                    date_form=options["dates"],
                    time_zone=options["time_zone"] or "",
                    user=user,
                    lease_until=held,
                    to_attest=attests,
                )
        except OSError as fault:
            raise CommandError(f"{options['file']}: {fault.strerror}") from None
        if attests:
            said = attesting.attest(taken, options, topic, user, held)
            if not options["json"]:
                self.stdout.write(said)
        previewing.preview(taken.pk, held)
        taken.refresh_from_db()
        if taken.state == ImportState.FAILED:
            raise CommandError(f"Nothing was imported. {taken.fault}")
        if taken.state == ImportState.NEEDS_MAPPING:
            self._ask(taken, leave=options["leave"] and not options["dry_run"])
            return
        if not options["json"]:
            self._preview(taken)
        if options["dry_run"]:
            previewing.discard(taken)
        elif applying.needs_another(taken, user):
            self.stderr.write("Somebody else has to confirm so long a list.")
        elif not options["leave"]:
            held = lease.until()
            applying.confirm(taken.pk, user=user, lease_until=held)
            applying.apply(taken.pk, held)
        taken.refresh_from_db()
        self._tell(taken, options["json"])

    def _ask(self, taken: ContactImport, *, leave: bool) -> None:
        """Say what is unclear and how to settle it; without --leave nothing is kept."""
        asked = [Question(*each) for each in taken.survey["questions"]]
        unclear = " ".join(each.words for each in asked)
        if leave:
            self.stdout.write(f"{unclear}\nContact import #{taken.pk} waits to be mapped.")
            return
        ways = dict.fromkeys(HOW_TO_SAY[each.about] for each in asked)
        list_mappings.refuse(taken, unclear)
        raise CommandError(
            f"Nothing was imported. {unclear}\n{' '.join(ways)} Or give --leave, and say it in "
            "the admin."
        )

    def _preview(self, taken: ContactImport) -> None:
        """Say before anything is recorded what is about to be."""
        self.stdout.write(f"{taken.file_name}: {taken.written}. Preview:")
        for effect in effects(taken):
            self.stdout.write(f"  {effect}")

    def _tell(self, taken: ContactImport, as_json: bool) -> None:
        counts = previewing.in_order(Counter(taken.counts))
        if as_json:
            self.stdout.write(json.dumps({"rows": taken.rows, **counts}))
            return
        self.stdout.write(f"{taken.rows:,} rows in {taken.file_name}")
        for outcome, count in counts.items():
            self.stdout.write(f"{count:>12,}  {outcome.replace('_', ' ')}")
        self.stdout.write(
            "Nothing was changed: this was a dry run."
            if taken.state == ImportState.DISCARDED
            else f"Contact import #{taken.pk} waits to be confirmed."
            if taken.state == ImportState.PREVIEWED
            else f"Applied as contact import #{taken.pk}."
        )


def _drawn(options: dict[str, Any]) -> previewing.Drawn | None:
    if options["holds"] != ListKind.SUPPRESSIONS:
        if options["list_name"] or options["list_date"] or options["expires"]:
            raise CommandError("--list-name, --list-date and --expires go with suppressions alone.")
        return None
    today = timezone.localdate(clock.now())
    if not options["list_name"].strip():
        raise CommandError("Say by --list-name whose suppression list it is.")
    if options["expires"] and options["expires"] < today:
        raise CommandError("The day of --expires is over: the list would bar nothing.")
    return previewing.Drawn(
        options["list_name"].strip()[:80], options["list_date"] or today, options["expires"]
    )


def _mapping(name: str | None, holds: str) -> ListMapping | None:
    if name is None:
        return None
    mapping = ListMapping.objects.filter(name=name).first()
    if mapping is None:
        known = ", ".join(ListMapping.objects.values_list("name", flat=True)[:20]) or "none yet"
        raise CommandError(f'There is no mapping "{name}". Mappings: {known}.')
    if mapping.holds != holds:
        raise CommandError(f'The mapping "{name}" is of lists that hold {mapping.holds}.')
    return mapping


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ArgumentTypeError(f"{name} is no time zone; they read like America/New_York")
    return name


def _topic(slug: str | None) -> Topic | None:
    if slug is None:
        return None
    topic = Topic.objects.filter(slug=slug).first()
    if topic is None:
        known = ", ".join(Topic.objects.values_list("slug", flat=True)[:20]) or "none yet"
        raise CommandError(f'There is no topic "{slug}". Topics: {known}.')
    return topic
