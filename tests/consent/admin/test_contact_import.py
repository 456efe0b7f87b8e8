import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from consent.admin.staff_log import written_about
from consent.importing import applying, previewing, recalling
from consent.models import ContactImport, OptInEvent
from consent.vocabulary import ImportState
from tests.builders import a_contact, a_topic, a_user, an_event, an_opted_in_contact
from tests.consent.importing.lists import LISTS, a_list, a_row, applied, previewed

pytestmark = pytest.mark.django_db

MANAGES = ("view_contactimport", "add_contactimport", "apply_contactimport")


def staff(client, *permissions, name="lisa"):
    user = a_user(name)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="consent", codename__in=permissions)
    )
    client.force_login(user)
    return user


def url(page, taken=None):
    name = "admin:consent_contactimport_" + page.replace("-", "_")
    return reverse(name, args=[taken.pk]) if taken else reverse(name)


def upload(client, data, **fields):
    file = SimpleUploadedFile("spring.csv", data, content_type="text/csv")
    return client.post(url("add"), {"file": file, "holds": "consents", **fields})


def text_of(answer):
    return " ".join(answer.content.decode().split())


def test_a_list_is_uploaded_previewed_confirmed_and_applied(client):
    topic = a_topic()
    lisa = staff(client, *MANAGES)
    an_event(a_contact("+12125550102"), "opted_out")
    file = a_list(a_row(), a_row("+12125550102"), a_row("call me"))
    answer = upload(client, file.getvalue(), default_topic=topic.pk)
    taken = ContactImport.objects.get()
    assert (answer.status_code, answer.url) == (302, url("change", taken))
    assert (taken.uploaded_by, taken.default_topic, taken.state) == (lisa, topic, "uploaded")
    page = client.get(url("change", taken))
    assert "The list is being read" in text_of(page)
    assert f'data-live="{url("progress", taken)}"' in text_of(page)
    assert 'data-status="uploaded"' in text_of(page)
    assert client.get(url("progress", taken)).json()["status"] == "uploaded"

    previewing.preview(taken.pk)
    news = client.get(url("progress", taken)).json()
    # Another status has the page loaded anew, and it asks no further
    assert (news["more"], news["status"]) == (False, "previewed")
    assert "data-live" not in text_of(client.get(url("change", taken)))
    assert "1 person is opted in to Example Corp. alerts" in news["panel"]
    assert "2 rows change nothing; each says why." in news["panel"]
    assert "This person opted out." in text_of(client.get(url("change", taken)))

    assert "Record these consents" in text_of(client.get(url("confirm", taken)))
    assert "This field is required" in text_of(client.post(url("confirm", taken), {"reason": ""}))
    answer = client.post(url("confirm", taken), {"reason": "Spring fair, forms in the safe"})
    assert (answer.status_code, answer.url) == (302, url("change", taken))
    applying.apply(taken.pk)
    taken.refresh_from_db()
    assert (taken.state, taken.confirmed_by, taken.counts["new"]) == ("applied", lisa, 1)
    assert OptInEvent.objects.get(contact_import=taken).recorded_by == lisa
    assert [entry.change_message for entry in written_about(taken)] == [
        "Confirmed: 1 consent to be recorded. Reason: Spring fair, forms in the safe",
        "Uploaded the list.",
    ]
    assert "1 consent was recorded" in text_of(client.get(url("change", taken)))


def test_a_preview_can_be_discarded(client):
    a_topic()
    lisa = staff(client, "view_contactimport", "add_contactimport")
    taken = previewed(a_list(a_row()), user=lisa)
    client.post(url("discard", taken), {"reason": "Wrong file"})
    taken.refresh_from_db()
    assert (taken.state, taken.import_rows.count()) == (ImportState.DISCARDED, 0)
    assert client.get(url("confirm", taken)).status_code == 403


def test_only_those_who_may_confirm_do(client):
    a_topic()
    staff(client, "view_contactimport")
    taken = previewed(a_list(a_row()))
    for page in ("confirm", "discard"):
        assert client.post(url(page, taken), {"reason": "I want to"}).status_code == 403
    assert client.get(url("add")).status_code == 403
    staff(client, name="nobody")
    for page in ("change", "progress", "left-out"):
        assert client.get(url(page, taken)).status_code == 403


def test_what_was_confirmed_before_is_not_confirmed_again(client):
    a_topic()
    staff(client, *MANAGES)
    taken = previewed(a_list(a_row()))
    applying.confirm(taken.pk)
    assert "nothing to confirm here any more" in text_of(client.get(url("confirm", taken)))
    assert client.post(url("confirm", taken), {"reason": "Again"}).status_code == 200


