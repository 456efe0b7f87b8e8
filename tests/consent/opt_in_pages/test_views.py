"""The public pages, over Django's own client, with the check against robots really solved."""

import pytest

from consent.models import Contact, Evidence, OptInEvent, Subscription
from consent.opt_in_pages import words
from consent.vocabulary import EventKind, LegalBasis, MessageClass, Place, Source, Standing
from tests.builders import (
    a_contact,
    a_disclosure,
    a_phone,
    a_topic,
    an_event,
    an_opted_in_contact,
)
from tests.consent.opt_in_pages.solving import solved

pytestmark = pytest.mark.django_db
JOIN = "/join/example-alerts/"


@pytest.fixture
def topic():
    topic = a_topic()
    a_disclosure(topic)
    return topic


@pytest.fixture
def woken(monkeypatch):
    """Collect what is sent to the broker, at the door of Celery itself."""
    sent = []
    monkeypatch.setattr(
        "celery.app.base.Celery.send_task",
        lambda self, name, args=None, **_: sent.append((name, list(args))),
    )
    return sent


def filled_in(client, topic, number, /, **more):
    return {
        "number": number,
        "agree": "on",
        "version": topic.disclosures.filter(place=Place.WEB_FORM).latest("version").pk,
        "not_robot": solved(client),
        **more,
    }


def ask(client, topic, number, /, path=JOIN, **more):
    extra = more.pop("extra", {})
    return client.post(path, filled_in(client, topic, number, **more), **extra)


def test_the_page_shows_the_disclosure_word_for_word_beside_an_unticked_box(client, topic):
    page = client.get(JOIN)
    html = page.content.decode()
    assert page.status_code == 200
    assert topic.disclosures.get().wording.replace("&", "&amp;") in html
    assert 'type="checkbox"' in html
    assert "checked" not in html
    assert topic.brand.terms_url in html
    assert topic.brand.privacy_url in html
    assert "<style" not in html
    assert 'style="' not in html
    assert page["Content-Security-Policy"].count("unsafe") == 0


def test_a_request_is_recorded_with_its_evidence_and_wakes_the_question(
    client, topic, woken, django_capture_on_commit_callbacks
):
    number = a_phone()
    with django_capture_on_commit_callbacks(execute=True):
        answer = ask(
            client,
            topic,
            number,
            extra={"REMOTE_ADDR": "192.0.2.44", "HTTP_USER_AGENT": "A browser"},
        )

    assert (answer.status_code, answer["Location"]) == (302, JOIN + "thanks/")
    event = OptInEvent.objects.get()
    assert event.kind == EventKind.REQUESTED
    assert event.source == Source.WEB_FORM
    assert event.legal_basis == LegalBasis.EXPRESS_WRITTEN
    assert event.disclosure == topic.disclosures.get()
    assert event.contact.number == number
    evidence = Evidence.objects.get(event=event)
    assert evidence.ip_address == "192.0.2.44"
    assert evidence.user_agent == "A browser"
    assert evidence.page == "http://testserver" + JOIN
    assert evidence.form_fields == {
        "number": number,
        "agree": "on",
        "version": str(event.disclosure_id),
    }
    assert event.disclosure.wording in evidence.words_shown
    assert words.EN.button in evidence.words_shown
    assert woken == [("campaigns.request_confirmation", [event.pk])]


def test_the_words_kept_as_evidence_are_all_on_the_page(client, topic):
    ask(client, topic, a_phone())
    page = client.get(JOIN).content.decode().replace("&amp;", "&")
    for words_shown in Evidence.objects.get().words_shown.split("\n\n"):
        bare = words_shown.removeprefix("[ ] ").removeprefix("[").removesuffix("]")
        for part in bare.split(": http"):
            assert part in page


def test_nobody_learns_whether_a_number_is_known(client, topic, settings):
    settings.OPT_IN_REQUESTS_PER_NUMBER_AND_DAY = 1
    suppressed, left, often = a_contact(), a_contact(), a_contact()
    an_event(suppressed, EventKind.SUPPRESSED, source=Source.STAFF)
    an_event(left, EventKind.OPTED_OUT, topic, source=Source.REPLY)
    ask(client, topic, often.number)
    member = an_opted_in_contact(topic)

    answers = []
    for number in (*(who.number for who in (suppressed, left, often, member)), a_phone()):
        answer = ask(client, topic, number, extra={"follow": True})
        answers.append((answer.redirect_chain, answer.status_code, answer.content))
    assert len({repr(answer) for answer in answers}) == 1
    assert OptInEvent.objects.filter(contact=often, kind=EventKind.REQUESTED).count() == 1


