"""Implied consents and soft opt-ins in lists, through the same checks as one by one."""

from datetime import UTC, date, datetime

import pytest

from consent import projection
from consent.importing import previewing
from consent.models import OptInEvent, Subscription
from consent.vocabulary import EventKind, LegalBasis, Source
from tests.builders import a_topic, an_opted_in_contact
from tests.consent.importing.lists import a_list, applied, previewed

pytestmark = pytest.mark.django_db

HEADER = (
    "phone,consented at,source,basis,implied by,implied on,"
    "details from sale,own similar products,refusal offered then,refusal in each text"
)
SOFT = "yes,yes,yes,yes"
NONE = ",,,"


def a_row(number, at="", basis="", by="", on="", soft=NONE, how="point of sale"):
    return f"{number},{at},{how},{basis},{by},{on},{soft}"


def reasons(taken):
    return dict(taken.import_rows.values_list("line", "reason"))


def test_each_ground_is_recorded_with_what_it_rests_on():
    topic = a_topic()
    taken = applied(
        a_list(
            a_row("+12125550101", by="purchase", on="2026-03-01"),
            a_row("+12125550102", "2026-04-01T10:00:00Z", "soft opt-in", soft=SOFT),
            a_row("+12125550103", "2026-04-01T10:00:00Z"),
            a_row("+12125550104", "2026-04-01T10:00:00Z", "express", how="web form"),
            a_row("+12125550105", "2026-04-01T10:00:00Z", how="web form"),
            header=HEADER,
        ),
        topic=topic,
    )
    assert taken.counts == {"new": 5}
    implied, soft, none, express, written = OptInEvent.objects.order_by("pk")
    assert (implied.legal_basis, implied.implied_by) == (LegalBasis.IMPLIED, "purchase")
    assert implied.implied_on == date(2026, 3, 1)
    assert implied.occurred_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert implied.details_from_sale is None
    assert soft.legal_basis == LegalBasis.SOFT_OPT_IN
    assert (soft.details_from_sale, soft.refusal_in_each_text) == (True, True)
    assert (soft.own_similar_products, soft.refusal_offered_then) == (True, True)
    assert (soft.implied_by, soft.implied_on) == ("", None)
    bases = [event.legal_basis for event in (none, express, written)]
    assert bases == ["express", "express", "express_written"]
    assert {each.legal_basis for each in Subscription.objects.all()} == {
        *("implied", "soft_opt_in", "express", "express_written")
    }
    assert list(projection.differences()) == []


def test_a_ground_that_lacks_what_it_rests_on_proves_nothing():
    at = "2026-04-01T10:00:00Z"
    taken = previewed(
        a_list(
            a_row("+12125550101", at, "implied"),
            a_row("+12125550102", by="purchase"),
            a_row("+12125550103", by="purchase", on="2097-01-01"),
            a_row("+12125550104", by="horoscope", on="2026-01-01"),
            a_row("+12125550105", at, "soft", soft="yes,yes,yes,no"),
            a_row("+12125550106", at, "express", soft="yes,,,"),
            a_row("+12125550107", at, "express written", how="phone call"),
            a_row("+12125550108", at, "hearsay"),
            header=HEADER,
        ),
        topic=a_topic(),
    )
    assert taken.counts == {"no_proof": 8}
    assert [reason.split(":")[0] for _, reason in sorted(reasons(taken).items())] == [
        "Say what implies it",
        "The row does not say on which day that was which implies the consent.",
        "The day of what implies the consent has not come yet.",
        "What implies the consent is not known",
        "A soft opt-in rests on all four",
        "Only a soft opt-in rests on these.",
        "What was only spoken is no agreement in writing.",
        "The ground is not known",
    ]


def test_days_that_imply_are_asked_for_their_form_and_no_zone():
    header = "phone,source,implied by,implied on"
    file = a_list("+12125550101,till,purchase,03/04/2026", header=header)
    taken = previewed(file, topic=a_topic())
    assert [about for about, _ in taken.survey["questions"]] == ["dates"]
    again = previewing.receive(
        a_list("+12125550101,till,purchase,03/04/2026", header=header),
        "a.csv",
        default_topic=taken.default_topic,
        date_form="dmy",
    )
    previewing.preview(again.pk)
    row = again.import_rows.get()
    assert row.ground == {"implied_by": "purchase", "implied_on": "2026-04-03"}


def test_a_later_purchase_begins_a_new_term_and_a_weaker_ground_replaces_none():
    topic = a_topic()
    number = "+12125550101"
    applied(a_list(a_row(number, by="inquiry", on="2026-01-01"), header=HEADER), topic=topic)
    earlier = applied(
        a_list(a_row(number, by="purchase", on="2025-06-01"), header=HEADER), topic=topic
    )
    assert earlier.counts == {"known": 1}
    later = applied(
        a_list(a_row(number, by="purchase", on="2026-06-01"), header=HEADER), topic=topic
    )
    assert later.counts == {"new": 1}
    stands = Subscription.objects.get()
    assert stands.authorised_by.implied_on == date(2026, 6, 1)
    an_opted_in_contact(topic, "+12125550102", at=datetime(2025, 5, 1, tzinfo=UTC))
    weaker = a_list(a_row("+12125550102", by="purchase", on="2026-06-01"), header=HEADER)
    assert applied(weaker, topic=topic).counts == {"known": 1}
    stronger = a_list(a_row(number, "2026-07-01T00:00:00Z", how="web form"), header=HEADER)
    assert applied(stronger, topic=topic).counts == {"new": 1}
    assert Subscription.objects.get(contact__number=number).legal_basis == "express_written"
    assert list(projection.differences()) == []


def test_who_is_asked_for_yes_agrees_by_that_answer():
    topic = a_topic()
    row = a_row("+12125550101", by="purchase", on="2026-03-01")
    applied(a_list(row, header=HEADER), topic=topic, ask_again=True)
    event = OptInEvent.objects.get()
    assert (event.kind, event.implied_by, event.legal_basis) == (EventKind.REQUESTED, "", "express")
    assert event.source == Source.POINT_OF_SALE