def test_numbers_are_masked_without_the_right_to_see_them(client):
    a_topic()
    staff(client, *MANAGES)
    taken = previewed(a_list(a_row("+12125550101"), a_row("1 212 555 01 012 345")))
    page = text_of(client.get(url("change", taken)))
    assert "+1 ••• ••• 0101" in page
    assert "• ••• ••• •• ••2 345" in page
    assert "5550101" not in page.replace(" ", "").replace("-", "")
    staff(client, *MANAGES, "see_whole_numbers", name="olive")
    assert "+1 212-555-0101" in text_of(client.get(url("change", taken)))


def test_rows_are_filtered_by_outcome(client):
    a_topic()
    staff(client, *MANAGES, "see_whole_numbers")
    taken = previewed(a_list(a_row("+12125550101"), a_row("+12125550102", how="")))
    page = client.get(url("change", taken), {"outcome": "no_proof"})
    assert [row.line for row in page.context["told"]] == [3]
    assert [row.line for row in client.get(url("change", taken)).context["told"]] == [2, 3]


def test_a_file_that_cannot_be_read_says_why(client):
    a_topic()
    staff(client, *MANAGES)
    taken = previewed((LISTS / "broken_quotes.csv").open("rb"))
    assert "A quote (&quot;) is opened on line 2" in text_of(client.get(url("change", taken)))


def test_a_file_that_is_too_large_is_refused_at_the_form(client, settings):
    settings.IMPORT_MAX_MB = 1
    staff(client, *MANAGES)
    answer = upload(client, b"x" * 1_000_001)
    assert "This file has 1.0 MB and 1 MB is the most" in text_of(answer)
    assert ContactImport.objects.count() == 0


def test_the_list_of_imports_costs_the_same_for_one_and_three(
    client, django_assert_max_num_queries
):
    topic = a_topic()
    lisa = staff(client, *MANAGES)
    previewed(a_list(a_row()), user=lisa)
    with django_assert_max_num_queries(12) as one:
        client.get(url("changelist"))
    for _ in range(2):
        previewed(a_list(a_row()), user=lisa, topic=topic)
    with django_assert_max_num_queries(12) as three:
        client.get(url("changelist"))
    assert len(one.captured_queries) == len(three.captured_queries)


def test_nobody_is_opted_in_twice_by_two_people(client):
    topic = a_topic()
    an_opted_in_contact(topic, "+12125550101")
    staff(client, *MANAGES)
    taken = previewed(a_list(a_row("+12125550101")))
    page = text_of(client.get(url("change", taken)))
    assert url("confirm", taken) not in page
    assert "1 row changes nothing" in page


def test_an_applied_list_is_recalled_by_who_may(client):
    topic = a_topic()
    lisa = staff(client, *MANAGES)
    taken = applied(a_list(a_row(), a_row("+12125550102")), user=lisa)
    assert url("recall", taken) not in text_of(client.get(url("change", taken)))
    assert client.get(url("recall", taken)).status_code == 403
    olive = staff(client, *MANAGES, "recall_contactimport", name="olive")
    an_event(a_contact("+12125550102"), "opted_out", topic)
    page = text_of(client.get(url("recall", taken)))
    assert "2 consents of this list are withdrawn" in page
    assert "1 of them is what a person is opted in by now" in page
    client.post(url("recall", taken), {"reason": "The vendor forged the forms"})
    taken.refresh_from_db()
    assert (taken.state, taken.recalled_by) == (ImportState.RECALLING, olive)
    recalling.recall(taken.pk)
    page = text_of(client.get(url("change", taken)))
    assert "2 of its consents were withdrawn by olive" in page
    assert "The vendor forged the forms" in page
    assert "Recorded with the row as proof, and withdrawn since." in page
    assert written_about(taken)[0].change_message == (
        "Recalled: 2 consents to be withdrawn. Reason: The vendor forged the forms"
    )
    assert "nothing to recall here" in text_of(client.get(url("recall", taken)))


def test_an_export_of_the_imports_holds_none_of_the_numbers_of_their_rows(client):
    a_topic()
    staff(client, *MANAGES, "export_lists")
    taken = previewed(a_list(a_row("(212) 555-0101")))
    assert "(212) 555-0101" in str(taken.survey)  # samples, for whoever maps the columns
    answer = client.post(url("export"), {"reason": "Weekly review"})
    data = b"".join(answer.streaming_content).decode()
    assert taken.file_name in data
    assert "555-0101" not in data