def test_a_member_who_asks_again_stays_a_member(client, topic):
    member = an_opted_in_contact(topic)
    ask(client, topic, member.number)
    assert Subscription.objects.get(contact=member).standing == Standing.OPTED_IN


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"number": "555-0147"}, "type all ten digits"),
        ({"number": ""}, "There is no number here"),
        ({"number": "call me"}, "letters"),
        ({"agree": ""}, words.EN.agree_missing),
        ({"not_robot": ""}, "robot"),
        ({"not_robot": "rubbish"}, words.EN.not_robot_again),
        ({"version": "999999"}, words.EN.new_wording),
        ({"version": ""}, words.EN.new_wording),
        ({"number": "\x00"}, "Null characters"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_recorded(client, topic, change, sentence):
    answer = ask(client, topic, a_phone(), **change)
    assert answer.status_code == 200
    assert sentence in answer.content.decode().replace("&#x27;", "'")
    assert not Contact.objects.exists()


def test_a_box_once_ticked_is_the_only_thing_that_stays_ticked(client, topic):
    answer = ask(client, topic, "555-0147")
    assert answer.content.decode().count("checked") == 1


def test_a_solved_check_is_good_once(client, topic):
    form = filled_in(client, topic, a_phone())
    assert client.post(JOIN, form).status_code == 302
    assert client.post(JOIN, form | {"number": a_phone()}).status_code == 200
    assert OptInEvent.objects.count() == 1


def test_a_check_of_other_making_is_refused(client, topic, settings):
    settings.ALTCHA_HMAC_SECRET = "somebody else's"
    payload = solved(client)
    settings.ALTCHA_HMAC_SECRET = "z" * 40
    assert ask(client, topic, a_phone(), not_robot=payload).status_code == 200


def test_a_form_without_its_csrf_token_is_refused(topic):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert ask(strict, topic, a_phone()).status_code == 403
    assert not Contact.objects.exists()


def test_an_address_is_stopped_after_so_many_requests_an_hour(client, topic, settings):
    settings.OPT_IN_REQUESTS_PER_ADDRESS_AND_HOUR = 2
    statuses = [ask(client, topic, a_phone()).status_code for _ in range(3)]
    assert statuses == [302, 302, 429]
    elsewhere = ask(client, topic, a_phone(), extra={"REMOTE_ADDR": "192.0.2.99"})
    assert elsewhere.status_code == 302


def test_words_that_changed_meanwhile_are_shown_before_they_are_agreed_to(client, topic):
    form = filled_in(client, topic, a_phone())
    a_disclosure(topic, version=2, wording="Quite other words.")
    answer = client.post(JOIN, form)
    assert answer.status_code == 200
    assert words.EN.new_wording in answer.content.decode()
    newest = topic.disclosures.get(version=2)
    assert f'name="version" value="{newest.pk}"' in answer.content.decode()


def test_new_words_must_be_agreed_to_afresh(client, topic):
    form = filled_in(client, topic, a_phone())
    a_disclosure(topic, version=2, wording="Quite other words.")
    assert "checked" not in client.post(JOIN, form).content.decode()


def test_spanish_is_shown_where_it_is_published(client, topic):
    spanish = a_disclosure(topic, language="es", wording="Acepto recibir mensajes.")
    page = client.get(JOIN + "?lang=es").content.decode()
    assert '<html lang="es">' in page
    assert "Acepto recibir mensajes." in page
    assert words.ES.button in page
    answer = ask(client, topic, a_phone(), path=JOIN + "?lang=es", version=spanish.pk)
    assert answer["Location"] == JOIN + "thanks/?lang=es"
    evidence = Evidence.objects.get()
    assert evidence.event.disclosure == spanish
    assert words.ES.button in evidence.words_shown
    assert words.ES.thanks_title in client.get(answer["Location"]).content.decode()
    wrong = ask(client, topic, "1", path=JOIN + "?lang=es", version=spanish.pk)
    assert words.ES.number_wrong in wrong.content.decode()


def test_a_language_without_a_published_wording_falls_back(client, topic):
    a_disclosure(topic, language="fr", published=False, wording="Pas encore.")
    assert '<html lang="en">' in client.get(JOIN + "?lang=fr").content.decode()
    assert '<html lang="en">' in client.get(JOIN + "?lang=tlh").content.decode()


@pytest.mark.parametrize("path", ["", "thanks/"])
def test_what_cannot_be_joined_says_so_kindly(client, path):
    closed = a_topic("example-alerts", open=False)
    a_disclosure(closed)
    unspoken = a_topic("example-offers", opt_in_keywords=[])
    a_disclosure(unspoken, published=False)
    for slug in ("example-alerts", "example-offers", "example-nothing"):
        answer = client.get(f"/join/{slug}/{path}")
        assert answer.status_code == 404
        assert "Nothing to join here" in answer.content.decode()
    assert client.post(JOIN, {"number": a_phone()}).status_code == 404


def test_the_index_lists_what_can_be_joined(client, topic):
    a_topic("example-hidden", opt_in_keywords=[])
    a_disclosure(topic, language="es")
    page = client.get("/join/").content.decode()
    assert page.count(JOIN) == 1
    assert "example-hidden" not in page


def test_without_javascript_the_way_by_text_is_told(client, topic):
    assert words.EN.no_script_write in client.get(JOIN).content.decode()
    a_disclosure(topic, place=Place.KEYWORD, wording="Text JOIN to 12345 to get alerts.")
    page = client.get(JOIN).content.decode()
    assert words.EN.no_script_by_text in page
    assert "Text JOIN to 12345 to get alerts." in page


def test_a_topic_that_asks_once_promises_no_question(client):
    topic = a_topic(message_class=MessageClass.TRANSACTIONAL, double_opt_in=False)
    a_disclosure(topic)
    assert words.EN.button_once in client.get(JOIN).content.decode()
    answer = ask(client, topic, a_phone(), extra={"follow": True})
    assert "YES" not in answer.content.decode()
    assert words.EN.button_once in Evidence.objects.get().words_shown
    assert Subscription.objects.get().standing == Standing.OPTED_IN
