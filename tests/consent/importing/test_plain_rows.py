"""Rows that are written by what became of an earlier one read as if each had been checked."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.importing import plain_rows, staging
from consent.importing.checking import Checks, TopicFacts
from consent.importing.mapping import columns
from consent.importing.proof import usual_moment, usual_moments
from consent.importing.reading import read
from consent.importing.unsettled import Unsettled
from consent.models import ContactImportRow

HEADER = (
    "postal code,Phone,topic,consented at,source,language,disclosure version,state,country,"
    '"the ""name"", 100 %s",customer id,sms consent'
)
TOPICS = {
    "alerts": TopicFacts(1, "alerts", promotional=False),
    "offers": TopicFacts(2, "offers", promotional=True),
    "closed": TopicFacts(3, "closed", promotional=True, open=False),
}
NOW = datetime(2025, 6, 1, tzinfo=UTC)
NUMBERS = """
+12125550100|(212) 555-0101|1 212.555.0102| 2125550103 |+18005550104|+447911123456|+16845550105
|call me||'+12125550106|+1212555010\u0667
""".replace("\n", "").split("|")
MOMENTS = """
2025-01-01T00:00:00Z|2025-01-01 00:00:00.123Z|2025-05-31T23:59:59-05:00|2025-01-01T00:00:00+05:30
|1999-12-31T23:59:59Z|2025-02-30T00:00:00Z|May||2025-06-01T00:00:00Z|2025-06-01T00:00:01Z
|2025-01-01T00:00:00+23:00
""".replace("\n", "").split("|")
CELLS = (
    st.sampled_from(["10001", "", " 10001 ", "SW1A 1AA", "'10001", "1" * 13, "a\\b"]),
    st.sampled_from(NUMBERS),
    st.sampled_from(["alerts", "ALERTS ", "offers", "closed", "none", ""]),
    st.sampled_from(MOMENTS),
    st.sampled_from(["web form", "till", "import", ""]),
    st.sampled_from(["en", "es-MX", "x", ""]),
    st.sampled_from(["1", "v2", "two", ""]),
    st.sampled_from(["NY", "", "Ontario"]),
    st.sampled_from(["US", "", "France"]),
    st.sampled_from(["Ann", "O'Brien", 'Ann "A"', "a\\b", "tab\there", "é\u2028", "100 %s"]),
    st.sampled_from(["crm-1", "", "'crm-1", "x" * 81, "é"]),
    st.sampled_from(["yes", "SUBSCRIBED", "no", ""]),
)
# Rows that have nothing in common, and rows that differ in a few columns
ROWS = st.lists(st.tuples(*CELLS), min_size=1, max_size=30) | st.tuples(
    *(st.lists(cell, min_size=1, max_size=2) for cell in CELLS)
).flatmap(lambda few: st.lists(st.tuples(*map(st.sampled_from, few)), min_size=1, max_size=30))


def in_quotes(cells):
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)


def staged(rows, asks_again, noted=None):
    text = f"{HEADER}\n" + "\n".join(map(in_quotes, rows))
    opened = read(io.BytesIO(text.encode()), max_bytes=10**6)
    checks = Checks(columns(opened.header, topic_given=False), TOPICS, None, NOW)
    checks.unsettled = noted or checks.unsettled
    writer = staging.Writer({(2, "web_form", "en", 1): 77}, asks_again)
    ContactImportRow.objects.filter(contact_import=1).delete()
    found = staging.stage(1, opened.header, opened.rows, checks, writer)
    return found, list(ContactImportRow.objects.filter(contact_import=1).order_by("line").values())


@pytest.mark.django_db
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, asks_again=st.booleans(), at_once=st.sampled_from([1, 7, staging.AT_ONCE]))
def test_a_plain_row_is_written_as_if_it_had_been_checked(rows, asks_again, at_once):
    twice = [*rows, *rows]  # so that each sort of row has been seen
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(staging, "AT_ONCE", at_once)
        shorter = staged(twice, asks_again)
        patched.setattr(staging, "plain_rows", lambda *_: None)
        assert shorter == staged(twice, asks_again)


@pytest.mark.django_db
def test_nearly_all_rows_of_a_usual_list_are_plain(monkeypatch):
    row = ("10001", "", "alerts", "", "web form", "en", "1", "NY", "US", "Ann", "", "yes")
    rows = [
        (*row[:1], f"+1212555{n:04d}", *row[2:3], f"2025-01-01T00:00:{n:02d}Z", *row[4:10],
         f"crm-{n}", "yes")
        for n in range(50)
    ]  # fmt: skip
    checked = []
    check = Checks.check
    monkeypatch.setattr(Checks, "check", lambda *given: checked.append(1) or check(*given))
    (count, last), found = staged(rows, asks_again=False)
    assert (count, last, len(checked)) == (50, 51, 1)
    assert {row["outcome"] for row in found} == {"new"}
    assert plain_rows.are_clean(rows)
    assert not plain_rows.are_clean([("a\tb",)])


@pytest.mark.django_db
def test_what_a_person_must_settle_is_noted_once_a_row():
    usual = ("10001", "+12125550100", "alerts", "2025-01-01T00:00:00Z", "web form", "en", "1")
    proves_nothing = (*usual[:4], "", *usual[5:], "", "", "", "", "yes")
    noted = Unsettled()
    staged([proves_nothing, proves_nothing], asks_again=False, noted=noted)
    assert noted.dates.counts == {"zoned": 2}


@pytest.mark.django_db
def test_beyond_the_sorts_that_are_remembered_rows_are_checked_one_by_one(monkeypatch):
    monkeypatch.setattr(plain_rows, "MOST_SORTS", 1)
    first = ("", "+12125550100", "alerts", "2025-01-01T00:00:00Z", "till", "en", "", "", "", "")
    rows = [(*first, "", "yes"), (*first[:2], "offers", *first[3:], "", "yes")] * 2
    (count, _), found = staged(rows, asks_again=False)
    assert count == 4
    assert [row["topic_id"] for row in found] == [1, 2, 1, 2]


@given(texts=st.lists(st.sampled_from([*MOMENTS, "9999-12-31T23:59:59-23:00", "a\nb"])))
def test_moments_of_a_column_are_read_as_each_by_itself(texts):
    assert usual_moments(texts) == list(map(usual_moment, texts))


def test_two_moments_in_one_cell_are_none():
    twice = "2025-01-01T00:00:00Z\n2025-01-01T00:00:00Z"
    assert usual_moments([twice]) == [None]
