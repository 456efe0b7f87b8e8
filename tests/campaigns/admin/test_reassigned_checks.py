"""Staff make the query of a reassigned number check, take it away and bring the answers."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from campaigns import reassigned
from campaigns.reassigned import BESIDE
from consent import clock, reassigned_answers, reassigned_query
from consent.admin.staff_log import written_about
from consent.audit_files import cell
from consent.models import (
    Contact,
    ReassignedAnswer,
    ReassignedAnswerFile,
    ReassignedCheck,
    Subscription,
)
from consent.reassigned_reading import WRONG_FILE
from consent.vocabulary import CheckState, Standing
from tests.builders import a_topic, a_user, an_opted_in_contact
from tests.campaigns.exports import built, sheet
from tests.consent.reassigned import a_check, answered, query

pytestmark = pytest.mark.django_db(transaction=True)

ANNA, BEN = "+12125550101", "+12125550102"


@pytest.fixture(autouse=True)
def _count_anew():
    cache.clear()


@pytest.fixture
def manager(staff, client):
    made = staff("manager", "List managers")
    client.force_login(made)
    return made


@pytest.fixture
def topic():
    made = a_topic()
    an_opted_in_contact(made, ANNA)
    an_opted_in_contact(made, BEN)
    return made


def url(page, check=None):
    name = f"admin:consent_reassignedcheck_{page}"
    return reverse(name.replace("left-out", "left_out"), args=[check.pk] if check else [])


def text_of(answer):
    return " ".join(answer.content.decode().split())


def brought(text, **more):
    today = timezone.localdate(clock.now())
    file = SimpleUploadedFile("answers.csv", text.encode(), content_type="text/csv")
    return {"file": file, "answered_on": str(today), "reason": "They came", **more}


def test_a_query_is_made_taken_away_and_answered_all_on_record(
    client, manager, topic, empty_broker
):
    assert "due for the Reassigned" not in text_of(client.get(reverse("admin:index")))
    reassigned.count_due()
    page = text_of(client.get(reverse("admin:index")))
    assert "2 numbers are due for the Reassigned Numbers Database" in page
    page = text_of(client.get(url("add")))
    assert "<strong>2</strong> numbers are due" in page
    assert client.post(url("add"), {"which": "due", "reason": ""}).status_code == 200
    answer = client.post(url("add"), {"which": "due", "reason": "The monthly query"})
    check = ReassignedCheck.objects.get()
    assert (answer.url, check.asked_by, check.state) == (
        url("change", check),
        manager,
        CheckState.QUEUED,
    )
    page = text_of(client.get(url("change", check)))
    assert "The query is being made" in page
    assert f'data-live="{url("progress", check)}"' in page
    assert client.get(url("query", check)).status_code == 404

    reassigned_query.make(check.pk, BESIDE)
    check.refresh_from_db()
    news = client.get(url("progress", check)).json()
    assert news["more"] is False
    assert "Download the query file" in news["panel"]
    taken = client.get(url("query", check))
    assert b"".join(taken.streaming_content).decode() == query(check)
    assert taken["Content-Disposition"] == (
        f'attachment; filename="reassigned-query-{check.pk}.csv"'
    )
    assert client.get(url("query", check), {"part": "2"}).status_code == 404

    page = text_of(client.get(url("answers", check)))
    assert "2 numbers were asked about, 0 answered." in page
    answer = client.post(
        url("answers", check),
        brought("tn,answer\n2125550101,yes\n2125550102,no\n2125550109,no\n"),
    )
    assert answer.url == url("change", check)
    file = ReassignedAnswerFile.objects.get()
    assert client.get(url("progress", check)).json()["more"] is True
    reassigned_answers.take_in(file.pk)
    page = text_of(client.get(url("change", check)))
    assert "Every question is answered" in page
    assert "2 recorded, 1 not asked; consents of 1 people closed." in page
    left_out = client.get(url("left-out", check), {"file": file.pk})
    assert b"2125550109" in b"".join(left_out.streaming_content)
    assert [entry.change_message for entry in written_about(check)] == [
        f"Downloaded the rows left out of answers #{file.pk}.",
        f"Uploaded answers, SHA-256 {file.file_digest}. Reason: They came",
        f"Downloaded reassigned-query-{check.pk}.csv, SHA-256 {check.files[0]['sha256']}.",
        "Asked for the query. Reason: The monthly query",
    ]
    standings = Subscription.objects.values_list("contact__number", "standing")
    assert dict(standings) == {ANNA: Standing.LAPSED, BEN: Standing.OPTED_IN}
    reassigned.count_due()
    assert "due for the Reassigned" not in text_of(client.get(reverse("admin:index")))


def test_the_answers_are_listed_masked_and_by_what_they_say(client, manager, topic):
    check = a_check()
    answered(check, "2125550101,2025-03-04,no", "2125550102,2025-03-04,no_data")
    shown = reverse("admin:consent_reassignedanswer_changelist")
    page = text_of(client.get(f"{shown}?answer__exact=no_data&question__check_made={check.pk}"))
    assert ("0102" in page, "0101" in page, "2125550102" in page) == (True, False, False)
    row = ReassignedAnswer.objects.get(answer="no_data")
    assert client.get(reverse("admin:consent_reassignedanswer_change", args=[row.pk])).status_code
    assert client.get(f"{shown}?question__about=2025-03-04").status_code == 400


def test_a_wrong_file_is_refused_at_the_form(client, manager, topic):
    check = a_check()
    before = timezone.localdate(check.asked_at) - timedelta(days=1)
    for given, said in (
        (brought("phone,topic\n2125550101,a\n"), WRONG_FILE),
        (
            brought("tn,answer\n2125550101,no\n", answered_on=str(before)),
            "Give the day of the query or a later one",
        ),
        (brought("tn,answer\n2125550101,no\n", reason=""), "This field is required."),
    ):
        assert said in text_of(client.post(url("answers", check), given))
    assert not ReassignedAnswerFile.objects.exists()


def test_nobody_is_asked_about_where_nobody_is_due(client, manager):
    page = text_of(client.post(url("add"), {"which": "due", "reason": "Try"}))
    assert "There is no such number to ask about now." in page
    assert not ReassignedCheck.objects.exists()


def test_who_may_what(client, staff, topic):
    check = a_check()
    answered(check, "2125550101,2025-03-04,no", "2125550109,2025-03-04,no")
    file = ReassignedAnswerFile.objects.get()
    for role, makes, sees in (
        ("Compliance officers", 200, 200),
        ("List managers", 200, 200),
        ("Auditors", 403, 200),
        ("Campaign authors", 403, 403),
    ):
        client.force_login(staff(role, role))
        assert client.get(url("change", check)).status_code == sees
        assert client.get(url("add")).status_code == makes
        assert client.get(url("query", check)).status_code == makes
        assert client.get(url("answers", check)).status_code == makes
    # The rows left out hold whole numbers: a manager who did not bring them may not
    for role, status in (("List managers", 403), ("Auditors", 200)):
        client.force_login(User.objects.get(username=role))
        found = client.get(url("left-out", check), {"file": file.pk})
        assert found.status_code == status


def test_the_contacts_list_shows_who_is_due(client, staff, topic):
    client.force_login(staff("officer", "Compliance officers"))
    people = reverse("admin:consent_contact_changelist")
    page = text_of(client.get(f"{people}?reassigned=due"))
    assert "0101" in page
    a_check()
    page = text_of(client.get(f"{people}?reassigned=due"))
    assert ("0101" in page, "0102" in page) == (False, False)


def test_lists_cost_a_fixed_number_of_queries(
    client, manager, topic, django_assert_num_queries, django_assert_max_num_queries
):
    check = a_check()
    answered(check, "2125550101,2025-03-04,no")
    for name in ("reassignedcheck", "reassignedanswer"):
        shown = reverse(f"admin:consent_{name}_changelist")
        client.get(shown)
        with django_assert_max_num_queries(20) as first:
            client.get(shown)
        if name == "reassignedanswer":
            answered(check, "2125550102,2025-03-04,no")
        else:
            a_check(only_due=False)
            a_check(only_due=False)
        with django_assert_num_queries(len(first)):
            client.get(shown)


def test_the_audit_export_holds_questions_and_answers(topic):
    check = a_check(asked_by=a_user("ada"))
    taken = answered(check, "2125550101,2025-03-04,no", user=a_user("bob"))
    [row] = sheet(built(contact=Contact.objects.get(number=ANNA)), "reassigned.csv")
    kept = ReassignedAnswer.objects.get()
    assert row == {
        "check": str(check.pk),
        "number": f"'{ANNA}",
        "date_asked_about": "2025-03-04",
        "asked_at": cell(check.asked_at),
        "asked_by": "ada",
        "reason": "The monthly query",
        "answer": "no",
        "answered_on": str(taken.answered_on),
        "recorded_at": cell(kept.recorded_at),
        "recorded_by": "bob",
        "answers_file": "answers.csv",
        "answers_sha256": taken.file_digest,
    }
    assert [row["answer"] for row in sheet(built(), "reassigned.csv")] == ["no", ""]


def test_commands_do_the_same_without_a_broker(topic, tmp_path, capsys):
    a_user("ada")
    call_command("export_reassigned_query", tmp_path, "--header", "--as", "ada")
    check = ReassignedCheck.objects.get()
    [file] = tmp_path.iterdir()
    assert file.read_text() == "TN,Date\n2125550101,2025-03-04\n2125550102,2025-03-04\n"
    assert (file.stat().st_mode & 0o777, check.asked_by.username) == (0o600, "ada")
    with pytest.raises(CommandError, match="No number is due"):
        call_command("export_reassigned_query", tmp_path / "again.csv")
    answers = tmp_path / "answers.csv"
    answers.write_text("2125550101,2025-03-04,yes\n2125550102,2025-03-04,no data\n")
    capsys.readouterr()
    call_command("import_reassigned_answers", answers, "--as", "ada")
    said = capsys.readouterr().out
    assert "2  recorded" in said
    assert f"The consents of 1 people are closed. {check}: 2 of 2 answered." in said
    answers.write_text("Dear Sirs\n")
    with pytest.raises(CommandError, match="Nothing was recorded"):
        call_command("import_reassigned_answers", answers)
    with pytest.raises(CommandError, match="the day of the query or a later one"):
        call_command("import_reassigned_answers", answers, "--answered-on", "2020-01-01")
    with pytest.raises(CommandError, match="no such check"):
        call_command("import_reassigned_answers", answers, "--check", str(check.pk + 1))
