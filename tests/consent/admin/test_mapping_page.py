"""The page on which staff say how a list is read."""

import pytest
from django.urls import reverse

from consent.admin.staff_log import written_about
from consent.importing import previewing
from consent.models import ContactImport
from consent.vocabulary import ImportState, ListKind
from tests.builders import a_topic
from tests.consent.admin.mapping import ANSWERS, HEADER, MAPS, a_strange_list, staff, text_of, url
from tests.consent.importing.lists import LISTS, a_list, previewed

pytestmark = pytest.mark.django_db


def test_an_unclear_list_waits_and_is_read_as_a_person_says(client):
    topic, lisa = a_topic(), staff(client, *MAPS)
    taken = previewed(a_strange_list(), topic=topic, user=lisa)
    assert (taken.state, taken.rows, taken.import_rows.count()) == ("needs_mapping", 0, 0)
    page = text_of(client.get(url("change", taken)))
    assert "You say how the list is read" in page
    assert url("mapping", taken) in page

    page = client.get(url("mapping", taken))
    assert "Cell no." in text_of(page)
    assert "03/04/2025 2:05 PM" in text_of(page)
    answer = client.post(url("mapping", taken), ANSWERS)
    assert (answer.status_code, answer.url) == (302, url("change", taken))
    taken.refresh_from_db()
    assert taken.state == ImportState.UPLOADED
    previewing.preview(taken.pk)
    taken.refresh_from_db()
    assert taken.counts == {"new": 2, "no_proof": 1}
    first = taken.import_rows.get(line=2)
    assert first.occurred_at.isoformat() == "2025-04-03T18:05:00+00:00"
    assert taken.import_rows.get(line=3).reason == "The list itself says that this person left."
    assert written_about(taken)[0].get_change_message() == "Said how the list is read."
    page = text_of(client.get(url("change", taken)))
    assert "Phone number: Cell no.; When they agreed: Joined" in page
    assert "Change the mapping" in page


def test_the_topic_of_the_whole_list_may_still_be_chosen(client):
    topic, lisa = a_topic(), staff(client, *MAPS)
    taken = previewed(a_strange_list(), user=lisa)
    page = text_of(client.get(url("mapping", taken)))
    assert "Choose a topic for the whole list, or add the column." in page
    page = text_of(client.post(url("mapping", taken), ANSWERS))
    assert "Still missing: topic." in page
    assert client.post(url("mapping", taken), {**ANSWERS, "topic": topic.pk}).status_code == 302
    previewing.preview(taken.pk)
    taken.refresh_from_db()
    assert (taken.default_topic, taken.counts) == (topic, {"new": 2, "no_proof": 1})
    said = [entry.get_change_message() for entry in written_about(taken)]
    assert "Rows that name no topic are about Example Corp. alerts." in said
    assert "Topic of rows that name none" not in text_of(client.get(url("mapping", taken)))


def test_nothing_is_guessed_where_the_page_is_sent_half_filled(client):
    topic, lisa = a_topic(), staff(client, *MAPS)
    taken = previewed(a_strange_list(), topic=topic, user=lisa)
    half = {"headed": "yes", "column_0": "phone", "column_1": "consented_at", "column_2": "source"}
    page = text_of(client.post(url("mapping", taken), {**half, "column_3": "agreed"}))
    assert "Say what this word means." in page
    assert "Say whether the day or the month comes first." in page
    assert "Say in which time zone the times were kept." in page
    page = text_of(client.post(url("mapping", taken), {**half, "column_3": "phone"}))
    assert "Phone number: chosen for two columns." in page
    page = text_of(client.post(url("mapping", taken), {"headed": "yes", "column_0": "phone"}))
    assert "Still missing: when they agreed, how they agreed." in page
    taken.refresh_from_db()
    assert taken.state == ImportState.NEEDS_MAPPING


def test_what_everybody_calls_agreeing_is_not_asked_for_once_its_column_is_chosen(client):
    topic, lisa = a_topic(), staff(client, *MAPS)
    taken = previewed(
        a_list(
            "+12125550101,03/04/2025,till,SUBSCRIBED",
            "+12125550102,03/04/2025,till,Gone fishing",
            header=HEADER,
        ),
        topic=topic,
        user=lisa,
    )
    columns = {"column_0": "phone", "column_1": "consented_at", "column_2": "source"}
    page = client.post(url("mapping", taken), {"headed": "yes", **columns, "column_3": "agreed"})
    form = page.context["form"]
    shown = {form[name].label: form.value_of(name) for name in form.fields if "word_" in name}
    assert shown == {"SUBSCRIBED": "agreed", "Gone fishing": ""}
    faulty = [form[name].label for name in form.errors if "word_" in name]
    assert faulty == ["Gone fishing"]


