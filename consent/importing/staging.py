"""Bring the rows of a list into their table by COPY, each with what it proves."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from json.encoder import encode_basestring

from django.db import connection

from consent.importing.checking import Checks
from consent.importing.contact_list import Row
from consent.importing.plain_rows import Shared, plain_rows
from consent.importing.row_facts import Checked, Consent, OptOut
from consent.models import Disclosure
from consent.phone_numbers import PhoneNumber
from consent.vocabulary import EventKind, LegalBasis, RowOutcome

Wordings = dict[tuple[int, str, str, int], int]

_COPY = """
    COPY consent_contactimportrow (
        contact_import_id, line, told, outcome, reason, number, country, state, time_zones,
        occurred_at, topic_id, kind, source, legal_basis, disclosure_id, postal_code, language,
        external_id, home
    ) FROM STDIN
"""
# Few lists name anybody twice, and to group numbers takes twice as long as to group their hashes:
# two that share one by chance cost a second look, no more
_TWICE = """
    SELECT count(*) > count(DISTINCT hashtextextended(number, 0))
    FROM consent_contactimportrow WHERE contact_import_id = %(import)s AND kind <> ''
"""
# By groups and not by windows, which would sort the list
_REPEATED = """
    WITH first AS (
        SELECT number, topic_id, min(line) AS line
        FROM consent_contactimportrow
        WHERE contact_import_id = %(import)s AND kind <> ''
        GROUP BY number, topic_id HAVING count(*) > 1
    )
    UPDATE consent_contactimportrow r SET outcome = 'duplicate_in_file',
        reason = 'Line ' || first.line || ' says it already: the same number and topic.'
    FROM first
    WHERE r.contact_import_id = %(import)s AND r.kind <> ''
      AND r.number = first.number AND r.topic_id IS NOT DISTINCT FROM first.topic_id
      AND r.line > first.line
"""
AT_ONCE = 200  # rows; some more would wake the collector of cycles, of which they have none
NULL = "\\N"
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def wordings() -> Wordings:
    """Return the published wordings by topic, place, language and version."""
    return {
        (topic, place, language, version): pk
        for pk, topic, place, language, version in Disclosure.objects.published().values_list(
            "pk", "topic_id", "place", "language", "version"
        )
    }


def stage(
    import_id: int,
    header: Sequence[str],
    rows: Iterable[Row],
    checks: Checks,
    writer: "Writer",
) -> tuple[int, int]:
    """Write rows into the table; return how many they were, and the line of the last."""
    told, begins = teller(header), f"{import_id}\t"
    plain = plain_rows(header, checks, begins, writer.place, writer.shared)

    def checked(row: Row) -> str:
        cells = told(row.values)
        if "\\" in cells:  # all other marks that COPY minds, JSON has escaped
            cells = cells.replace("\\", "\\\\")
        return f"{begins}{row.line}\t{cells}\t{writer.text(checks.check(row.values))}\n"

    rows, count, line = iter(rows), 0, 0
    with connection.cursor() as cursor, cursor.copy(writer.statement) as wire:
        while batch := list(islice(rows, AT_ONCE)):
            text, odd = plain.written(batch) if plain else ("", batch)
            wire.write(text + "".join(map(checked, odd)))
            count += len(batch)
            line = batch[-1].line
    return count, line


def find_repeated(import_id: int) -> bool:
    """Change the outcome of rows that say what an earlier good row of the list says.

    Whatever the ledger says of them; a row that is good by itself has a kind. Say whether anybody
    may be named twice.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TWICE, {"import": import_id})
        [twice] = cursor.fetchone()
        if twice:
            cursor.execute(_REPEATED, {"import": import_id})
    return bool(twice)


def teller(header: Sequence[str]) -> Callable[[Sequence[str]], str]:
    """Return what writes a row's cells as JSON with sorted keys, as the evidence's digest reads it.

    A template a list, since `json.dumps` of a million rows takes as long as all of the rest.
    """
    order = sorted(range(len(header)), key=header.__getitem__)
    names = (encode_basestring(header[at]).replace("%", "%%") for at in order)
    template = "{" + ",".join(f"{name}:%s" for name in names) + "}"

    def told(values: Sequence[str]) -> str:
        return template % tuple([encode_basestring(values[at]) for at in order])

    return told


@dataclass(frozen=True, slots=True)
class Writer:
    """Write what was found of a row as COPY reads it: the columns after the cells.

    What many rows share is written once.
    """

    published: Wordings
    asks_again: bool = False
    _places: dict[tuple[str, str, tuple[str, ...]], str] = field(default_factory=dict)
    _grounds: dict[tuple[object, ...], str] = field(default_factory=dict)

    @property
    def statement(self) -> str:
        """Return the COPY that takes what this writes."""
        return _COPY

    def text(self, found: Checked) -> str:
        """Return the columns from the outcome on."""
        consent = found.consent
        if found.opt_out:
            return self._opt_out(found.opt_out)
        if consent is None:
            topic = NULL if found.topic is None else found.topic
            return (
                f"{found.outcome}\t{_safe(found.reason[:300])}\t{found.number}"
                f"\t\t\t{{}}\t{NULL}\t{topic}\t\t\t\t{NULL}\t\t\t\t"
            )
        outcome, ground, language, home = self.shared(consent)
        return (
            f"{outcome}\t\t{consent.number.e164}\t{self.place(consent.number)}"
            f"\t{consent.at.isoformat()}\t{ground}"
            f"\t{_safe(consent.postal_code)}\t{language}\t{_safe(consent.external_id)}\t{home}"
        )

    def shared(self, consent: Consent) -> Shared:
        """Return what a good row has in common with others of its sort."""
        key = (
            *(consent.topic.id, consent.source, consent.version, consent.language),
            *(consent.wording, consent.ground),
        )
        ground = self._grounds.get(key)
        if ground is None:
            ground = self._grounds[key] = self._ground(consent)
        outcome = RowOutcome.PENDING if self.asks_again else RowOutcome.NEW
        return Shared(outcome.value, ground, consent.language, consent.home)

    def _opt_out(self, opt_out: OptOut) -> str:
        topic = NULL if opt_out.topic is None else opt_out.topic.id
        when = NULL if opt_out.at is None else opt_out.at.isoformat()
        return (
            f"new\t\t{opt_out.number.e164}\t{self.place(opt_out.number)}\t{when}\t{topic}"
            f"\t{opt_out.kind}\t{opt_out.source}\t{LegalBasis.NONE}\t{NULL}\t\t\t\t"
        )

    def place(self, number: PhoneNumber) -> str:
        """Return where a number is."""
        place = self._places.get(number[1:])
        if place is None:
            place = self._places[number[1:]] = (
                f"{number.country}\t{number.state}\t{{{','.join(number.time_zones)}}}"
            )
        return place

    def _ground(self, consent: Consent) -> str:
        topic, version = consent.topic, consent.version
        disclosure = consent.wording
        if version:
            disclosure = self.published.get(
                (topic.id, consent.place.value, consent.language or "en", version)
            )
        basis = consent.basis(words_known=bool(disclosure))
        kind = EventKind.REQUESTED if self.asks_again else EventKind.OPTED_IN
        return f"{topic.id}\t{kind}\t{consent.source}\t{basis}\t{disclosure or NULL}"


def _safe(text: str) -> str:
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPED)
