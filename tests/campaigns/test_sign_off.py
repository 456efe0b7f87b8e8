from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from campaigns.models import RuleSignOff
from campaigns.rulebook.loader import load
from campaigns.sign_off import Signature, Signing, sign, standings
from tests.builders import a_user

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 20)
SIGNING = Signing("Jane Counsel", TODAY, TODAY + timedelta(days=30), "Read.", "Yearly review")


def how(*rules, on=TODAY):
    return [each.signature for each in standings(rules, on)]


def test_a_row_is_signed_until_the_day_of_its_review():
    rule = load().rule("us.fl.cap")
    assert how(rule) == [Signature.UNSIGNED]
    sign([rule], SIGNING, staff=a_user())
    assert how(rule, on=SIGNING.review_by) == [Signature.SIGNED]
    assert how(rule, on=SIGNING.review_by + timedelta(days=1)) == [Signature.OVERDUE]


@pytest.mark.parametrize(
    "changed",
    [{"note": "Changed."}, {"citation": "Act 2"}, {"effective_from": TODAY}, {"by_number": True}],
)
def test_a_row_that_changed_counts_as_unsigned_again(changed):
    rule = load().rule("us.fl.cap")
    sign([rule], SIGNING, staff=a_user())
    assert how(replace(rule, **changed)) == [Signature.CHANGED]


def test_each_sign_off_stays_in_the_history_with_who_and_why():
    rule, staff = load().rule("us.fl.cap"), a_user()
    sign([rule], SIGNING, staff=staff)
    sign([rule], replace(SIGNING, signed_by="John Counsel", reason="Again"), staff=staff)
    kept = RuleSignOff.history.order_by("pk").values_list(
        "rule", "signed_by", "history_user__username", "history_change_reason"
    )
    assert list(kept) == [
        ("us.fl.cap", "Jane Counsel", "officer", "Yearly review"),
        ("us.fl.cap", "John Counsel", "officer", "Again"),
    ]
    assert RuleSignOff.objects.get().signed_by == "John Counsel"


def test_the_database_keeps_every_sign_off():
    sign([load().rule("us.fl.cap")], SIGNING, staff=a_user())
    with pytest.raises(IntegrityError, match="only grows"), transaction.atomic():
        RuleSignOff.history.all().delete()


def test_signing_all_rows_costs_as_many_statements_as_signing_two():
    staff = a_user()

    def statements(rules):
        with CaptureQueriesContext(connection) as asked:
            assert sign(rules, SIGNING, staff=staff) == len(rules)
        return len(asked)

    some, others = load().rules[:2], load().rules[2:]
    assert statements(some) == statements(others)
    assert statements(some) == statements(load().rules)


@pytest.mark.parametrize(
    ("changed", "promise"),
    [
        ({"signed_by": ""}, "sign_off_names_counsel_and_the_row_as_signed"),
        ({"review_by": TODAY}, "review_comes_after_signing"),
    ],
)
def test_the_database_refuses_a_sign_off_without_a_name_or_a_review(changed, promise):
    with pytest.raises(IntegrityError, match=promise), transaction.atomic():
        sign([load().rule("us.fl.cap")], replace(SIGNING, **changed), staff=a_user())
