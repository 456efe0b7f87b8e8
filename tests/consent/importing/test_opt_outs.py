"""Lists of people who left, lists that ask again, and consents that are later than an opt-out."""

import io
from datetime import UTC, datetime

import pytest

from consent import clock, projection
from consent.models import Contact, ContactImport, OptInEvent, Subscription
from consent.vocabulary import EventKind, ImportState, ListKind, Place, Source, Standing
from tests.builders import a_contact, a_disclosure, a_topic, a_user, an_event, an_opted_in_contact
from tests.consent.importing.lists import LISTS, a_list, a_row, applied, previewed

pytestmark = pytest.mark.django_db
VERSIONED = "phone,topic,consented_at,source,disclosure_version"


def who_left(*rows, header="Number,Date opted out,Keyword"):
    return a_list(*rows, header=header)


def standings():
    return {
        (number, topic): standing
        for number, topic, standing in Subscription.objects.values_list(
            "contact__number", "topic__slug", "standing"
        )
    }


def outcomes(taken):
    return dict(taken.import_rows.values_list("line", "outcome"))


def test_the_last_vendors_opt_outs_are_all_taken_in():
    topic, officer = a_topic(), a_user()
    file = (LISTS / "opt_outs_from_last_vendor.csv").open("rb")
    taken = applied(file, holds=ListKind.OPT_OUTS, topic=topic, user=officer)
    assert (taken.state, taken.counts) == (ImportState.APPLIED, {"new": 500})
    assert (
        OptInEvent.objects.filter(
            kind=EventKind.OPTED_OUT, topic=topic, contact_import=taken, recorded_by=officer
        ).count()
        == 500
    )
    assert set(standings().values()) == {"opted_out"}
    assert list(projection.differences()) == []
    file.seek(0)
    again = applied(file, holds=ListKind.OPT_OUTS, topic=topic)
    assert again.counts == {"known": 500}
    assert OptInEvent.objects.count() == 500


def test_without_a_topic_a_person_leaves_everything():
    topic = a_topic()
    an_opted_in_contact(topic, "+12125550101")
    applied(who_left("+12125550101,,STOP"), holds=ListKind.OPT_OUTS)
    assert standings() == {
        ("+12125550101", "example-alerts"): Standing.OPTED_OUT,
        ("+12125550101", None): Standing.OPTED_OUT,
    }
    event = OptInEvent.objects.get(kind=EventKind.OPTED_OUT)
    assert (event.topic, event.source, event.legal_basis) == (None, Source.OTHER, "none")
    assert event.evidence.cells == {
        "Number": "+12125550101",
        "Date opted out": "",
        "Keyword": "STOP",
    }
    assert list(projection.differences()) == []


def test_a_row_may_name_the_topic_and_an_unknown_one_means_all():
    a_topic(), a_topic("example-offers")
    file = a_list("+12125550101,example-offers", "+12125550102,their-news", header="phone,topic")
    applied(file, holds=ListKind.OPT_OUTS)
    assert standings() == {
        ("+12125550101", "example-offers"): Standing.OPTED_OUT,
        ("+12125550102", None): Standing.OPTED_OUT,
    }


def test_an_opt_out_counts_from_when_it_happened_and_else_from_now():
    topic = a_topic()
    an_opted_in_contact(topic, "+12125550101", at=datetime(2025, 5, 1, tzinfo=UTC))
    an_opted_in_contact(topic, "+12125550102", at=datetime(2025, 5, 1, tzinfo=UTC))
    an_opted_in_contact(topic, "+12125550103", at=datetime(2025, 5, 1, tzinfo=UTC))
    before = clock.now()
    file = who_left(
        "+12125550101,2025-01-01T00:00:00Z,",
        "+12125550102,03/04/2025 10:00,",
        "+12125550103,2097-01-01T00:00:00Z,",
    )
    taken = applied(file, holds=ListKind.OPT_OUTS, topic=topic)
    assert taken.counts == {"new": 3}
    first, second, third = OptInEvent.objects.filter(kind=EventKind.OPTED_OUT).order_by("note")
    assert first.occurred_at == datetime(2025, 1, 1, tzinfo=UTC)
    assert min(second.occurred_at, third.occurred_at) >= before
    assert set(standings().items()) == {
        (("+12125550101", "example-alerts"), Standing.OPTED_IN),
        (("+12125550102", "example-alerts"), Standing.OPTED_OUT),
        (("+12125550103", "example-alerts"), Standing.OPTED_OUT),
    }
    assert list(projection.differences()) == []


