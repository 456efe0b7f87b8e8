from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from campaigns.quiet_hours import Window
from campaigns.rulebook.loader import (
    BrokenRulebook,
    Rule,
    RuleKind,
    RuleStatus,
    load,
    read_folder,
    rulebook_of,
)

ROW = """
[[rule]]
id = "xx.hours"
jurisdiction = "XX"
applies_to = ["promotional"]
kind = "window"
value = [{ days = "mon-thu sat", opens = "08:00", closes = "24:00" }]
effective_from = 2026-10-18
effective_to = 2027-01-31
citation = "Act 1"
status = "disputed"
note = "Unsure."
"""
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def folder_with(folder: Path, text: str) -> Path:
    (folder / "xx.toml").write_text(text)
    return folder


def test_a_row_is_read_whole(tmp_path: Path) -> None:
    assert read_folder(folder_with(tmp_path, ROW)).rules == (
        Rule(
            id="xx.hours",
            jurisdiction="XX",
            applies_to=frozenset({"promotional"}),
            kind=RuleKind.WINDOW,
            value=(Window(frozenset({0, 1, 2, 3, 5}), time(8), time(0)),),
            citation="Act 1",
            status=RuleStatus.DISPUTED,
            effective_from=date(2026, 10, 18),
            effective_to=date(2027, 1, 31),
            note="Unsure.",
        ),
    )


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('kind = "window"', 'kind = "door"', "'door' is not a valid RuleKind"),
        ('status = "disputed"', 'status = "sure"', "'sure' is not a valid RuleStatus"),
        ('citation = "Act 1"', "", "lacks citation"),
        ('["promotional"]', '["funny"]', "applies to funny: no such thing"),
        ('"mon-thu sat"', '"mon-thu sab"', "'sab' names no days"),
        ('"mon-thu sat"', '""', "'' names no days"),
        ('"mon-thu sat"', '"fri-mon"', "'fri-mon' names no days"),
        ('"08:00"', '"8 am"', "'8 am' is not a time such as 08:00"),
        ('"24:00"', '"07:00"', "a window closes at 07:00 before it opens"),
        ('opens = "08:00", ', "", "a window has days, opens and closes"),
        ("2027-01-31", "2026-10-18", "ends before it begins"),
        (
            'kind = "window"',
            'kind = "window"\nclock = "Mars/Olympus"',
            "'Mars/Olympus' is no time zone",
        ),
        (
            'kind = "window"',
            'kind = "window"\nby_number = 1',
            "by_number is neither true nor false",
        ),
        ("2026-10-18", '"soon"', "effective_from is not a day such as 2026-10-18"),
        ("note =", "remark =", "does not know remark"),
    ],
)
def test_a_broken_row_is_named_with_its_file_and_fault(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    with pytest.raises(BrokenRulebook) as refused:
        read_folder(folder_with(tmp_path, ROW.replace(old, new)))
    assert str(refused.value) == f"xx.toml, row 1 (xx.hours): {fault}"


def test_a_row_without_an_id_is_named_by_its_place(tmp_path: Path) -> None:
    broken = ROW + ROW.replace('id = "xx.hours"', "")
    with pytest.raises(BrokenRulebook) as refused:
        read_folder(folder_with(tmp_path, broken))
    assert str(refused.value) == "xx.toml, row 2 (no id): lacks id"


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenRulebook, match=r"^xx\.toml: not readable as TOML"):
        read_folder(folder_with(tmp_path, "[[rule"))
    with pytest.raises(BrokenRulebook, match=r"^xx\.toml: holds something other"):
        read_folder(folder_with(tmp_path, "title = 1"))


def test_two_rows_of_one_id_are_a_fault(tmp_path: Path) -> None:
    with pytest.raises(BrokenRulebook) as refused:
        read_folder(folder_with(tmp_path, ROW + ROW))
    assert str(refused.value) == "xx.toml, row 2 (xx.hours): a row of xx.toml has this id too"
    (row,) = read_folder(folder_with(tmp_path, ROW)).rules
    with pytest.raises(BrokenRulebook) as refused:
        rulebook_of([row, row])
    assert str(refused.value) == "xx.hours: two rows have this id."


