"""The rows of a list as staff read them: masked where they must be."""

from dataclasses import dataclass

from consent.importing.mapping import Columns
from consent.models import ContactImport, ContactImportRow
from consent.phone_numbers import display, mask
from consent.vocabulary import ImportState, ListKind, RowOutcome

MEANINGS = {
    RowOutcome.NEW: "Opted in, with the row as proof.",
    RowOutcome.PENDING: "Asked by a text to confirm; opted in only by the answer YES.",
    RowOutcome.UPDATED: "On record already; blanks of the contact are filled in.",
    RowOutcome.KNOWN: "On record already: nothing changes.",
    RowOutcome.DUPLICATE_IN_FILE: "An earlier line says the same: nothing more happens.",
    RowOutcome.INVALID_NUMBER: "No telephone can have this number.",
    RowOutcome.UNKNOWN_TOPIC: "The topic does not exist, or is closed.",
    RowOutcome.NO_PROOF: "When or how they agreed is not told, or the list says that they did "
    "not: never opted in.",
    RowOutcome.FUTURE_CONSENT: "The consent is dated in the future.",
    RowOutcome.OPTED_OUT: "The person left: an import never overturns that.",
    RowOutcome.SUPPRESSED: "The number is suppressed: no consent overcomes that.",
    RowOutcome.NOT_A_MOBILE: "A landline or a service: no text can reach it.",
}
SUPPRESSING = {
    RowOutcome.NEW: "Suppressed, whoever agreed.",
    RowOutcome.KNOWN: "Suppressed already, for as long or longer: nothing changes.",
}
WITHDRAWN = {
    RowOutcome.NEW: "Recorded with the row as proof, and withdrawn since.",
    RowOutcome.PENDING: "Asked by a text to confirm; withdrawn since, but for those who said YES.",
}
# Which look a pill has: the name of another status that looks so
TONES = {
    RowOutcome.NEW: "accepted",
    RowOutcome.PENDING: "pending",
    RowOutcome.UPDATED: "accepted",
    RowOutcome.KNOWN: "skipped",
    RowOutcome.DUPLICATE_IN_FILE: "skipped",
    RowOutcome.INVALID_NUMBER: "needs_person",
    RowOutcome.UNKNOWN_TOPIC: "needs_person",
    RowOutcome.NO_PROOF: "needs_person",
    RowOutcome.FUTURE_CONSENT: "needs_person",
    RowOutcome.OPTED_OUT: "opted_out",
    RowOutcome.SUPPRESSED: "suppressed",
    RowOutcome.NOT_A_MOBILE: "skipped",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One row as it is shown."""

    line: int
    number: str
    topic: str
    agreed_at: str
    source: str
    outcome: RowOutcome
    reason: str

    @property
    def tone(self) -> str:
        """Return the look of its pill."""
        return TONES[self.outcome]

    @property
    def outcome_words(self) -> str:
        """Return its outcome in words."""
        return in_words(self.outcome)


def in_words(outcome: str) -> str:
    """Return an outcome as people read it."""
    return outcome.replace("_", " ").capitalize()


def as_told(row: ContactImportRow, holds: str, mapped: Columns, *, whole: bool) -> Told:
    """Return a row to show; without the right to whole numbers they are masked."""
    cells, cell = row.cells, mapped.cell
    when = "left_at" if holds == ListKind.OPT_OUTS else "consented_at"
    typed = mapped.number(cells)
    if row.number:
        number = display(row.number) if whole else mask(row.number)
    else:
        number = typed if whole else blurred(typed)
    return Told(
        row.line,
        number,
        str(row.topic) if row.topic else blurred(cell(cells, "topic")),
        cell(cells, when),
        cell(cells, "source"),
        RowOutcome(row.outcome),
        row.reason,
    )


def meaning(taken: ContactImport, outcome: RowOutcome) -> str:
    """Say what an outcome means on this list."""
    if taken.state == ImportState.RECALLED and outcome in WITHDRAWN:
        return WITHDRAWN[outcome]
    if taken.holds == ListKind.OPT_OUTS and outcome is RowOutcome.NEW:
        return "Opted out, with the row as proof."
    if taken.holds == ListKind.SUPPRESSIONS and outcome in SUPPRESSING:
        return SUPPRESSING[outcome]
    if taken.attestation_id and outcome is RowOutcome.NEW:
        return "Opted in, with the row and what was attested of the list as proof."
    return MEANINGS[outcome]


def blurred(text: str) -> str:
    """Hide all but the last four digits of what may be a number with a slip in it."""
    digits = sum(map(str.isdigit, text))
    if digits <= 4:
        return text
    hidden = digits - 4
    shown = []
    for mark in text:
        if mark.isdigit() and hidden:
            hidden -= 1
            shown.append("•")
        else:
            shown.append(mark)
    return "".join(shown)
