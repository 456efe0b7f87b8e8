"""What the rulebook itself holds: every jurisdiction, every date, every doubt."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from campaigns.calendars import ClosedDays
from campaigns.rulebook.loader import ELSEWHERE, HOUSE, RuleKind, RuleStatus, load
from campaigns.rulebook.rows import Rule
from campaigns.rulebook.values import TYPES

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
WITH_HOURS = {
    *("AL", "CA", "CT", "FL", "IN", "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MS", "NE", "NJ"),
    *("NM", "NV", "NY", "OK", "OR", "PA", "RI", "SD", "TX", "UT", "VA", "WA", "WY", "unknown"),
}


def row(row_id: str) -> Rule:
    found = load().rule(row_id)
    assert found is not None
    return found


def test_every_value_is_of_the_type_of_its_kind_and_says_something() -> None:
    for rule in load().rules:
        assert isinstance(rule.value, TYPES[rule.kind])
        assert rule.asks()
        assert rule.citation


def test_every_state_with_hours_of_its_own_has_them() -> None:
    rows = load().listed(kind=RuleKind.WINDOW)
    assert {rule.jurisdiction.removeprefix("US-") for rule in rows if "US-" in rule.place} == (
        WITH_HOURS
    )


def test_ids_begin_with_the_jurisdiction_that_they_are_of() -> None:
    for rule in load().rules:
        place = {"US-unknown": "us.strictest"}.get(rule.jurisdiction, rule.jurisdiction)
        assert rule.id.startswith(f"{place.casefold().replace('-', '.')}.")


@pytest.mark.parametrize(
    ("row_id", "begins", "ends"),
    [
        ("us.pa.window", None, date(2026, 10, 18)),
        ("us.pa.window.2026", date(2026, 10, 18), None),
        ("us.pa.sunday", date(2026, 10, 18), None),
        ("us.or.window", date(2026, 1, 1), None),
        ("us.or.cap", date(2026, 1, 1), None),
        ("us.va.window", date(2026, 1, 1), None),
        ("us.tx.window", date(2025, 9, 1), None),
        ("us.revoke.all", date(2027, 1, 31), None),
        ("us.quiet", date(1992, 12, 20), None),
    ],
)
def test_rows_bind_on_their_dates(row_id: str, begins: date | None, ends: date | None) -> None:
    assert (row(row_id).effective_from, row(row_id).effective_to) == (begins, ends)


@pytest.mark.parametrize(
    "row_id",
    [
        *("us.revoke.26_67", "us.pa.window.2026", "us.pa.holidays", "us.ok.holidays"),
        *("us.ms.holidays", "us.ne.holidays", "us.sd.window", "us.sd.sunday"),
        *("us.me.automated", "fr.window", "fr.saturday", "us.ms.local", "us.tx.central"),
    ],
)
def test_what_is_unsure_is_loaded_as_such(row_id: str) -> None:
    assert row(row_id).status is RuleStatus.DISPUTED


@pytest.mark.parametrize(
    "row_id", ["jp.retention", "ca.unsubscribe.works", "gb.body", "fr.retention"]
)
def test_what_is_from_memory_says_so(row_id: str) -> None:
    assert row(row_id).status is RuleStatus.MEMORY


@pytest.mark.parametrize(
    ("jurisdictions", "words", "ids"),
    [
        ({"US"}, {"promotional"}, ["house.hours", "us.quiet"]),
        ({"US", "US-NY"}, {"promotional"}, ["house.hours", "us.ny.window", "us.quiet"]),
        ({"DE", "EU"}, {"promotional"}, ["de.preset", "house.hours"]),
        ({"IT", "EU"}, {"promotional"}, ["elsewhere.window", "house.hours"]),
        ({"JP"}, {"promotional"}, ["elsewhere.window", "house.hours"]),
        ({"US", "US-VA"}, {"promotional"}, ["house.hours", "us.quiet"]),
        (
            {"US", "US-VA", "US-VA@number"},
            {"promotional"},
            ["house.hours", "us.quiet", "us.va.window"],
        ),
        ({"US"}, {"transactional"}, []),
        ({"US"}, {"transactional", "list_audit"}, ["house.hours"]),
        ({"US"}, None, ["house.hours", "us.quiet"]),
    ],
)
def test_rows_bind_by_place_and_by_what_the_text_is(
    jurisdictions: set[str], words: set[str] | None, ids: list[str]
) -> None:
    bound = load().binding(RuleKind.WINDOW, moment=NOON, jurisdictions=jurisdictions, words=words)
    assert [rule.id for rule in bound] == ids


def test_where_nobody_knows_the_country_all_rows_bind() -> None:
    book = load()
    bound = book.binding(
        RuleKind.WINDOW, moment=NOON, jurisdictions=None, words={"promotional", "campaign"}
    )
    assert set(bound) == set(book.listed(kind=RuleKind.WINDOW, on=NOON.date()))


def test_staff_may_list_by_place_kind_status_and_day() -> None:
    book = load()
    listed = book.listed(
        jurisdiction="US-PA",
        kind=RuleKind.WINDOW,
        status=RuleStatus.DISPUTED,
        on=date(2026, 10, 18),
    )
    assert [rule.id for rule in listed] == ["us.pa.window.2026"]
    assert [
        rule.id
        for rule in book.listed(jurisdiction="US-PA", kind=RuleKind.WINDOW, on=date(2026, 10, 17))
    ] == ["us.pa.window"]
    assert book.listed() == book.rules
    assert {HOUSE, ELSEWHERE, "US", "CTIA", "CA", "GB", "EU", "FR", "DE", "JP", "IN"} < set(
        book.jurisdictions()
    )


def test_each_file_holds_one_jurisdiction_or_says_which_it_gathers() -> None:
    import tomllib

    folder = Path(__file__).parents[3] / "campaigns" / "rulebook"
    gathered = {"eu.toml", "elsewhere.toml"}
    for path in folder.glob("*.toml"):
        text = path.read_text()
        assert text.startswith("# ")
        places = {each["jurisdiction"] for each in tomllib.loads(text)["rule"]}
        assert len(places) == 1 or path.name in gathered


def test_a_closed_day_names_its_holidays_in_words() -> None:
    value = row("us.ri.holidays").value
    assert isinstance(value, ClosedDays)
    assert str(value) == (
        "public holidays of US-RI (federal, Victory Day); Sat also Fri; Sun also Mon"
    )
    assert str(row("us.ri.sunday").value) == "Sun"