def test_a_list_of_people_who_left_is_uploaded_and_confirmed(client):
    topic = a_topic()
    staff(client, *MANAGES, "see_whole_numbers")
    an_opted_in_contact(topic, "+12125550101")
    data = b"Number;Date opted out\r\n+12125550101;2026-01-01T00:00:00Z\r\nnobody;\r\n"
    answer = upload(client, data, holds="opt_outs", ask_again="on")
    assert "People who left are never asked again." in text_of(answer)
    upload(client, data, holds="opt_outs")
    taken = ContactImport.objects.get()
    previewing.preview(taken.pk)
    page = text_of(client.get(url("change", taken)))
    assert "1 person is opted out of everything." in page
    assert "Opted out, with the row as proof." in page
    assert "Text in UTF-8, divided by semicolons" in page
    assert '<td class="moment">2026-01-01T00:00:00Z</td>' in page
    client.post(url("confirm", taken), {"reason": "From the last vendor"})
    applying.apply(taken.pk)
    assert "1 opt-out was recorded, with its row" in text_of(client.get(url("change", taken)))
    assert OptInEvent.objects.filter(kind="opted_out", contact_import=taken).count() == 1


def test_a_suppression_list_is_brought_with_its_name_date_and_end(client):
    staff(client, *MANAGES, "recall_contactimport")
    given = {"holds": "suppressions", "list_name": "Litigators", "list_date": "2025-03-01"}
    answer = upload(client, b"phone\n+12125550101\n", **{**given, "list_name": ""})
    assert "Suppressions say whose list they are from" in text_of(answer)
    answer = upload(client, b"phone\n+12125550101\n", **given, expires_on="2025-04-01")
    assert "This day is over: the list would bar nothing." in text_of(answer)
    answer = upload(client, b"phone\n+12125550101\n", **given, ask_again="on")
    assert "Suppressed numbers are never asked again." in text_of(answer)
    answer = upload(client, b"phone\n+12125550101\n", list_name="Litigators")
    assert "Name, date and end belong to suppressions alone." in text_of(answer)
    assert ContactImport.objects.count() == 0

    upload(client, b"phone\n+12125550101\n", **given, expires_on="2097-03-31")
    taken = ContactImport.objects.get()
    previewing.preview(taken.pk)
    page = text_of(client.get(url("change", taken)))
    assert "1 number gets no texts of any topic up to March 31, 2097, whoever agreed." in page
    assert "Litigators, of Mar 1, 2025; it bars texts up to Mar 31, 2097" in page
    assert "Record these suppressions" in text_of(client.get(url("confirm", taken)))
    client.post(url("confirm", taken), {"reason": "From counsel"})
    applying.apply(taken.pk)
    page = text_of(client.get(url("change", taken)))
    assert "1 suppression was recorded" in page
    page = text_of(client.get(url("recall", taken)))
    assert "1 suppression of this list is withdrawn" in page
    assert "Whom nothing else bars may be texted again" in page


def test_a_preview_shows_places_and_asks_for_a_second_person(client, settings):
    settings.IMPORT_SECOND_PERSON_ROWS = 1
    a_topic()
    lisa = staff(client, *MANAGES)
    an_event(a_contact("+12125550102"), "opted_out")
    taken = previewed(a_list(a_row("+13055550101"), a_row("+12125550102")), user=lisa)
    page = text_of(client.get(url("change", taken)))
    assert '<th scope="row">FL</th><td class="number">1</td>' in page
    assert "<dt>Oldest consent</dt><dd>Dec 31, 2024</dd>" in page
    assert "50.0 % of these people opted out before" in page
    told = "Lists of more than 1 rows are confirmed by somebody else than who brought them."
    assert told in page
    assert url("confirm", taken) not in page
    assert told in text_of(client.get(url("confirm", taken)))
    client.post(url("confirm", taken), {"reason": "I brought it myself"})
    taken.refresh_from_db()
    assert taken.state == ImportState.PREVIEWED
    olive = staff(client, *MANAGES, name="olive")
    assert url("confirm", taken) in text_of(client.get(url("change", taken)))
    client.post(url("confirm", taken), {"reason": "Forms seen"})
    taken.refresh_from_db()
    assert (taken.state, taken.confirmed_by) == (ImportState.APPLYING, olive)