def test_only_numbers_that_nobody_can_have_and_repeats_are_left_out_of_opt_outs():
    taken = previewed(
        who_left("+12125550101,,", "call me,,", "(212) 555-0101,,", "+442079460123,,"),
        holds=ListKind.OPT_OUTS,
    )
    assert outcomes(taken) == {2: "new", 3: "invalid_number", 4: "duplicate_in_file", 5: "new"}


def test_a_suppressed_person_and_one_of_a_closed_topic_can_still_leave():
    topic = a_topic(open=False)
    an_event(a_contact("+12125550101"), EventKind.SUPPRESSED)
    taken = applied(who_left("+12125550101,,"), holds=ListKind.OPT_OUTS, topic=topic)
    assert taken.counts == {"new": 1}


def test_amazons_own_list_is_recognised():
    file = io.BytesIO(b"OptedOutNumber,OptedOutTimestamp\n+12125550101,2025-01-01T00:00:00Z\n")
    taken = applied(file, holds=ListKind.OPT_OUTS)
    assert OptInEvent.objects.get().occurred_at == datetime(2025, 1, 1, tzinfo=UTC)
    assert taken.counts == {"new": 1}


def test_a_list_that_asks_again_opts_nobody_in():
    topic = a_topic()
    an_opted_in_contact(topic, "+12125550102")
    an_event(a_contact("+12125550103"), EventKind.OPTED_OUT)
    before = clock.now()
    rows = [a_row(f"+1212555010{n}") for n in (1, 2, 3)]
    taken = applied(a_list(*rows), ask_again=True)
    assert taken.counts == {"pending": 1, "known": 1, "opted_out": 1}
    event = OptInEvent.objects.get(contact_import=taken)
    assert (event.kind, event.contact.number) == (EventKind.REQUESTED, "+12125550101")
    assert event.occurred_at >= before
    row = Subscription.objects.get(contact=event.contact)
    assert (row.standing, row.requested_by) == (Standing.PENDING, event)
    assert list(projection.differences()) == []
    again = applied(a_list(*rows), ask_again=True)
    assert again.counts == {"known": 2, "opted_out": 1}


def test_who_left_is_never_asked_again_even_if_told_to():
    taken = previewed(who_left("+12125550101,,"), holds=ListKind.OPT_OUTS, ask_again=True)
    assert (ContactImport.objects.get().ask_again, taken.counts) == (False, {"new": 1})


@pytest.mark.parametrize(
    ("allowed", "at", "version", "outcome"),
    [
        (True, "2025-06-01T00:00:00Z", "1", "new"),
        (True, "2025-06-01T00:00:00Z", "7", "opted_out"),
        (True, "2025-06-01T00:00:00Z", "", "opted_out"),
        (True, "2025-01-01T00:00:00Z", "1", "opted_out"),
        (False, "2025-06-01T00:00:00Z", "1", "opted_out"),
    ],
)
def test_only_a_later_proven_consent_overturns_and_only_where_the_house_allows(
    settings, allowed, at, version, outcome
):
    settings.IMPORT_OVERTURNS_OPT_OUTS = allowed
    topic = a_topic()
    a_disclosure(topic, place=Place.WEB_FORM)
    an_event(
        a_contact("+12125550101"),
        EventKind.OPTED_OUT,
        topic,
        occurred_at=datetime(2025, 3, 1, tzinfo=UTC),
    )
    taken = applied(a_list(f"{a_row(at=at)},{version}", header=VERSIONED))
    assert taken.counts == {outcome: 1}
    standing = Standing.OPTED_IN if outcome == "new" else Standing.OPTED_OUT
    assert Subscription.objects.get().standing == standing
    assert list(projection.differences()) == []


def test_a_known_person_of_whom_the_list_says_more_is_updated():
    topic, officer = a_topic(), a_user()
    an_opted_in_contact(topic, "+12125550101")
    header = "phone,topic,consented_at,source,language"
    taken = applied(a_list(a_row() + ",es", header=header), user=officer)
    assert taken.counts == {"updated": 1}
    person = Contact.objects.get()
    assert (person.language, person.history.first().history_user) == ("es", officer)
    assert OptInEvent.objects.filter(contact_import=taken).count() == 0
    assert applied(a_list(a_row() + ",es", header=header)).counts == {"known": 1}
    assert person.history.count() == 2


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        ("+442079460123", "not_a_mobile"),
        ("+18003569377", "not_a_mobile"),
        ("+447911123456", "new"),
        ("+12125550101", "new"),
    ],
)
def test_a_number_that_no_text_reaches_is_not_opted_in(number, outcome):
    a_topic()
    assert previewed(a_list(a_row(number))).counts == {outcome: 1}
