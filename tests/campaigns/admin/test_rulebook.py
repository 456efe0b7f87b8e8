import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import RuleSignOff
from campaigns.rulebook.loader import load
from campaigns.sign_off import Signing, sign
from consent import clock
from tests.builders import an_hours_policy

pytestmark = pytest.mark.django_db

RULEBOOK = reverse("admin:campaigns_rulesignoff_changelist")
SIGN = reverse("admin:campaigns_rulesignoff_sign")


def today():
    return timezone.localtime(clock.now()).date()


@pytest.fixture
def desk(client, officer):
    client.force_login(officer)
    return client


def shown(client, **asked):
    """Return the ids of the rows of the first page, and how many there are on all."""
    page = client.get(RULEBOOK, asked).context["page"]
    return [each.rule.id for each in page], page.paginator.count


def given(client, address, **changed):
    """Return what a person who read the page would post."""
    form = client.get(address).context["form"]
    return {
        "signed_by": "Jane Counsel",
        "signed_on": str(today()),
        "review_by": str(today() + timedelta(days=90)),
        "note": "Read the statute.",
        "reason": "Yearly review",
        "read": form.initial["read"],
        **changed,
    }


def sign_some(officer, *ids, review_in=90):
    day = today() - timedelta(days=200)
    signing = Signing("Jane Counsel", day, today() + timedelta(days=review_in), "", "Review")
    sign([load().rule(row_id) for row_id in ids], signing, staff=officer)


def test_the_rulebook_shows_every_row_with_its_words_doubts_and_source(desk):
    assert shown(desk)[1] == len(load().rules)
    text = desk.get(RULEBOOK, {"jurisdiction": "US-PA"}).text
    for words in (
        "us.pa.window.2026",
        "Texts may arrive Mon-Sat 09:00-19:00 where the person is.",
        "73 P.S. 2245(a)(1) as amended by Act 47 of 2026 (SB 992)",
        "from 2026-10-18",
        "Disputed, strictest reading",
        "Whether it reaches texts is unsure",
        "Not signed off",
    ):
        assert words in text


def test_further_rows_are_on_further_pages(desk):
    ids = [row for page in (1, 2, 3, 4) for row in shown(desk, page=page)[0]]
    assert ids == [rule.id for rule in load().rules]


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ({"jurisdiction": "US-FL", "kind": "cap"}, ["us.fl.cap"]),
        (
            {"jurisdiction": "US-PA", "kind": "window", "on": "2026-10-17"},
            ["us.pa.window"],
        ),
        (
            {"jurisdiction": "US-PA", "kind": "window", "on": "2026-10-18"},
            ["us.pa.window.2026"],
        ),
        ({"jurisdiction": "US-FL", "status": "secondary"}, ["us.fl.registration"]),
    ],
)
def test_rows_are_filtered_by_jurisdiction_kind_status_and_day(desk, asked, rows):
    assert shown(desk, **asked)[0] == rows


def test_rows_are_filtered_by_their_sign_off(desk, officer):
    sign_some(officer, "us.fl.cap")
    sign_some(officer, "us.fl.consent", review_in=-1)
    florida = {"jurisdiction": "US-FL"}
    assert shown(desk, **florida, sign_off="signed")[0] == ["us.fl.cap"]
    assert shown(desk, **florida, sign_off="overdue")[0] == ["us.fl.consent"]
    assert shown(desk, **florida, sign_off="unsigned")[0] == ["us.fl.registration", "us.fl.window"]


def test_a_filter_that_makes_no_sense_shows_its_fault_and_no_error(desk):
    answer = desk.get(RULEBOOK, {"on": "yesterday", "kind": "door"})
    assert answer.status_code == 200
    assert sorted(answer.context["form"].errors) == ["kind", "on"]


def test_the_house_policy_stands_in_the_rulebook(desk):
    row = an_hours_policy(weekday_until="16:00")
    assert f"house.hours.{row.pk}" in shown(desk, jurisdiction="house")[0]
    assert "house.hours" not in shown(desk, jurisdiction="house")[0]


def test_the_list_costs_the_same_however_many_rows_are_signed(desk, officer):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            desk.get(RULEBOOK)
        return len(asked)

    desk.get(RULEBOOK)
    sign_some(officer, "us.fl.cap")
    an_hours_policy()
    desk.get(RULEBOOK)
    with_one = queries()
    sign_some(officer, *(rule.id for rule in load().rules))
    assert queries() == with_one
    assert with_one <= 7


