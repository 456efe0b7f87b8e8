"""Say which column of a list holds what."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from consent.csv_safety import unarmed
from consent.importing.contact_list import ListFault, numbered
from consent.importing.header_names import LABELS, NAMES, RARE_NAMES, TEMPLATE
from consent.importing.program_exports import EXPORTS
from consent.vocabulary import ListKind

FIELDS = tuple(NAMES)
NEEDED = {
    ListKind.CONSENTS: ("phone", "topic", "consented_at", "source"),
    ListKind.OPT_OUTS: ("phone",),
    ListKind.SUPPRESSIONS: ("phone",),
}

_FIELDS = {name: field for field, names in NAMES.items() for name in names}
_RARE_FIELDS = {name: field for field, names in RARE_NAMES.items() for name in names}
_SAYS = {
    "phone": "holds the phone number",
    "topic": "names the topic",
    "consented_at": "says when they agreed",
    "source": "says how they agreed",
}
_LOCAL = 7  # digits of a number without its area code


@dataclass(frozen=True, slots=True)
class Columns:
    """Which header holds each field, and where; fields that the list does not have are left out.

    `program`: whose export it is, where that is known.
    """

    header_of: dict[str, str]
    places: tuple[int | None, ...]  # of each of FIELDS
    rare: dict[str, int] = field(default_factory=dict)  # places of the fields that few lists have
    program: str = ""

    def has(self, field: str) -> bool:
        """Say whether the list has a column for a field."""
        return field in self.header_of

    def cell(self, cells: Mapping[str, str], field: str) -> str:
        """Return a row's cell without blanks around it; "" where the list has no such column.

        A file that we handed out to be mended comes back with our apostrophes.
        """
        header = self.header_of.get(field)
        return "" if header is None else _bare(cells.get(header, ""))

    def number(self, cells: Mapping[str, str]) -> str:
        """Return what a row says of the number, joined with an area code of its own."""
        return joined(self.cell(cells, "area_code"), self.cell(cells, "phone"))

    def pick(self, values: Sequence[str]) -> list[str]:
        """Return the same of all FIELDS, given a row's cells in the order of the header."""
        picked = ["" if at is None else values[at].strip() for at in self.places]
        if "'" in "".join(picked):
            picked = [_bare(cell) for cell in picked]
        if "area_code" in self.rare:
            picked[0] = joined(self.rare_cell(values, "area_code"), picked[0])
        return picked

    def rare_cell(self, values: Sequence[str], field: str) -> str:
        """Return the cell of a field that few lists have; "" where this one does not."""
        at = self.rare.get(field)
        return "" if at is None else _bare(values[at])


def joined(area_code: str, number: str) -> str:
    """Return a number with its area code, where the number lacks one."""
    return area_code + number if sum(map(str.isdigit, number)) == _LOCAL else number


def columns(
    header: Sequence[str],
    *,
    topic_given: bool,
    holds: ListKind = ListKind.CONSENTS,
    chosen: Mapping[str, str] | None = None,
    attested: Collection[str] = (),
) -> Columns:
    """Recognise the columns of a header, whatever its case, accents, dashes and blanks.

    `topic_given`: rows that name no topic have one, so that the column may be missing. `chosen`:
    the header of each field as a person said, and nothing else is looked for. `attested`: fields
    that somebody vouched for, once for all rows. Raise `ListFault` where a needed column is missing
    or two claim to be the same one.
    """
    program = ""
    if chosen:
        found = {field: name for field, name in chosen.items() if name in header}
    else:
        program, found = _of_program(header)
        _by_names(header, found)
    missing = [
        field
        for field in NEEDED[holds]
        if field not in found
        and field not in attested
        and not (field == "topic" and topic_given)
        and not (field == "consented_at" and "implied_on" in found)
    ]
    if missing:
        raise ListFault(_why_missing(header, found, missing))
    places = {field: header.index(name) for field, name in found.items()}
    return Columns(
        found,
        tuple(places.get(field) for field in FIELDS),
        {field: at for field, at in places.items() if field in RARE_NAMES},
        program,
    )


def recognised(header: Sequence[str]) -> dict[str, str]:
    """Return the header of each field as far as that is sure; none where two claim to be one."""
    found = _of_program(header)[1]
    settled, taken = set(found), set(found.values())
    for name in header:
        field = _field_of(name)
        if field is None or name in taken or field in settled:
            continue
        if field in found:
            del found[field]
            settled.add(field)
        else:
            found[field] = name
    return found


def looks_like_a_row(cells: Sequence[str]) -> bool:
    """Say whether a first line names no column that we know and holds digits as rows do."""
    return not any(_field_of(cell) for cell in cells) and any(
        sum(map(str.isdigit, cell)) > 4 for cell in cells
    )


def _field_of(name: str) -> str | None:
    words = plain(name)
    return _FIELDS.get(words) or _RARE_FIELDS.get(words)


def _of_program(header: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return which program's export a header is, and the columns that are sure by that."""
    by_name = {plain(name): name for name in reversed(header)}
    for export in EXPORTS:
        if export.marks <= by_name.keys():
            found = {}
            for field, names in export.columns.items():
                held = next((by_name[name] for name in names if name in by_name), None)
                if held is not None:
                    found[field] = held
            return export.program, found
    return "", {}


def _by_names(header: Sequence[str], found: dict[str, str]) -> None:
    """Add the columns that go by their names; raise `ListFault` where two claim to be one."""
    sure, taken = set(found), set(found.values())
    for name in header:
        field = _field_of(name)
        if field is None or field in sure or name in taken:
            continue
        if field in found:
            raise ListFault(
                f'The columns "{found[field]}" and "{name}" could both be read as '
                f'"{LABELS[field]}": map the one that it is, so that nothing is guessed.'
            )
        found[field] = name


def _bare(cell: str) -> str:
    cell = cell.strip()
    if cell[:1] != "'":
        return cell
    bare = unarmed(cell).strip()
    # Programs write numbers so that spreadsheets take them for text: '2065550101
    return bare[1:] if bare[:1] == "'" and bare[1:2].isdigit() else bare


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
    *first, last = (_SAYS[field] for field in missing)
    unclear = " and which ".join([*filter(None, [", which ".join(first)]), last])
    remedies = [f"Map the column{' that does' if len(missing) == 1 else 's that do'}."]
    if {"consented_at", "source"} & set(missing):
        remedies.append(
            "If there is none, have the same consent stated for every row, or add it to the list."
        )
    if "topic" in missing:
        remedies.append("Choose a topic for the whole list, or add the column.")
    has = (
        "The list has no header: its first line is a row."
        if tuple(header) == numbered(header)
        else f"The list has: {', '.join(_shown(name) for name in header)[:200]}."
    )
    return f"It is unclear which column {unclear}. {has} {' '.join(remedies)}"


def _shown(name: str) -> str:
    # What is no header may be somebody's number
    return "(digits)" if sum(map(str.isdigit, name)) > 4 else name[:40]
