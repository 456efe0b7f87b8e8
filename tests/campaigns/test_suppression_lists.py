"""A suppression list bars texts as long as it says, and no longer."""

from datetime import date, timedelta

import pytest

from campaigns.clearance import Suppression, decide
from campaigns.clearance_facts import Ask, facts_of
from campaigns.rulebook.loader import load
from campaigns.vocabulary import MessageKind
from consent.importing.previewing import Drawn
from consent.vocabulary import ListKind
from tests import builders as make
from tests.consent.importing.lists import a_list, applied

pytestmark = pytest.mark.django_db


def test_texts_are_barred_until_the_list_ends():
    topic = make.a_topic()
    number = make.a_number(topic)
    contact = make.an_opted_in_contact(topic, "+12125550101")
    drawn = Drawn("Texas No-Call", date(2025, 3, 1), date(2097, 3, 31))
    file = a_list("+12125550101", header="phone")
    taken = applied(file, holds=ListKind.SUPPRESSIONS, drawn=drawn)
    [facts] = facts_of([Ask(MessageKind.LIST_AUDIT, contact.pk, topic.pk, number.pk)])
    reason = f"Texas No-Call of 2025-03-01. Line 2 of contact import #{taken.pk}"
    assert facts.suppressions == (Suppression("all", reason, taken.expires_at),)

    def bars(moment):
        clearance = decide(facts, load(), moment)
        return [v.outcome.value for v in clearance.verdicts if v.code == "suppression"]

    assert bars(taken.expires_at - timedelta(seconds=1)) == ["refuse"]
    assert bars(taken.expires_at) == ["pass"]
