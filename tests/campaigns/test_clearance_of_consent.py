"""Tables of cases: grounds, their age, disclosures, caps and promises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns.clearance import Clearance, Facts, Outcome, Promise, SoftOptIn, decide
from campaigns.rulebook.loader import load
from consent.vocabulary import FrequencyUnit, ImpliedBy, LegalBasis, MessageClass
from tests.campaigns.facts import CLEAR_CAMPAIGN, MONDAY_NIGHT, MONDAY_NOON

B = LegalBasis
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ZONES = {"US": "America/New_York", "CA": "America/Toronto", "JP": "Asia/Tokyo"}
EUROPE = "Europe/Paris"
IN_OFFICE = {"JP": datetime(2026, 3, 2, 2, tzinfo=UTC)}


def of(country: str, **changed: Any) -> Facts:
    facts = replace(
        CLEAR_CAMPAIGN,
        country=country,
        state="NY" if country == "US" else "",
        time_zones=(ZONES.get(country, EUROPE),),
    )
    return replace(facts, **changed)


def answer(clearance: Clearance) -> tuple[Outcome, str]:
    return clearance.outcome, clearance.code


WRITTEN, TOLD = B.EXPRESS_WRITTEN, MessageClass.TRANSACTIONAL
ALL_FOUR = SoftOptIn(True, True, True, True)


@pytest.mark.parametrize(
    ("country", "message_class", "basis", "code"),
    [
        ("US", MessageClass.PROMOTIONAL, B.EXPRESS_WRITTEN, ""),
        ("US", MessageClass.PROMOTIONAL, B.EXPRESS, "ctia.promotional"),
        ("US", MessageClass.PROMOTIONAL, B.IMPLIED, "ctia.promotional"),
        ("US", TOLD, B.EXPRESS, ""),
        ("US", TOLD, B.IMPLIED, "ctia.informational"),
        ("US", TOLD, B.NONE, "ctia.informational"),
        ("CA", MessageClass.PROMOTIONAL, B.EXPRESS, ""),
        ("CA", MessageClass.PROMOTIONAL, B.SOFT_OPT_IN, "ca.consent"),
        ("FR", MessageClass.PROMOTIONAL, B.SOFT_OPT_IN, "fr.consent"),
        ("DE", MessageClass.PROMOTIONAL, B.SOFT_OPT_IN, "de.consent"),
        ("IT", MessageClass.PROMOTIONAL, B.SOFT_OPT_IN, ""),
        ("GB", MessageClass.PROMOTIONAL, B.IMPLIED, "gb.consent"),
        ("BR", MessageClass.PROMOTIONAL, B.IMPLIED, "elsewhere.consent"),
        ("JP", MessageClass.PROMOTIONAL, B.EXPRESS, ""),
    ],
)
def test_each_place_accepts_its_grounds(
    country: str, message_class: MessageClass, basis: LegalBasis, code: str
) -> None:
    facts = of(country, message_class=message_class, basis=basis, soft_opt_in=ALL_FOUR)
    facts = replace(facts, consented_at=MONDAY_NOON - DAY)
    now = IN_OFFICE.get(country, MONDAY_NOON if country in ZONES else MONDAY_NOON - 6 * HOUR)
    assert decide(facts, load(), now).code == code


@pytest.mark.parametrize(
    ("implied_by", "since", "ends"),
    [
        (ImpliedBy.PURCHASE, "2024-06-15T15:00", "2026-06-15T15:00"),
        (ImpliedBy.NON_BUSINESS, "2024-06-15T15:00", "2026-06-15T15:00"),
        (ImpliedBy.INQUIRY, "2025-12-15T15:00", "2026-06-15T15:00"),
        (None, "2025-12-15T15:00", "2026-06-15T15:00"),  # unknown road: the shortest term
        (ImpliedBy.PURCHASE, "2024-02-29T15:00", "2026-02-28T15:00"),  # no 29 February in 2026
        (ImpliedBy.INQUIRY, "2025-08-31T15:00", "2026-02-28T15:00"),
        (ImpliedBy.PURCHASE, "2026-02-28T15:00", "2028-02-28T15:00"),
    ],
)
def test_implied_consent_in_canada_ends_to_the_minute(
    implied_by: ImpliedBy | None, since: str, ends: str
) -> None:
    end = datetime.fromisoformat(ends).replace(tzinfo=UTC)
    facts = of(
        "CA",
        message_class=TOLD,
        basis=B.IMPLIED,
        implied_by=implied_by,
        consented_at=datetime.fromisoformat(since).replace(tzinfo=UTC),
    )
    assert decide(facts, load(), end - MINUTE).outcome is Outcome.CLEAR
    assert answer(decide(facts, load(), end)) == (Outcome.REFUSE, "consent.expiry")


def test_implied_consent_of_unknown_age_is_refused() -> None:
    facts = of("CA", basis=B.IMPLIED, implied_by=ImpliedBy.PURCHASE)
    assert answer(decide(facts, load(), MONDAY_NOON)) == (Outcome.REFUSE, "consent.expiry")


def test_a_consent_that_names_its_end_has_one() -> None:
    facts = of("US", consent_ends_at=MONDAY_NOON)
    assert decide(facts, load(), MONDAY_NOON - MINUTE).outcome is Outcome.CLEAR
    assert decide(facts, load(), MONDAY_NOON).code == "consent.expiry"


def test_a_hold_never_outlasts_the_consent() -> None:
    facts = of("US", consent_ends_at=MONDAY_NIGHT + 9 * HOUR)  # hours open ten hours from then
    assert answer(decide(facts, load(), MONDAY_NIGHT)) == (Outcome.REFUSE, "overlap")


@pytest.mark.parametrize(
    "lacks",
    ["details_from_sale", "own_similar_products", "refusal_offered_then", "refusal_in_each_text"],
)
def test_a_soft_opt_in_needs_all_four_facts(lacks: str) -> None:
    facts = of("GB", basis=B.SOFT_OPT_IN, soft_opt_in=ALL_FOUR, time_zones=("Europe/London",))
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert decide(facts, load(), now).outcome is Outcome.CLEAR
    for nothing in (False, None):
        short = replace(facts, soft_opt_in=replace(ALL_FOUR, **{lacks: nothing}))
        assert answer(decide(short, load(), now)) == (Outcome.REFUSE, "consent.soft")
    assert decide(replace(facts, soft_opt_in=None), load(), now).code == "consent.soft"


@pytest.mark.parametrize(
    ("lacks", "code"),
    [
        ((), ""),
        (("terms",), ""),  # the lint warns of it; written consent does not rest on it
        (("no_condition",), "us.pewc.elements"),
        (("automated",), "us.pewc.elements"),
        (("brand", "terms"), "us.pewc.elements"),
        (None, "us.pewc.elements"),
    ],
)
def test_written_consent_rests_on_a_complete_disclosure(
    lacks: tuple[str, ...] | None, code: str
) -> None:
    assert decide(of("US", disclosure_lacks=lacks), load(), MONDAY_NOON).code == code


def test_consent_to_be_informed_needs_no_written_disclosure() -> None:
    facts = of("US", message_class=TOLD, basis=B.EXPRESS, disclosure_lacks=None)
    assert decide(facts, load(), MONDAY_NOON).outcome is Outcome.CLEAR


def sent(*days_ago: float) -> tuple[datetime, ...]:
    return tuple(MONDAY_NOON - timedelta(days=n) for n in days_ago)


@pytest.mark.parametrize(
    ("state", "on_topic", "at_all", "code"),
    [
        ("NY", (0.1, 0.2, 0.3), (0.1, 0.2, 0.3), ""),
        ("FL", (0.1, 0.2), (0.1, 0.2), ""),
        ("FL", (0.1, 0.2, 0.3), (0.1, 0.2, 0.3), "us.fl.cap"),
        ("FL", (), (0.1, 0.2, 0.3), ""),  # on other subjects
        ("FL", (0.1, 0.2, 1), (0.1, 0.2, 1), ""),  # the first was a whole day ago
        ("MD", (0.1, 0.2, 0.3), (0.1, 0.2, 0.3), "us.md.cap"),
        ("OK", (0.1, 0.2, 0.3), (0.1, 0.2, 0.3), "us.ok.cap"),
        ("OR", (), (0.1, 0.2, 0.3), "us.or.cap"),
        ("FL", (0.1, -0.2, -0.3), (0.1, -0.2, -0.3), "us.fl.cap"),  # two are scheduled
    ],
)
def test_states_cap_texts_in_any_24_hours(
    state: str, on_topic: tuple[float, ...], at_all: tuple[float, ...], code: str
) -> None:
    facts = of(
        "US", state=state, promise=Promise(),
        sent_on_topic=sent(*on_topic), sent_at_all=sent(*at_all),
    )  # fmt: skip
    assert decide(facts, load(), MONDAY_NOON).code == code


def test_a_cap_where_nobody_counted_is_refused() -> None:
    facts = of("US", state="FL", promise=Promise(), sent_on_topic=None)
    assert answer(decide(facts, load(), MONDAY_NOON)) == (Outcome.REFUSE, "us.fl.cap")


@pytest.mark.parametrize(
    ("promise", "days_ago", "opens_after"),
    [
        (Promise(1, FrequencyUnit.DAY), (1,), None),
        (Promise(1, FrequencyUnit.DAY), (0.9,), 0.1),
        (Promise(2, FrequencyUnit.WEEK), (6.99, 7), None),
        (Promise(2, FrequencyUnit.WEEK), (3, 6), 1),
        (Promise(4, FrequencyUnit.MONTH), (1, 2, 3, 31), None),
        (Promise(4, FrequencyUnit.MONTH), (1, 2, 3, 30), 1),
        (Promise(4, FrequencyUnit.MONTH), (-0.5, 2, 3, 30), 1),  # one is scheduled
        (Promise(), (0.1,) * 9, None),
    ],
)
def test_what_was_promised_is_kept_to_the_minute(
    promise: Promise, days_ago: tuple[float, ...], opens_after: float | None
) -> None:
    facts = of("US", promise=promise, sent_on_topic=sent(*days_ago), sent_at_all=sent(*days_ago))
    clearance = decide(facts, load(), MONDAY_NOON)
    if opens_after is None:
        assert clearance.outcome is Outcome.CLEAR
        return
    verdict = next(each for each in clearance.verdicts if each.code == "house.frequency")
    assert (clearance.outcome, clearance.code) == (Outcome.HOLD, "house.frequency")
    assert verdict.until == MONDAY_NOON + timedelta(days=opens_after)
    assert clearance.until == verdict.until


def test_a_hold_for_a_promise_ends_within_hours() -> None:
    facts = of("US", promise=Promise(1, FrequencyUnit.WEEK), sent_on_topic=sent(2.5))
    # The promise lets go on Saturday at midnight; business hours open on Monday at nine
    assert decide(facts, load(), MONDAY_NOON).until == datetime(2026, 3, 9, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    "promise", [None, Promise(0, FrequencyUnit.DAY), Promise(2, None), Promise(-1, None)]
)
def test_a_promise_that_nobody_knows_is_refused(promise: Promise | None) -> None:
    facts = of("US", promise=promise)
    assert answer(decide(facts, load(), MONDAY_NOON)) == (Outcome.REFUSE, "house.frequency")
