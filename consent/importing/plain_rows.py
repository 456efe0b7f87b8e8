"""Write the plain rows of a list as COPY reads them, without checking each cell of each row anew.

Nearly all rows of a large list differ from an earlier one in number, moment, postal code and own
id alone. Where these are written as usual, what became of the earlier row becomes of this one;
every other row goes the whole way. A test brings rows of all sorts in both ways.
"""

from collections.abc import Callable, Sequence
from json.encoder import encode_basestring
from operator import itemgetter
from typing import NamedTuple

from consent.importing.checking import EARLIEST, LONGEST_CODE, LONGEST_ID, Checks
from consent.importing.mapping import FIELDS
from consent.importing.proof import usual_moment
from consent.importing.rare_grounds import named_by
from consent.phone_numbers import PhoneNumber, parse, plain_number
from consent.vocabulary import ListKind

OWN = ("phone", "consented_at", "postal_code", "external_id")  # what each row has for itself
MOST_SORTS = 10_000  # of rows that are remembered
_ODD = bytes(range(32)) + b'"\\'  # what JSON or COPY escapes

Row = Sequence[str]


class Shared(NamedTuple):
    """What good rows of one sort have in common, as COPY reads it."""

    outcome: str
    ground: str
    language: str
    home: str


class PlainRows(NamedTuple):
    """Write a clean row from its cells on, or return None; remember what became of a good one."""

    text: Callable[[Row], str | None]
    learn: Callable[[Row, Shared], None]


def are_clean(rows: Sequence[Row]) -> bool:
    """Say whether no cell of some rows holds anything that has to be escaped."""
    cells = "".join(["".join(values) for values in rows]).encode()
    return len(cells.translate(None, _ODD)) == len(cells)


def plain_rows(
    header: Row, checks: Checks, place: Callable[[PhoneNumber], str]
) -> PlainRows | None:
    """Return how to write the plain rows of a list; None where it has none.

    `place` writes where a number is. Rows are of one sort where all cells agree that decide what
    becomes of them, but for their own.
    """
    if named_by(checks.columns):  # what each row rests on is its own
        return None
    places = dict(zip(FIELDS, checks.columns.places, strict=True))
    number_at, moment_at = places["phone"], places["consented_at"]
    if checks.holds is not ListKind.CONSENTS or number_at is None or moment_at is None:
        return None
    code_at, id_at, now = places["postal_code"], places["external_id"], checks.now
    deciding = [at for name, at in places.items() if at is not None and name not in OWN]
    order = sorted(range(len(header)), key=header.__getitem__)
    names = (encode_basestring(header[at]).replace("%", "%%") for at in order)
    told = "{" + ",".join(f'{name}:"%s"' for name in names).replace("\\", "\\\\") + "}"
    in_order = itemgetter(*order)
    sort_of: Callable[[Row], object] = itemgetter(*deciding) if deciding else lambda values: None
    sorts: dict[object, Shared] = {}
    place_of: dict[str, str] = {}

    def text(values: Row) -> str | None:
        shared = sorts.get(sort_of(values))
        if shared is None:
            return None
        plain, said = plain_number(values[number_at]), values[moment_at]
        at = usual_moment(said)
        if plain is None or at is None or not EARLIEST <= at <= now:
            return None
        code = "" if code_at is None else values[code_at].strip()
        own_id = "" if id_at is None else values[id_at].strip()
        if len(code) > LONGEST_CODE or len(own_id) > LONGEST_ID or "'" in code or "'" in own_id:
            return None
        number, area = plain
        where = place_of.get(area)
        if where is None:
            where = place_of[area] = place(parse(number))
        outcome, ground, language, home = shared
        return (
            f"{told % in_order(values)}\t{outcome}\t\t{number}\t{where}"
            f"\t{said if said[-1] == 'Z' else at.isoformat()}\t{ground}"
            f"\t{code}\t{language}\t{own_id}\t{home}"
        )

    def learn(values: Row, shared: Shared) -> None:
        if len(sorts) < MOST_SORTS:
            sorts[sort_of(values)] = shared

    return PlainRows(text, learn)
