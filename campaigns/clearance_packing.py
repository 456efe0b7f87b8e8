"""Keep a decision beside its message in a few hundred bytes, and read it again years later.

Packed are codes by outcome and the facts that sentences name; no rule is asked again to read it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from campaigns.clearance_rules import EXEMPT, HOURS
from campaigns.clearance_terms import Clearance, Facts, Outcome, Verdict, VerdictOutcome
from campaigns.clearance_words import CITATIONS, LETS_GO, named, sentence
from campaigns.rulebook.loader import Rulebook
from campaigns.vocabulary import Exemption

LONGEST_REASON = 80
HOLD = VerdictOutcome.HOLD
_NAMED = {"k": "kind", "s": "standing", "m": "message_class", "z": "zones", "x": "suppressions"}
_ORDER = {code: place for place, code in enumerate(EXEMPT)}


def pack(clearance: Clearance, facts: Facts) -> dict[str, Any]:
    """Return the decision as small JSON.

    o outcome, c code, r rulebook, n asked at, u until, a authorising event, e exemption;
    v codes by outcome, h hours asked by row, t when a row alone
    opens if not at u; k s m z x are what
    sentences name.
    """
    said = named(facts)
    found: dict[str, Any] = {
        "o": clearance.outcome.value,
        "c": clearance.code,
        "r": clearance.rulebook_version,
        "v": {
            outcome.value: " ".join(
                each.code for each in clearance.verdicts if each.outcome is outcome
            )
            for outcome in VerdictOutcome
        },
        "h": {each.code: each.hours for each in clearance.verdicts if each.hours},
        "t": {
            each.code: _written(each.until)
            for each in clearance.verdicts
            if each.until and each.until != clearance.until
        },
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
    pairs = [
        (code, VerdictOutcome(outcome))
        for outcome, codes in packed["v"].items()
        for code in codes.split()
    ]
    pairs.sort(key=lambda pair: (_ORDER.get(pair[0], _ORDER[HOURS]), pair[0]))
    verdicts = tuple(_verdict(packed, rulebook, said, *pair) for pair in pairs)
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


def _verdict(
    packed: Mapping[str, Any],
    rulebook: Rulebook,
    said: Mapping[str, str],
    code: str,
    outcome: VerdictOutcome,
) -> Verdict:
    hours = str(packed.get("h", {}).get(code, ""))
    row = rulebook.rule(code)
    return Verdict(
        code,
        outcome,
        sentence(code, outcome, {**said, "hours": hours}),
        row.citation if row else CITATIONS.get(code, ""),
        _read(packed.get("t", {}).get(code, packed.get("u") if outcome is HOLD else None)),
        hours,
    )


def _written(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    whole = moment.second == moment.microsecond == 0
    return moment.isoformat(timespec="minutes" if whole else "auto").replace("+00:00", "Z")


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
