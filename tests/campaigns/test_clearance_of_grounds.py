"""Consents that are implied or a soft opt-in, from the ledger to the decision."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from campaigns import audience
from campaigns.clearance import Outcome, SoftOptIn, decide
from campaigns.clearance_facts import Ask, facts_of
from campaigns.explanation import explain
from campaigns.past_facts import facts_then
from campaigns.rulebook.loader import load
from campaigns.vocabulary import MessageKind as K
from consent import clock
from consent.ledger import SoftFacts
from consent.taking_consent import Given, take
from consent.vocabulary import EventKind, ImpliedBy, LegalBasis, MessageClass, Source
from tests import builders as make
from tests.campaigns.test_audience_by_groups import as_written, one_by_one

pytestmark = pytest.mark.django_db
B, TORONTO, LONDON, PARIS = LegalBasis, "+14165550123", "+447400123456", "+33612345678"
FOUR = SoftFacts(True, True, True, True)
MONDAY = date(2026, 3, 2)


@pytest.fixture
def topic():
    return make.a_topic(message_class=MessageClass.TRANSACTIONAL)


def a_consent(topic, number, basis, on=MONDAY, **fields):
    contact = make.a_contact(number)
    given = Given(Source.POINT_OF_SALE, basis, on, "Known", **fields)
    take(contact, topic, given, by=make.a_user(f"officer-{contact.pk}"))
    return contact


def an_opt_in(topic, number, basis, **fields):
    contact = make.a_contact(number)
    make.an_event(
        contact,
        EventKind.OPTED_IN,
        topic,
        source=Source.POINT_OF_SALE,
        basis=basis,
        occurred_at=datetime(2026, 3, 2, tzinfo=UTC),
        **fields,
    )
    return contact


def decided(contact, topic, moment):
    number = make.a_number(topic)
    (facts,) = facts_of([Ask(K.LIST_AUDIT, contact.pk, topic.pk, number.pk)])
    clearance = decide(facts, load(), moment)
    return clearance.outcome, clearance.code


@pytest.mark.parametrize(
    ("by", "on", "ends"),
    [
        (ImpliedBy.PURCHASE, date(2024, 3, 5), date(2026, 3, 5)),
        (ImpliedBy.NON_BUSINESS, date(2024, 3, 5), date(2026, 3, 5)),
        (ImpliedBy.INQUIRY, date(2025, 9, 5), date(2026, 3, 5)),
        (ImpliedBy.PURCHASE, date(2024, 2, 29), date(2026, 2, 28)),  # no 29 February in 2026
        (ImpliedBy.INQUIRY, date(2025, 8, 31), date(2026, 2, 28)),
    ],
)
def test_implied_consent_ends_by_the_day_of_what_implied_it(topic, by, on, ends):
    contact = a_consent(topic, TORONTO, B.IMPLIED, on, implied_by=by)
    end = datetime(ends.year, ends.month, ends.day, tzinfo=UTC)
    number = make.a_number(topic)
    (facts,) = facts_of([Ask(K.LIST_AUDIT, contact.pk, topic.pk, number.pk)])
    assert (facts.implied_by, facts.consented_at.date()) == (by, on)

    def code(moment):
        return decide(facts, load(), moment).code

    assert code(end - timedelta(minutes=1)) != "consent.expiry"
    assert code(end) == "consent.expiry"


def test_it_counts_from_its_own_day_and_not_from_when_it_was_recorded(topic):
    """A purchase of long ago that is written down today gives no new two years."""
    contact = make.a_contact(TORONTO)
    make.an_event(
        contact,
        EventKind.OPTED_IN,
        topic,
        source=Source.STAFF,
        basis=B.IMPLIED,
        implied_by=ImpliedBy.INQUIRY,
        implied_on=date(2025, 1, 10),
        occurred_at=datetime(2026, 3, 1, tzinfo=UTC),
    )
    noon = datetime(2026, 3, 2, 17, tzinfo=UTC)
    assert decided(contact, topic, noon) == (Outcome.REFUSE, "consent.expiry")


@pytest.mark.parametrize(
    ("number", "basis", "fields", "answer"),
    [
        (
            TORONTO,
            B.IMPLIED,
            {"implied_by": ImpliedBy.PURCHASE, "implied_on": MONDAY},
            (Outcome.CLEAR, ""),
        ),
        (TORONTO, B.IMPLIED, {}, (Outcome.REFUSE, "consent.expiry")),
        (
            "+12125550142",
            B.IMPLIED,
            {"implied_by": ImpliedBy.PURCHASE, "implied_on": MONDAY},
            (Outcome.REFUSE, "ctia.informational"),
        ),
    ],
)
def test_implied_consent_is_good_in_canada_and_with_its_ground(
    topic, number, basis, fields, answer
):
    contact = an_opt_in(topic, number, basis, **fields)
    assert decided(contact, topic, datetime(2026, 3, 2, 17, tzinfo=UTC)) == answer


@pytest.mark.parametrize(
    ("number", "soft", "answer"),
    [
        (LONDON, FOUR, (Outcome.CLEAR, "")),
        (LONDON, SoftFacts(True, True, True, False), (Outcome.REFUSE, "consent.soft")),
        (LONDON, SoftFacts(True, None, True, True), (Outcome.REFUSE, "consent.soft")),
        (LONDON, SoftFacts(), (Outcome.REFUSE, "consent.soft")),
        (PARIS, FOUR, (Outcome.REFUSE, "fr.consent")),
    ],
)
def test_a_soft_opt_in_is_good_in_britain_and_with_all_four_facts(number, soft, answer):
    topic = make.a_topic()
    contact = an_opt_in(topic, number, B.SOFT_OPT_IN, soft=soft)
    assert decided(contact, topic, datetime(2026, 3, 2, 12, tzinfo=UTC)) == answer


def test_the_explanation_shows_what_a_soft_opt_in_rests_on(topic):
    contact = a_consent(topic, LONDON, B.SOFT_OPT_IN, soft=FOUR)
    make.a_number(topic)
    assert explain(contact, topic).facts.soft_opt_in == SoftOptIn(True, True, True, True)


def anybody(dice, topic, serial):
    number = dice.choice(["+1416555{:04d}", "+447400123{:03d}", "+1212555{:04d}"]).format(
        100 + serial % 100
    )
    on = clock.now().date() - timedelta(days=dice.choice([1, 150, 179, 190, 720, 729, 735]))
    maybe = (True, True, True, True, None, False)
    if dice.random() < 0.5:
        by = dice.choice([*ImpliedBy, None])
        ground = {"basis": B.IMPLIED, "implied_by": by, "implied_on": on if by else None}
    else:
        soft = FOUR if dice.random() < 0.5 else SoftFacts(*dice.choices(maybe, k=4))
        ground = {"basis": B.SOFT_OPT_IN, "soft": soft}
    contact = make.a_contact(number)
    make.an_event(
        contact,
        EventKind.OPTED_IN,
        topic,
        source=dice.choice([Source.STAFF, Source.PAPER_FORM]),
        occurred_at=clock.now() - timedelta(days=dice.choice([0, 3, 200, 800])),
        **ground,
    )
    return contact.pk


@pytest.mark.parametrize("seed", range(4))
def test_bulk_equals_single_equals_past(seed, business_hours, monkeypatch):
    dice = random.Random(seed)
    promotes = seed % 2 == 0
    topic = make.a_topic(
        message_class=MessageClass.PROMOTIONAL if promotes else MessageClass.TRANSACTIONAL
    )
    number = make.a_number(topic)
    people = [anybody(dice, topic, serial) for serial in range(60)]
    if seed == 3:
        make.an_age_policy(months=7)
    campaign = make.an_approved_campaign(topic, number)
    assert audience.start(campaign.pk)
    campaign.refresh_from_db()
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    expected = one_by_one(campaign, people, moment)
    asks = [Ask(K.CAMPAIGN, each, topic.pk, number.pk, campaign.pk) for each in people]
    assert facts_then([(ask, moment) for ask in asks]) == facts_of(asks)
    monkeypatch.setattr(audience, "CHUNK", 17)
    audience.freeze(campaign.pk)
    assert as_written(campaign) == expected
    codes = {row[1] for row in expected.values()}
    assert {"consent.expiry", "consent.soft"} & codes
