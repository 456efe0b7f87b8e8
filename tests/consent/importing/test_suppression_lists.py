"""Lists of numbers not to be texted: do-not-call registries, litigators, deactivated numbers."""

from datetime import UTC, date, datetime

import pytest

from consent import projection
from consent.importing import applying, recalling
from consent.importing.previewing import Drawn
from consent.models import OptInEvent, Subscription, Suppression
from consent.vocabulary import EventKind, ImportState, ListKind, Source, Standing
from tests.builders import a_contact, a_topic, a_user, an_event, an_opted_in_contact
from tests.consent.importing.lists import a_list, applied, previewed

pytestmark = pytest.mark.django_db

REGISTRY = Drawn("National Do Not Call Registry", date(2025, 3, 1), date(2097, 3, 31))
LITIGATORS = Drawn("Litigators", date(2025, 3, 1))
ENDS = datetime(2097, 4, 1, 12, tzinfo=UTC)  # March 31 is over everywhere


def suppressed(*rows, drawn=REGISTRY, header="phone", **how):
    return applied(a_list(*rows, header=header), holds=ListKind.SUPPRESSIONS, drawn=drawn, **how)


def bars():
    return {
        (row.contact.number, row.topic and row.topic.slug): (row.reason, row.expires_at)
        for row in Suppression.objects.select_related("contact", "topic")
    }


def test_every_number_is_suppressed_with_the_lists_name_date_and_end():
    topic, officer = a_topic(), a_user()
    an_opted_in_contact(topic, "+12125550101")
    taken = suppressed("(212) 555-0101", "12125550102", "no number", user=officer)
    assert (taken.state, taken.counts) == (
        ImportState.APPLIED,
        {"new": 2, "invalid_number": 1},
    )
    assert bars() == {
        ("+12125550101", None): (
            f"National Do Not Call Registry of 2025-03-01. Line 2 of contact import #{taken.pk}",
            ENDS,
        ),
        ("+12125550102", None): (
            f"National Do Not Call Registry of 2025-03-01. Line 3 of contact import #{taken.pk}",
            ENDS,
        ),
    }
    event = OptInEvent.objects.filter(kind=EventKind.SUPPRESSED).first()
    assert (event.source, event.recorded_by, event.expires_at) == (Source.OTHER, officer, ENDS)
    assert event.evidence.cells == {"phone": "(212) 555-0101"}
    # The consent stays, for when the bar is over
    assert Subscription.objects.get().standing == Standing.OPTED_IN
    assert list(projection.differences()) == []


def test_the_same_list_again_changes_nothing():
    suppressed("+12125550101")
    assert suppressed("+12125550101").counts == {"known": 1}
    assert OptInEvent.objects.count() == 1


def test_a_list_that_ends_never_replaces_a_bar_that_lasts_longer():
    an_event(a_contact("+12125550101"), EventKind.SUPPRESSED, note="Lawyer's letter")
    an_event(a_contact("+12125550102"), EventKind.SUPPRESSED, expires_at=ENDS.replace(year=2096))
    taken = suppressed("+12125550101", "+12125550102")
    assert dict(taken.import_rows.values_list("line", "outcome")) == {2: "known", 3: "new"}
    found = bars()
    assert found["+12125550101", None] == ("Lawyer's letter", None)
    assert found["+12125550102", None][1] == ENDS
    assert suppressed("+12125550102", drawn=LITIGATORS).counts == {"new": 1}
    assert bars()["+12125550102", None][1] is None
    assert list(projection.differences()) == []


def test_a_bar_set_between_preview_and_recording_is_not_shortened():
    taken = previewed(
        a_list("+12125550101", header="phone"), holds=ListKind.SUPPRESSIONS, drawn=REGISTRY
    )
    assert taken.counts == {"new": 1}
    an_event(a_contact("+12125550101"), EventKind.SUPPRESSED, note="Lawyer's letter")
    applying.confirm(taken.pk)
    applying.apply(taken.pk)
    taken.refresh_from_db()
    assert taken.counts == {"known": 1}
    assert bars() == {("+12125550101", None): ("Lawyer's letter", None)}


def test_a_topic_may_be_chosen_or_named():
    first, second = a_topic(), a_topic("example-offers")
    suppressed("+12125550101,", "+12125550102,example-offers", header="phone,topic", topic=first)
    assert set(bars()) == {
        ("+12125550101", first.slug),
        ("+12125550102", second.slug),
    }


def test_who_is_suppressed_by_a_list_is_not_opted_in_by_another():
    a_topic()
    suppressed("+12125550101")
    taken = previewed(a_list("+12125550101,example-alerts,2025-01-01T00:00:00Z,web form"))
    assert taken.counts == {"suppressed": 1}


def test_a_recall_lifts_what_the_list_barred_and_no_other_bar():
    an_event(a_contact("+12125550102"), EventKind.SUPPRESSED, expires_at=ENDS.replace(year=2096))
    taken = suppressed("+12125550101", "+12125550102")
    assert recalling.reach(taken).withdrawn == 2
    assert recalling.confirm(taken.pk, user=a_user(), reason="The wrong file")
    recalling.recall(taken.pk)
    assert bars() == {("+12125550102", None): ("", ENDS.replace(year=2096))}
    assert list(projection.differences()) == []