def test_the_form_that_a_date_settles_is_proposed_and_no_more(client):
    topic, lisa = a_topic(), staff(client, *MAPS)
    header = "phone,consented at,source"
    settled = previewed(
        a_list("+12125550101,25/04/2025,till", "+12125550102,03/04/2025,till", header=header),
        topic=topic,
        user=lisa,
    )
    page = client.get(url("mapping", settled))
    assert page.context["form"].value_of("date_form") == "dmy"
    assert page.context["form"].value_of("time_zone") == ""
    both = previewed(
        a_list("+12125550101,05/04/2025,till", "+12125550102,03/04/2025,till", header=header),
        topic=topic,
        user=lisa,
    )
    assert client.get(url("mapping", both)).context["form"].value_of("date_form") == ""


def test_numbers_among_the_samples_are_masked_without_the_right_to_see_them(client):
    topic = a_topic()
    staff(client, *MAPS)
    taken = previewed(a_strange_list(), topic=topic)
    page = text_of(client.get(url("mapping", taken)))
    assert "+•••••••0101" in page
    assert "2125550101" not in page
    assert "03/04/2025 2:05 PM" in page
    staff(client, *MAPS, "see_whole_numbers", name="olive")
    assert "+12125550101" in text_of(client.get(url("mapping", taken)))


def test_a_changed_mapping_begins_the_preview_anew(client):
    topic, lisa = a_topic(), staff(client, *MAPS)
    taken = previewed(a_strange_list(), topic=topic, user=lisa)
    client.post(url("mapping", taken), ANSWERS)
    previewing.preview(taken.pk)
    client.post(url("mapping", taken), {**ANSWERS, "word_3_1": "agreed"})
    previewing.preview(taken.pk)
    taken.refresh_from_db()
    assert taken.counts == {"new": 3}
    client.post(url("confirm", taken), {"reason": "All forms are in the safe"})
    taken.refresh_from_db()
    assert (taken.state, taken.survey) == (ImportState.APPLYING, {})
    assert client.get(url("mapping", taken)).status_code == 302


def test_a_list_without_header_is_mapped_by_the_numbers_of_its_columns(client):
    topic, lisa = a_topic("acme-alerts"), staff(client, *MAPS)
    taken = previewed((LISTS / "no_header.csv").open("rb"), user=lisa)
    assert (taken.state, taken.survey["headed"]) == (ImportState.NEEDS_MAPPING, False)
    assert "column 4" in text_of(client.get(url("mapping", taken)))
    columns = ("phone", "topic", "consented_at", "source")
    answers = {f"column_{at}": field for at, field in enumerate(columns)}
    client.post(url("mapping", taken), {**answers, "headed": "no"})
    previewing.preview(taken.pk)
    taken.refresh_from_db()
    assert taken.counts == {"new": 1}
    row = taken.import_rows.get()
    assert (row.line, row.topic) == (1, topic)


def test_a_person_may_say_that_the_first_line_is_a_row_after_all(client):
    a_topic(), staff(client, *MAPS)
    taken = previewed(a_list("x,y", header="anne,till"))
    client.post(url("mapping", taken), {"headed": "no"})
    previewing.preview(taken.pk)
    taken.refresh_from_db()
    assert taken.survey["headed"] is False
    assert [column["name"] for column in taken.survey["columns"]] == ["column 1", "column 2"]


def test_who_may_not_bring_lists_may_not_map_them(client):
    taken = previewed(a_strange_list(), topic=a_topic())
    staff(client, "view_contactimport")
    assert client.get(url("mapping", taken)).status_code == 403
    assert client.post(url("mapping", taken), ANSWERS).status_code == 403
    assert ContactImport.objects.get().state == ImportState.NEEDS_MAPPING


def test_a_waiting_list_can_be_discarded(client):
    lisa = staff(client, *MAPS)
    taken = previewed(a_strange_list(), topic=a_topic(), user=lisa)
    client.post(url("discard", taken), {"reason": "Wrong file"})
    taken.refresh_from_db()
    assert (taken.state, taken.survey, bool(taken.file)) == (ImportState.DISCARDED, {}, False)


def test_a_list_of_people_who_left_says_by_its_words_who_did(client):
    lisa = staff(client, *MAPS)
    file = (LISTS / "crm_profiles.csv").open("rb")
    taken = previewed(file, holds=ListKind.OPT_OUTS, user=lisa)
    assert taken.state == ImportState.NEEDS_MAPPING
    page = client.get(url("mapping", taken))
    words = page.context["words"]
    assert {word["word"]: word["field"].value() for word in words} == {
        "SUBSCRIBED": "agreed",
        "UNSUBSCRIBED": "left",
        "NEVER_SUBSCRIBED": "neither",
    }
    form = page.context["form"]
    answers = {name: form.value_of(name) for name in form.fields if form.value_of(name)}
    client.post(url("mapping", taken), answers)
    previewing.preview(taken.pk)
    taken.refresh_from_db()
    assert taken.rows - taken.counts["no_proof"] == 195


def test_lists_that_wait_to_be_mapped_are_shown_on_the_first_page(client):
    staff(client, *MAPS)
    assert "list to map" not in text_of(client.get(reverse("admin:index")))
    previewed(a_strange_list(), topic=a_topic())
    assert "list to map" in text_of(client.get(reverse("admin:index")))
