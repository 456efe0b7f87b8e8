"""Mappings that are kept by name while a list is mapped."""

import pytest
from django.urls import reverse

from consent.models import ListMapping
from consent.vocabulary import ImportState
from tests.builders import a_topic
from tests.consent.admin.mapping import (
    ANSWERS,
    HEADER,
    KEEPS,
    MAPS,
    a_strange_list,
    staff,
    text_of,
    url,
)
from tests.consent.importing.lists import a_list, previewed

pytestmark = pytest.mark.django_db


def test_a_mapping_kept_by_name_reads_the_next_list_by_itself(client):
    topic, lisa = a_topic(), staff(client, *MAPS, *KEEPS)
    taken = previewed(a_strange_list(), topic=topic, user=lisa)
    client.post(url("mapping", taken), {**ANSWERS, "save_as": "Former vendor"})
    saved = ListMapping.objects.get()
    assert (saved.name, saved.holds, saved.date_form) == ("Former vendor", "consents", "dmy")
    assert saved.words == {"in": "agreed", "gone": "left", "yes please": "agreed"}
    assert (saved.history.get().history_user, saved.history.get().history_change_reason) == (
        lisa,
        f"Kept while mapping contact import #{taken.pk}",
    )
    again = previewed(a_strange_list(), topic=topic, user=lisa)
    assert (again.state, again.counts) == (ImportState.PREVIEWED, {"new": 2, "no_proof": 1})
    assert (again.saved_mapping, again.mapped_as) == (saved, 'The mapping "Former vendor"')
    other = a_list("+12125550104,03/04/2025 2:05 PM,till,Perhaps", header=HEADER)
    unclear = previewed(other, topic=topic, user=lisa)
    assert [about for about, _ in unclear.survey["questions"]] == ["words"]
    page = client.get(url("mapping", unclear))
    assert page.context["form"].value_of("date_form") == "dmy"
    assert page.context["form"].value_of("column_0") == "phone"


def test_a_kept_mapping_is_changed_with_a_reason_and_its_history_stays(client):
    topic, _ = a_topic(), staff(client, *MAPS, *KEEPS)
    taken = previewed(a_strange_list(), topic=topic)
    client.post(url("mapping", taken), {**ANSWERS, "save_as": "Former vendor"})
    saved = ListMapping.objects.get()
    assert "Cell no." in text_of(client.get(url("change", saved)))
    changed = {
        "name": "Former vendor",
        "recognise": "",
        "date_form": "mdy",
        "time_zone": "UTC",
        "column_0": "phone",
        "column_1": "consented_at",
        "column_2": "source",
        "column_3": "agreed",
        "word_0": "agreed",
        "word_1": "neither",
        "word_2": "agreed",
    }
    page = text_of(client.post(url("change", saved), changed))
    assert "This field is required" in page
    answer = client.post(url("change", saved), {**changed, "change_reason": "They told us"})
    assert answer.status_code == 302
    saved.refresh_from_db()
    assert (saved.date_form, saved.time_zone, saved.recognise) == ("mdy", "UTC", False)
    assert saved.words["gone"] == "neither"
    assert [each.history_change_reason for each in saved.history.all()] == [
        "They told us",
        f"Kept while mapping contact import #{taken.pk}",
    ]
    assert previewed(a_strange_list(), topic=topic).state == ImportState.NEEDS_MAPPING
    assert client.get(url("history", saved)).status_code == 200


def test_the_list_of_kept_mappings_says_their_zones_in_words(client):
    topic, _ = a_topic(), staff(client, *MAPS, *KEEPS)
    taken = previewed(a_strange_list(), topic=topic)
    client.post(url("mapping", taken), {**ANSWERS, "save_as": "Former vendor"})
    page = text_of(client.get(reverse("admin:consent_listmapping_changelist")))
    assert '<td class="field-kept_in">New York time</td>' in page
