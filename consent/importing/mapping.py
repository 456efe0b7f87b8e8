"""Say which column of a list holds what."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consent.csv_safety import unarmed
from consent.importing.contact_list import ListFault
from consent.vocabulary import ListKind

TEMPLATE = "phone,topic,consented_at,source,disclosure_version,language,postal_code,external_id"

NAMES: dict[str, tuple[str, ...]] = {
    "phone": (
        "phone",
        "phone number",
        "mobile",
        "mobile number",
        "mobile phone",
        "cell",
        "cell phone",
        "telephone",
        "telephone number",
        "number",
        "msisdn",
        "opted out number",
        "optedoutnumber",
        "phonenumber",
        "phone numbers",
        "destination phone number",
        "recipient",
        "telefono",
    ),
    "topic": ("topic", "topic slug", "program", "programme", "sujet", "tema"),
    "consented_at": (
        "consented at",
        "consented on",
        "consent at",
        "consent date",
        "consent time",
        "consent timestamp",
        "sms consent timestamp",
        "date of consent",
        "opted in at",
        "opt in at",
        "opt in date",
        "opt in time",
        "opt in timestamp",
        "consenti le",
    ),
    "source": (
        "source",
        "consent source",
        "consent method",
        "sms consent method",
        "opt in source",
        "opt in method",
        "fuente",
    ),
    "disclosure_version": ("disclosure version", "disclosure", "wording version"),
    "language": ("language", "lang", "locale", "langue", "idioma"),
    "postal_code": ("postal code", "postcode", "post code", "zip", "zip code", "code postal"),
    # Three fields, since one list may well have all three columns
    "state": ("state",),
    "region": ("region", "province"),
    "country": ("country", "pays", "pais"),
    "external_id": ("external id", "customer id", "customer number", "crm id", "contact id"),
    # Not ours, yet never overlooked: a list may itself say that somebody did not agree, or left
    "agreed": (
        "sms marketing consent",
        "sms consent",
        "consent",
        "consent status",
        "sms consent status",
        "opt in status",
        "opted in",
        "opt in",
        "subscribed",
        "subscription status",
        "sms status",
        "status",
    ),
    "left_at": (
        "date opted out",
        "opted out",
        "opted out at",
        "opt out date",
        "opt out",
        "unsubscribed",
        "unsubscribed at",
        "unsubscribe date",
        "revoked at",
        "opted out timestamp",
        "optedouttimestamp",
        "opt out time",
        "opt out timestamp",
        "stopped at",
        "unsubscribe time",
        "date unsubscribed",
    ),
}
FIELDS = tuple(NAMES)
NEEDED = {
    ListKind.CONSENTS: ("phone", "topic", "consented_at", "source"),
    ListKind.OPT_OUTS: ("phone",),
    ListKind.SUPPRESSIONS: ("phone",),
}

_FIELDS = {name: field for field, names in NAMES.items() for name in names}


@dataclass(frozen=True, slots=True)
class Columns:
    """Which header holds each field, and where; fields that the list does not have are left out."""

    header_of: dict[str, str]
    places: tuple[int | None, ...]  # of each of FIELDS

    def has(self, field: str) -> bool:
        """Say whether the list has a column for a field."""
        return field in self.header_of

    def cell(self, cells: Mapping[str, str], field: str) -> str:
        """Return a row's cell without blanks around it; "" where the list has no such column.

        A file that we handed out to be mended comes back with our apostrophes.
        """
        header = self.header_of.get(field)
        return "" if header is None else _bare(cells[header])

    def pick(self, values: Sequence[str]) -> list[str]:
        """Return the same of all FIELDS, given a row's cells in the order of the header."""
        picked = ["" if at is None else values[at].strip() for at in self.places]
        return [_bare(cell) for cell in picked] if "'" in "".join(picked) else picked


def columns(
    header: Sequence[str], *, topic_given: bool, holds: ListKind = ListKind.CONSENTS
) -> Columns:
    """Recognise the columns of a header, whatever its case, accents, dashes and blanks.

    `topic_given`: rows that name no topic have one, so that the column may be missing. Raise
    `ListFault` where a needed column is missing or two claim to be the same one.
    """
    found: dict[str, str] = {}
    for name in header:
        field = _FIELDS.get(plain(name))
        if field is None:
            continue
        if field in found:
            raise ListFault(
                f'The columns "{found[field]}" and "{name}" could both be {field}: rename the one '
                "that is not, so that nothing is guessed."
            )
        found[field] = name
    missing = [
        field
        for field in NEEDED[holds]
        if field not in found and not (field == "topic" and topic_given)
    ]
    if missing:
        raise ListFault(_why_missing(header, found, missing))
    places = {field: header.index(name) for field, name in found.items()}
    return Columns(found, tuple(places.get(field) for field in FIELDS))


def _bare(cell: str) -> str:
    cell = cell.strip()
    return unarmed(cell).strip() if cell[:1] == "'" else cell


def plain(words: str) -> str:
    """Return words in small letters without accents, with one space for whatever divides them."""
    bare = "".join(
        mark
        for mark in unicodedata.normalize("NFKD", words.casefold())
        if not unicodedata.combining(mark)
    )
    return re.sub(r"[\W_]+", " ", bare).strip()


def _why_missing(header: Sequence[str], found: Mapping[str, str], missing: Sequence[str]) -> str:
    if not found and any(sum(map(str.isdigit, name)) > 4 for name in header):
        return (
            "There is no header: line 1 looks like a row. Put a first line above it that names "
            f"the columns, e.g. {TEMPLATE}"
        )
    if "left_at" in found and "consented_at" in missing:
        return (
            "This looks like a list of people who left: it says when they opted out and not when "
            "they agreed. Upload it again as a list of people who left, so that each of them is "
            "opted out."
        )
    one = len(missing) == 1
    return (
        f"The column{'' if one else 's'} {', '.join(missing)} {'is' if one else 'are'} missing. "
        f"The list has: {', '.join(_shown(name) for name in header)[:200]}."
        + (" Choose a topic for the whole list, or add the column." if missing == ["topic"] else "")
    )


def _shown(name: str) -> str:
    # What is no header may be somebody's number
    return "(digits)" if sum(map(str.isdigit, name)) > 4 else name[:40]