def test_the_version_follows_the_content_and_not_the_order_of_rows(tmp_path: Path) -> None:
    (one,) = read_folder(folder_with(tmp_path, ROW)).rules
    (other,) = read_folder(folder_with(tmp_path, ROW.replace("xx.hours", "xx.more"))).rules
    (changed,) = read_folder(folder_with(tmp_path, ROW.replace("08:00", "09:00"))).rules
    assert rulebook_of([one, other]) == rulebook_of([other, one])
    assert rulebook_of([one]).version != rulebook_of([changed]).version
    assert len(load().version) == 12


@pytest.mark.parametrize(
    ("moment", "binds"),
    [
        (datetime(2026, 10, 17, 9, 59, tzinfo=UTC), False),
        (datetime(2026, 10, 17, 10, tzinfo=UTC), True),  # 18 October begins in Kiribati
        (datetime(2026, 10, 18, tzinfo=UTC), True),
        (datetime(2027, 1, 31, 11, 59, tzinfo=UTC), True),  # 30 January ends on Baker Island
        (datetime(2027, 1, 31, 12, tzinfo=UTC), False),
    ],
)
def test_a_row_binds_from_its_first_day_until_before_its_last_anywhere_on_earth(
    tmp_path: Path, moment: datetime, binds: bool
) -> None:
    book = read_folder(folder_with(tmp_path, ROW))
    bound = book.binding(
        RuleKind.WINDOW, moment=moment, jurisdictions={"XX"}, words={"promotional"}
    )
    assert (bound != ()) == binds
    changes = (
        datetime(2026, 10, 17, 10, tzinfo=UTC),
        datetime(2027, 1, 31, 12, tzinfo=UTC),
    )
    assert book.changes(datetime(2026, 10, 1, tzinfo=UTC), moment) == tuple(
        each for each in changes if each < moment
    )


OTHER = {
    "closed_day": [
        ("{}", "a closed day has weekdays or calendars"),
        ("{ weekdays = 'sab' }", "'sab' names no days"),
        ("{ calendars = ['US-ZZ'] }", "US-ZZ is no calendar of public holidays"),
        ("{ calendars = ['XX'] }", "XX is no calendar of public holidays"),
        ("{ calendars = ['US'], holidays = ['Holi'] }", "no calendar of US has 'Holi'"),
        ("{ calendars = ['US'], moved = { sab = 'mon' } }", "'sab' is no day of the week"),
        ("{ days = 'sun' }", "a closed day does not know days"),
    ],
    "cap": [
        ("{ count = 3, hours = 24 }", "a cap lacks per"),
        ("{ count = 0, hours = 24, per = 'any' }", "count is not a whole number above 0"),
        ("{ count = 3, hours = 24, per = 'day' }", "'day' is none of subject, brand, any"),
    ],
    "frequency": [("{ day_hours = 24 }", "a promised frequency lacks month_hours, week_hours")],
    "basis": [
        (
            "{ accepts = ['hope'] }",
            "'hope' is none of express_written, express, implied, soft_opt_in, none",
        ),
        (
            "{ accepts = ['implied'], implied_months = { luck = 6 } }",
            "'luck' is none of purchase, inquiry, non_business",
        ),
    ],
    "deadline": [
        (
            "{ of = 'x', amount = 5, unit = 'moons' }",
            "'moons' is none of minute, business_day, day, month, year",
        ),
        ("[5]", "a deadline is not a table"),
    ],
    "elements": [("{ of = 'stop', needs = [] }", "elements need something")],
    "retention": [
        ("{ keeps = 'x', since = 'y', amount = 5 }", "a term has both amount and unit"),
    ],
    "notice": [("{ text = 'x' }", "value is not text")],
}


@pytest.mark.parametrize(
    ("kind", "value", "fault"),
    [(kind, value, fault) for kind, cases in OTHER.items() for value, fault in cases],
)
def test_a_broken_value_of_any_kind_is_named_too(
    tmp_path: Path, kind: str, value: str, fault: str
) -> None:
    lines = [
        f"value = {value}" if line.startswith("value") else line
        for line in ROW.replace('"window"', f'"{kind}"').splitlines()
    ]
    with pytest.raises(BrokenRulebook) as refused:
        read_folder(folder_with(tmp_path, "\n".join(lines).replace("value = {}", "value = { }")))
    found = str(refused.value).replace("lacks value", "a closed day has weekdays or calendars")
    assert found == f"xx.toml, row 1 (xx.hours): {fault}"
