"""Keep a decision beside its message in a few hundred bytes, and read it again years later.

Packed are codes by outcome and the facts that sentences name; no rule is asked again to read it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from campaigns.clearance_rules import EXEMPT, HOURS
from campaigns.clearance_terms import Clearance, Facts, Outcome, Verdict, VerdictOutcome
from campaigns.clearance_words import CITATIONS, LETS_GO, named, sentence
from campaigns.rulebook.rows import Rulebook
from campaigns.vocabulary import Exemption

LONGEST_REASON = 80
HOLD = VerdictOutcome.HOLD
_NAMED = {
    "k": "kind",
    "s": "standing",
    "m": "message_class",
    "z": "zones",
    "x": "suppressions",
    "b": "basis",
    "p": "promise",
    "g": "amazon",
}
MARK = "~"
OUTCOMES = {
    VerdictOutcome.PASS: "",
    VerdictOutcome.HOLD: "!",
    VerdictOutcome.REFUSE: "#",
    VerdictOutcome.EXEMPT: "?",
}
_OUTCOMES = {mark: outcome for outcome, mark in OUTCOMES.items() if mark}
LETTERS = {
    "kind": "a",
    "number.live": "b",
    "topic.open": "c",
    "number.topic": "d",
    "number.brand": "e",
    "number.class": "f",
    "suppression": "g",
    "standing": "h",
    "confirmed": "i",
    "opt_out": "j",
    "reply": "k",
    "consent.expiry": "l",
    "disclosure": "m",
    "consent.soft": "n",
    "topic.class": "o",
    "basis": "p",
    "place": "q",
    "hours": "r",
    "caps": "s",
    "promise": "t",
    "overlap": "u",
    "approval": "v",
    "engagement": "w",
    "amazon": "x",
}
"""The fixed rules as single letters. Kept decisions are read by them: never give one again."""
_CODES = {letter: code for code, letter in LETTERS.items()}
_ORDER = {code: place for place, code in enumerate(EXEMPT)}


def pack(clearance: Clearance, facts: Facts) -> dict[str, Any]:
    """Return the decision as small JSON.

    o outcome, c code, r rulebook, n asked at, u until, a authorising event, e exemption;
    h rows by what they ask, each with the mark of its outcome, v all other codes by outcome;
    t rows by when they alone open if not at u; k s m z x b p g are what sentences name.
    """
    said = named(facts)
    found: dict[str, Any] = {
        "o": clearance.outcome.value,
        "c": clearance.code,
        "r": clearance.rulebook_version,
        "v": {
            outcome.value: _joined(
                each for each in clearance.verdicts if each.outcome is outcome and not each.hours
            )
            for outcome in VerdictOutcome
        },
        "h": _by(
            (each.hours, OUTCOMES[each.outcome] + _row(each))
            for each in clearance.verdicts
            if each.hours
        ),
        "t": _by(
            (_written(each.until) or "", each.code)
            for each in clearance.verdicts
            if each.until != clearance.until
        ),
        "n": _written(clearance.asked_at),
        "u": _written(clearance.until),
        "a": clearance.authorised_by,
        "e": clearance.exemption.value,
    }
    said["suppressions"] = said["suppressions"][:LONGEST_REASON]
    found |= {key: said[name] for key, name in _NAMED.items()}
    found["v"] = {outcome: codes for outcome, codes in found["v"].items() if codes}
    return {key: value for key, value in found.items() if value not in (None, "", {})}


def unpack(packed: Mapping[str, Any], rulebook: Rulebook) -> Clearance:
    """Read a packed decision; the rulebook of today only adds the citations of its rows."""
    said = {name: str(packed.get(key, "")) for key, name in _NAMED.items()}
    opens, held = _of_each(packed.get("t", {})), packed.get("u")
    found = [
        (code, group, VerdictOutcome(outcome))
        for outcome, codes in packed["v"].items()
        for code, group in _split(codes)
    ]
    asks = {}
    for marked, asked in _of_each(packed.get("h", {})).items():
        outcome = _OUTCOMES.get(marked[0], VerdictOutcome.PASS)
        ((code, group),) = _split(marked.removeprefix(OUTCOMES[outcome]))
        asks[code] = asked
        found.append((code, group, outcome))
    found.sort(key=lambda each: (_ORDER[each[1] or each[0]], each[0]))
    verdicts = tuple(
        Verdict(
            code,
            outcome,
            sentence(code, outcome, {**said, "hours": asks.get(code, "")}, group),
            _citation(code, rulebook),
            _read(opens.get(code, held if outcome is HOLD else None)),
            asks.get(code, ""),
            group,
        )
        for code, group, outcome in found
    )
    code = str(packed.get("c", ""))
    return Clearance(
        Outcome(packed["o"]),
        code,
        next((each.sentence for each in verdicts if code and each.code == code), LETS_GO),
        _read(packed.get("u")),
        verdicts,
        str(packed["r"]),
        datetime.fromisoformat(packed["n"]),
        packed.get("a"),
        Exemption(packed.get("e", "")),
    )


def sentences(packed: Mapping[str, Any], rulebook: Rulebook) -> tuple[str, ...]:
    """Return a packed decision as lines to read: each verdict, its sentence and its citation."""
    return tuple(
        f"{each.outcome.value.capitalize()}: {each.sentence}"
        + (f" [{each.citation}]" if each.citation else "")
        for each in unpack(packed, rulebook).verdicts
    )


def _citation(code: str, rulebook: Rulebook) -> str:
    row = rulebook.rule(code)
    return row.citation if row else CITATIONS.get(code, "")


def _joined(verdicts: Iterable[Verdict]) -> str:
    """Join codes by blanks: the fixed rules as letters after a mark, rows after their group's."""
    letters, rows = "", []
    for each in verdicts:
        if not each.group:
            letters += LETTERS[each.code]
        else:
            rows.append(_row(each))
    return " ".join([MARK + letters, *rows] if letters else rows)


def _row(verdict: Verdict) -> str:
    """Name a row with the letter of its group; those about hours have none, being most."""
    return verdict.code if verdict.group == HOURS else f"{LETTERS[verdict.group]}:{verdict.code}"


def _split(codes: str) -> list[tuple[str, str]]:
    """Return each code with its group, which the fixed rules have not."""
    found = []
    for part in codes.split():
        if part.startswith(MARK):
            found += [(_CODES[letter], "") for letter in part.removeprefix(MARK)]
        else:
            letter, mark, code = part.rpartition(":")
            found.append((code, _CODES[letter] if mark else HOURS))
    return found


def _by(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return codes, joined, by what they share; pairs that share nothing are left out."""
    found: dict[str, str] = {}
    for shared, code in pairs:
        if shared:
            found[shared] = f"{found[shared]} {code}" if shared in found else code
    return found


def _of_each(joined: Mapping[str, str]) -> dict[str, str]:
    return {code: shared for shared, codes in joined.items() for code in codes.split()}


def _written(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    whole = moment.second == moment.microsecond == 0
    return moment.isoformat(timespec="minutes" if whole else "auto").replace("+00:00", "Z")


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
