"""Two people, one digest, and every move in the history with its reason."""

import pytest
from django.db import IntegrityError, transaction

from campaigns import approval
from campaigns.approval import NotAllowed
from campaigns.models import Campaign
from campaigns.vocabulary import CampaignStatus as C
from tests import builders as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic():
    return make.a_topic()


@pytest.fixture
def number(topic):
    return make.a_number(topic)


@pytest.fixture
def draft(topic, number):
    return make.a_campaign(topic, number, text="{brand}: sale!")


@pytest.fixture
def boss():
    return make.a_user("boss")


def test_submitting_fills_the_placeholders_in(draft):
    submitted = approval.submit(draft, by=draft.author)
    assert (submitted.status, submitted.text) == (C.SUBMITTED, "Example Corp.: sale!")


def test_another_person_approves_exactly_these_words(draft, boss):
    approval.submit(draft, by=draft.author)
    approved = approval.approve(draft, by=boss)
    assert (approved.status, approved.approved_by) == (C.APPROVED, boss)
    assert approved.is_approved
    approved.text = "Example Corp.: another sale!"
    assert not approved.is_approved


def test_nobody_approves_their_own(draft):
    approval.submit(draft, by=draft.author)
    with pytest.raises(NotAllowed, match="somebody else must approve it"):
        approval.approve(draft, by=draft.author)
    assert Campaign.objects.get().status == C.SUBMITTED


def test_who_changed_the_words_does_not_approve_them(draft, boss):
    draft.text = "{brand}: a better sale!"
    draft._history_user = boss
    draft.save()
    approval.submit(draft, by=draft.author)
    with pytest.raises(NotAllowed, match="You changed this campaign"):
        approval.approve(draft, by=boss)
    assert approval.approve(draft, by=make.a_user("other")).status == C.APPROVED


def test_who_sent_it_back_unchanged_may_approve_it_later(draft, boss):
    approval.submit(draft, by=draft.author)
    approval.back_to_draft(draft, by=boss, reason="Not yet")
    approval.submit(draft, by=draft.author)
    assert approval.approve(draft, by=boss).status == C.APPROVED


def test_not_even_past_the_screen(draft, boss):
    approval.submit(draft, by=draft.author)
    approval.approve(draft, by=boss)
    with pytest.raises(IntegrityError, match="nobody_approves"), transaction.atomic():
        Campaign.objects.update(approved_by=draft.author)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"text": "sale!"}, "name Example Corp."),
        ({"text": "{brand}: {nonsense}"}, "nonsense"),
        ({"text": "{brand}: https://bit.ly/x"}, "bit.ly"),
    ],
)
def test_a_text_that_must_not_be_sent_is_not_submitted(draft, change, words):
    Campaign.objects.update(**change)
    with pytest.raises(NotAllowed, match=words):
        approval.submit(draft, by=draft.author)


def test_a_number_that_does_not_carry_the_topic_is_not_submitted(draft, number):
    number.topics.clear()
    with pytest.raises(NotAllowed, match="does not carry this topic"):
        approval.submit(draft, by=draft.author)


def test_a_closed_topic_is_not_submitted(draft, topic):
    topic.open = False
    topic.save()
    with pytest.raises(NotAllowed, match="closed"):
        approval.submit(draft, by=draft.author)


def test_back_in_draft_the_approval_is_void(draft, boss):
    approval.submit(draft, by=draft.author)
    approval.approve(draft, by=boss)
    again = approval.back_to_draft(draft, by=boss, reason="Wrong date")
    assert (again.status, again.approved_by, again.approved_digest) == (C.DRAFT, None, "")


@pytest.mark.parametrize(
    ("move", "words"),
    [
        (approval.approve, "Only a submitted campaign can be approved; this one is draft."),
        (approval.pause, "Only a running campaign can be paused; this one is draft."),
        (approval.resume, "Only a paused campaign can be resumed; this one is draft."),
    ],
)
def test_moves_out_of_turn_are_refused_in_plain_words(draft, boss, move, words):
    with pytest.raises(NotAllowed) as refusal:
        move(draft, by=boss, reason="Because")
    assert str(refusal.value) == words


def test_an_approved_campaign_is_not_resumed_past_its_start(draft, boss):
    approval.submit(draft, by=draft.author)
    approval.approve(draft, by=boss)
    with pytest.raises(NotAllowed, match="Only a paused campaign"):
        approval.resume(draft, by=boss, reason="Now")


@pytest.mark.parametrize(
    "move", [approval.back_to_draft, approval.pause, approval.resume, approval.cancel]
)
def test_serious_moves_want_a_reason(draft, boss, move):
    with pytest.raises(NotAllowed, match="Say why"):
        move(draft, by=boss, reason="  ")


def test_the_history_says_who_and_why(draft, boss):
    approval.submit(draft, by=draft.author, reason="Spring")
    approval.approve(draft, by=boss, reason="Read and good")
    approval.cancel(draft, by=boss, reason="Store burnt down")
    told = list(
        Campaign.history.order_by("history_id").values_list(
            "status", "history_user__username", "history_change_reason"
        )
    )[1:]
    assert told == [
        ("submitted", "author", "Spring"),
        ("approved", "boss", "Read and good"),
        ("cancelled", "boss", "Store burnt down"),
    ]
