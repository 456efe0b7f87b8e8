"""Write the plain rows of a list as COPY reads them: many at once, a column after the other.

Nearly all rows of a large list differ from others in number, moment, postal code and own id alone.
Where these are written as usual, what becomes of one row becomes of all that share its other cells;
every other row goes the whole way. A test brings rows of all sorts in both ways.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import chain, compress, repeat
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from consent.importing.checking import EARLIEST, LONGEST_CODE, LONGEST_ID, Checks
from consent.importing.contact_list import Row
from consent.importing.mapping import FIELDS
from consent.importing.proof import usual_moments
from consent.importing.rare_grounds import named_by
from consent.importing.row_facts import Consent
from consent.importing.unsettled import Unsettled
from consent.phone_numbers import PhoneNumber, parse, plain_numbers
from consent.vocabulary import ListKind

OWN = ("phone", "consented_at", "postal_code", "external_id")  # what each row has for itself
ANY = {"phone": "+12125550100", "consented_at": EARLIEST.isoformat()}  # written as usual
MOST_SORTS = 10_000  # of rows that are remembered
_ODD = bytes(range(32)) + b'"\\'  # what JSON or COPY escapes
# What stands before, between and behind the own cells of a good row
Around = tuple[str, str, str, str]


class Shared(NamedTuple):
    """What good rows of one sort have in common, as COPY reads it."""

    outcome: str
    ground: str
    language: str
    home: str


class _Sorts(dict[tuple[str, ...], Around | None]):
    """What good rows of each sort have in common; None where no row of it is good.

    Rows are of one sort where all cells agree that decide what becomes of them, but for their own.
    """

    def __init__(self, width: int, checks: Checks, shared: Callable[[Consent], Shared]) -> None:
        super().__init__()
        # Whatever a person must settle is noted where the rows themselves are checked
        self._checks, self._shared = replace(checks, unsettled=Unsettled()), shared
        places = _placed(checks)
        self.deciding = [at for name, at in places.items() if name not in OWN]
        self._usual = [""] * width  # a row but for what decides
        for name, cell in ANY.items():
            self._usual[places[name]] = cell

    def __missing__(self, sort: tuple[str, ...]) -> Around | None:
        """Find out by a row of that sort, when the first one comes."""
        if len(self) >= MOST_SORTS:
            return None
        cells = self._usual.copy()
        for at, cell in zip(self.deciding, sort, strict=False):
            cells[at] = cell
        consent = self._checks.check(cells).consent
        self[sort] = around = self._around(consent) if consent else None
        return around

    def _around(self, consent: Consent) -> Around:
        outcome, ground, language, home = self._shared(consent)
        return f'"}}\t{outcome}\t\t', f"\t{ground}\t", f"\t{language}\t", f"\t{home}\n"


class PlainRows:
    """Write the plain rows of a list whose rows have a number and a moment each.

    `begins` stands before the number of each line, `place` writes where a number is and `shared`
    what a consent has in common with others.
    """

    def __init__(
        self,
        header: Sequence[str],
        checks: Checks,
        begins: str,
        place: Callable[[PhoneNumber], str],
        shared: Callable[[Consent], Shared],
    ) -> None:
        """Settle once what is the same for all rows."""
        places = _placed(checks)
        self._own = [places.get(name) for name in OWN]
        self._now = checks.now
        self._sorts = _Sorts(len(header), checks, shared)
        self._place_of = cache(lambda area: f"\t{place(parse(f'+1{area}5550100'))}\t")
        self._begins = begins
        self._order = sorted(range(len(header)), key=header.__getitem__)
        names = [encode_basestring(header[at]).replace("\\", "\\\\") for at in self._order]
        self._names = [f'\t{{{names[0]}:"', *(f'",{name}:"' for name in names[1:])]

    def written(self, rows: Sequence[Row]) -> tuple[str, Sequence[Row]]:
        """Return the text of those rows that are plain, and the others."""
        lines, cells = zip(*rows, strict=True)
        columns = list(zip(*cells, strict=True))
        blank = [""] * len(rows)
        own = [blank if at is None else columns[at] for at in self._own]
        numbers, moments = plain_numbers(own[0]), usual_moments(own[1])
        codes, ids = list(map(str.strip, own[2])), list(map(str.strip, own[3]))
        sorts = zip(*(columns[at] for at in self._sorts.deciding), blank, strict=True)
        around = list(map(self._sorts.__getitem__, sorts))
        proofs = (
            [True] * len(rows) if are_clean(cells) else [are_clean([each]) for each in cells],
            numbers,
            [at is not None and EARLIEST <= at <= self._now for at in moments],
            [len(code) <= LONGEST_CODE and "'" not in code for code in codes],
            [len(own_id) <= LONGEST_ID and "'" not in own_id for own_id in ids],
            around,
        )
        found: list[Sequence[Any]] = [lines, numbers, moments, own[1], codes, ids, around, *columns]
        if all(map(all, proofs)):
            return self._woven(*found), ()
        plain = list(map(all, zip(*proofs, strict=True)))
        odd = [row for row, is_plain in zip(rows, plain, strict=True) if not is_plain]
        if len(odd) == len(rows):
            return "", odd
        return self._woven(*(list(compress(column, plain)) for column in found)), odd

    def _woven(
        self,
        lines: Sequence[int],
        numbers: Sequence[str],
        moments: Sequence[datetime],
        said: Sequence[str],
        codes: Sequence[str],
        ids: Sequence[str],
        around: Sequence[Around],
        *columns: Sequence[str],
    ) -> str:
        before, between, behind, last = zip(*around, strict=True)
        moment = [
            text if text[-1] == "Z" else at.isoformat()
            for text, at in zip(said, moments, strict=True)
        ]
        place = [self._place_of(number[2:5]) for number in numbers]
        own = (before, numbers, place, moment, between, codes, behind, ids, last)
        told = zip(map(repeat, self._names), (columns[at] for at in self._order), strict=True)
        cells = chain.from_iterable(told)
        pieces = zip(repeat(self._begins), map(str, lines), *cells, *own, strict=False)
        return "".join(map("".join, pieces))


def plain_rows(
    header: Sequence[str],
    checks: Checks,
    begins: str,
    place: Callable[[PhoneNumber], str],
    shared: Callable[[Consent], Shared],
) -> PlainRows | None:
    """Return what writes the plain rows of a list; None where it has none."""
    if checks.holds is not ListKind.CONSENTS or not ANY.keys() <= _placed(checks).keys():
        return None
    if named_by(checks.columns):  # what each row rests on is its own
        return None
    return PlainRows(header, checks, begins, place, shared)


def are_clean(rows: Iterable[Sequence[str]]) -> bool:
    """Say whether no cell of some rows holds anything that has to be escaped."""
    cells = "".join(map("".join, rows)).encode()
    return len(cells.translate(None, _ODD)) == len(cells)


def _placed(checks: Checks) -> dict[str, int]:
    at_of = zip(FIELDS, checks.columns.places, strict=True)
    return {name: at for name, at in at_of if at is not None}
