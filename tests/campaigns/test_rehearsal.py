"""A rehearsal plays the real code and leaves nothing behind."""

import pytest
from django.db import connection, transaction

from campaigns import rehearsal
from campaigns.models import Message, Reply
from campaigns.vocabulary import MessageKind
from consent.models import Contact, Evidence, OptInEvent, Subscription
from consent.vocabulary import Standing
from tests import builders as make

KEPT = (Contact, OptInEvent, Evidence, Subscription, Reply, Message)


@pytest.fixture
def topic():
    topic = make.a_topic()
    make.a_disclosure(topic)
    make.a_number(topic)
    return topic


def counts():
    return {model.__name__: model.objects.count() for model in KEPT}


@pytest.mark.django_db
def test_each_scene_shows_what_is_answered_and_how_the_standing_moves(topic):
    played = rehearsal.rehearse(topic)
    by_words = {scene.said: scene for scene in played.scenes}
    assert list(by_words) == ["YES", "HELP", "STOP", "START", "take me off your list"]
    moves = {said: (scene.before, scene.after) for said, scene in by_words.items()}
    S = Standing  # noqa: N806
    assert moves["YES"] == (S.PENDING, S.OPTED_IN)
    assert moves["HELP"] == (S.OPTED_IN, S.OPTED_IN)
    assert moves["STOP"] == (S.OPTED_IN, S.OPTED_OUT)
    assert moves["START"][0] == S.OPTED_OUT
    answers = {
        said: [(line.kind, line.clearance.outcome.value) for line in scene.answers]
        for said, scene in by_words.items()
    }
    assert answers["YES"] == [(MessageKind.WELCOME, "clear")]
    assert answers["HELP"] == [(MessageKind.HELP_REPLY, "clear")]
    assert answers["STOP"] == [(MessageKind.STOP_CONFIRMATION, "clear")]
    assert by_words["STOP"].answers[0].text.startswith("STOP: You're unsubscribed from Example")
    assert by_words["STOP"].events == ("Opted out: Example Corp. alerts",)
    assert all(0 < scene.seconds < 60 for scene in played.scenes)


@pytest.mark.django_db(transaction=True)
def test_nothing_of_it_is_kept_and_nobody_is_woken(topic, monkeypatch):
    before, woken = counts(), []
    usual = rehearsal.replies.receive

    def receive(payload, **more):
        transaction.on_commit(lambda: woken.append(payload))
        return usual(payload, **more)

    monkeypatch.setattr(rehearsal.replies, "receive", receive)
    rehearsal.rehearse(topic)
    assert (counts(), woken) == (before, [])
    assert not connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_a_rehearsal_within_a_transaction_keeps_what_was_there(topic):
    with transaction.atomic():
        make.a_contact()
        rehearsal.rehearse(topic)
    assert counts() == {model.__name__: int(model is Contact) for model in KEPT}


@pytest.mark.django_db
def test_a_scene_that_breaks_keeps_nothing_either(topic, monkeypatch):
    before = counts()

    def breaks(*_, **__):
        raise RuntimeError("broken")

    monkeypatch.setattr(rehearsal, "_answers", breaks)
    with pytest.raises(RuntimeError):
        rehearsal.rehearse(topic)
    assert counts() == before


@pytest.mark.django_db
def test_real_people_are_not_touched(topic):
    make.a_contact(rehearsal.FICTIONAL[0])
    before = counts()
    rehearsal.rehearse(topic)
    assert counts() == before


@pytest.mark.django_db
def test_a_topic_without_a_live_number_cannot_be_rehearsed():
    with pytest.raises(rehearsal.CannotRehearse, match="No live origination number"):
        rehearsal.rehearse(make.a_topic())