def test_counsels_sign_off_of_a_row_is_recorded_with_name_date_note_and_reason(desk, officer):
    address = reverse("admin:campaigns_rulesignoff_sign_row", args=["us.fl.cap"])
    page = desk.get(address).text
    assert "1 row counts as signed off until its review date, as it reads now." in page
    assert "At most 3 texts in 24 hours on the same subject." in page
    answer = desk.post(address, given(desk, address), follow=True)
    assert "Row us.fl.cap signed off by Jane Counsel" in answer.text
    kept = RuleSignOff.objects.get()
    assert (kept.rule, kept.signed_by, kept.recorded_by, kept.signed_on, kept.note) == (
        "us.fl.cap",
        "Jane Counsel",
        officer,
        today(),
        "Read the statute.",
    )
    assert kept.history.get().history_change_reason == "Yearly review"
    assert kept.history.get().history_user == officer
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (officer, str(kept.pk))
    assert "Yearly review" in entry.change_message
    row = desk.get(reverse("admin:campaigns_rulesignoff_row", args=["us.fl.cap"])).text
    assert "Signed off" in row
    assert "Yearly review" in row
    led = desk.get(reverse("admin:campaigns_rulesignoff_change", args=[kept.pk]))
    assert led.url == reverse("admin:campaigns_rulesignoff_row", args=["us.fl.cap"])


def test_the_rows_of_a_filter_are_signed_off_together(desk):
    address = f"{SIGN}?jurisdiction=US-FL"
    assert "4 rows count as signed off" in desk.get(address).text
    answer = desk.post(address, given(desk, address))
    assert answer.url == f"{RULEBOOK}?jurisdiction=US-FL"
    assert sorted(RuleSignOff.objects.values_list("rule", flat=True)) == [
        "us.fl.cap",
        "us.fl.consent",
        "us.fl.registration",
        "us.fl.window",
    ]
    assert LogEntry.objects.get().object_repr == "4 rows"
    assert desk.get(reverse("admin:admin_logentry_changelist")).status_code == 200


def test_rows_that_changed_while_they_were_read_are_not_signed(desk):
    address = f"{SIGN}?jurisdiction=house&kind=window"
    posted = given(desk, address)
    an_hours_policy(weekday_until="16:00")
    assert "The rows changed while you read them." in desk.post(address, posted).text
    assert RuleSignOff.objects.count() == 0


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"signed_by": ""}, "signed_by"),
        ({"signed_on": "2999-01-01"}, "signed_on"),
        ({"review_by": "2020-01-01"}, "review_by"),
    ],
)
def test_a_sign_off_asks_for_name_reason_and_days_that_can_be(desk, changed, field):
    address = reverse("admin:campaigns_rulesignoff_sign_row", args=["us.fl.cap"])
    answer = desk.post(address, given(desk, address, **changed))
    assert field in answer.context["form"].errors
    assert RuleSignOff.objects.count() == 0


def test_auditors_read_and_export_the_rulebook_and_sign_nothing(client, staff):
    client.force_login(staff("auditor", "Auditors"))
    assert client.get(RULEBOOK).status_code == 200
    assert "Sign off these" not in client.get(RULEBOOK).text
    assert client.get(reverse("admin:campaigns_rulesignoff_export")).status_code == 200
    assert client.get(SIGN).status_code == 403
    assert client.post(SIGN, {}).status_code == 403
    row = reverse("admin:campaigns_rulesignoff_sign_row", args=["us.fl.cap"])
    assert client.post(row, {}).status_code == 403


def test_authors_do_not_see_the_rulebook(client, author):
    client.force_login(author)
    pages = ["changelist", "export", "sign"]
    found = [client.get(reverse(f"admin:campaigns_rulesignoff_{page}")) for page in pages]
    found.append(client.get(reverse("admin:campaigns_rulesignoff_row", args=["us.fl.cap"])))
    assert [answer.status_code for answer in found] == [403] * 4


def test_the_export_holds_the_rows_shown_and_nothing_that_a_spreadsheet_runs(desk):
    an_hours_policy(note="=HYPERLINK(1)")
    answer = desk.get(
        reverse("admin:campaigns_rulesignoff_export"), {"jurisdiction": "house", "kind": "window"}
    )
    (row,) = csv.DictReader(StringIO(answer.text))
    assert row["what it says"] == "Texts may arrive Mon-Fri 09:00-17:00 where the person is."
    assert row["note"] == "'=HYPERLINK(1)"
    assert row["sign-off"] == "Not signed off"


def test_a_row_that_left_the_rulebook_keeps_its_sign_offs(desk, officer):
    sign_some(officer, "us.fl.cap")
    RuleSignOff.objects.update(rule="us.old")
    RuleSignOff.objects.get().save()
    answer = desk.get(reverse("admin:campaigns_rulesignoff_row", args=["us.old"]))
    assert "No longer in the rulebook" in answer.text
    assert (
        desk.get(reverse("admin:campaigns_rulesignoff_row", args=["us.never"])).status_code == 404
    )


def test_the_dashboard_counts_unsigned_rows_in_force_and_those_past_review(desk, officer):
    def waiting():
        found = desk.get(reverse("admin:index")).context["waiting"]
        return {each.words: (each.count, each.url) for each in found if "rule" in each.words}

    day = today()
    in_force = len(load().listed(on=day))
    sign_some(officer, "us.fl.cap")
    sign_some(officer, "us.fl.consent", review_in=-1)
    assert waiting() == {
        "rules in force to sign off": (in_force - 2, f"{RULEBOOK}?on={day}&sign_off=unsigned"),
        "rule past its review date": (1, f"{RULEBOOK}?sign_off=overdue"),
    }
    for count, url in waiting().values():
        assert desk.get(url).context["page"].paginator.count == count
