"""The page that a text leads to, over Django's own client with its forms' check switched on."""

import re

import pytest
from django.test import Client

from consent import clock, unsubscribing
from consent.models import Evidence, OptInEvent, Subscription
from consent.unsubscribe_pages import words
from consent.vocabulary import EventKind, Source, Standing
from tests.builders import a_brand, a_topic, an_opted_in_contact

pytestmark = pytest.mark.django_db
NUMBER = "+12125550133"


@pytest.fixture
def client():
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def woken(monkeypatch):
    """Collect what is sent to the broker, at the door of Celery itself."""
    sent = []
    monkeypatch.setattr(
        "celery.app.base.Celery.send_task",
        lambda self, name, args=None, **_: sent.append((name, list(args))),
    )
    return sent


@pytest.fixture
def topics():
    return [a_topic("example-offers"), a_topic("example-news", description="The week's news.")]


@pytest.fixture
def member(topics):
    for topic in topics:
        contact = an_opted_in_contact(topic, NUMBER)
    return contact


@pytest.fixture
def page(member):
    return "/u/" + unsubscribing.codes_for([member.pk])[member.pk]


def press(client, page, what, **more):
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(page).text)[1]
    return client.post(page, {"leave": what, "csrfmiddlewaretoken": token}, **more)


def standings():
    return dict(Subscription.objects.values_list("topic", "standing"))


def test_it_shows_what_one_is_in_and_never_the_number(client, page, topics):
    answer = client.get(page)
    assert answer.status_code == 200
    for said in ("Example Corp. offers", "Example Corp. news", "The week&#x27;s news.", "0133"):
        assert said in answer.text
    assert "2125550133" not in re.sub(r"\D", "", answer.text)
    assert "555" not in answer.text


def test_a_look_changes_nothing_however_it_is_made(client, page):
    before = OptInEvent.objects.count()
    for method in (client.get, client.head, client.options):
        for query in ("", "?leave=everything", "?done"):
            method(page + query)
    client.post(page, {"leave": "everything"})  # without the form's own token
    for method in (client.put, client.delete, client.patch):
        method(page)
    assert OptInEvent.objects.count() == before


def test_nothing_finds_it_keeps_it_or_hears_of_it(client, page):
    answer = client.get(page)
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]
    assert '<meta name="robots" content="noindex, nofollow">' in answer.text
    assert "<script" not in answer.text


@pytest.mark.django_db(transaction=True)
def test_one_topic_is_left_and_the_others_stay(client, page, topics, member, woken):
    offers, news = topics
    answer = press(client, page, offers.pk, headers={"user-agent": "A phone"})
    assert (answer.status_code, answer["Location"]) == (302, page + "?done")
    assert standings() == {offers.pk: Standing.OPTED_OUT, news.pk: Standing.OPTED_IN}
    event = OptInEvent.objects.latest("pk")
    assert (event.kind, event.source, event.topic) == (
        EventKind.OPTED_OUT,
        Source.WEB_FORM,
        offers,
    )
    kept = event.evidence
    assert (kept.ip_address, kept.user_agent, kept.words_shown, kept.form_fields) == (
        "127.0.0.1",
        "A phone",
        "[Leave Example Corp. offers]",
        {"leave": str(offers.pk)},
    )
    assert kept.page == "http://testserver/u/"
    assert woken == [("campaigns.confirm_opt_out", [event.pk])]
    after = client.get(answer["Location"]).text
    assert "Done. What you left is not sent to you any more." in after
    assert "offers" not in after
    assert "news" in after


@pytest.mark.django_db(transaction=True)
def test_everything_is_left_at_once_and_only_once(client, page, topics, woken):
    press(client, page, "everything")
    assert set(standings().values()) == {Standing.OPTED_OUT}
    event = OptInEvent.objects.latest("pk")
    assert event.topic is None
    after = client.get(page + "?done").text
    assert "You have left everything." in after
    assert "<form" not in after
    token = client.cookies["csrftoken"].value
    client.post(page, {"leave": "everything", "csrfmiddlewaretoken": token})
    assert OptInEvent.objects.latest("pk") == event
    assert woken == [("campaigns.confirm_opt_out", [event.pk])]


@pytest.mark.parametrize("what", ["", "0", "999999", "x" * 5000, "-1", "1 OR 1", "\0"])
def test_nonsense_leaves_nothing(client, page, what):
    before = OptInEvent.objects.count()
    assert press(client, page, what).status_code == 200
    assert OptInEvent.objects.count() == before


def test_a_topic_of_others_is_not_left(client, page):
    other = a_topic("other-news", brand=a_brand("Other Corp."))
    press(client, page, other.pk)
    assert other.pk not in standings()


@pytest.mark.parametrize(
    "path", ["/u/", "/u/00000000000", "/u/short", "/u/0000000000!", "/u/" + "a" * 500, "/u/é/x"]
)
def test_a_broken_link_is_told_kindly_and_alike(client, page, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "This link leads nowhere" in answer.text
    assert "STOP" in answer.text
    assert answer["X-Robots-Tag"] == "noindex, nofollow"


def test_a_slash_that_a_phone_adds_does_no_harm(client, page):
    assert client.get(page + "/").text.count("<button") == client.get(page).text.count("<button")
    assert client.get(page + "/").status_code == 200


def test_a_code_with_another_case_is_another_code(client, page):
    assert client.get(page.swapcase().replace("/U/", "/u/")).status_code == 404


def test_a_machine_that_leaves_for_everybody_is_stopped_and_told_another_way(
    client, page, topics, settings
):
    settings.UNSUBSCRIBES_PER_ADDRESS_AND_HOUR = 1
    press(client, page, topics[0].pk)
    answer = press(client, page, topics[1].pk)
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert "STOP" in answer.text
    assert standings()[topics[1].pk] == Standing.OPTED_IN
    assert client.get(page).status_code == 200


def test_leaving_does_not_use_up_the_joins_of_an_address(client, page, settings):
    from consent import joining

    settings.OPT_IN_REQUESTS_PER_ADDRESS_AND_HOUR = 1
    press(client, page, "everything")
    assert Evidence.objects.filter(ip_address="127.0.0.1").count() == 1
    assert not joining.address_asks_too_often("127.0.0.1")


@pytest.mark.parametrize("language", ["es", "fr", "es-MX"])
def test_it_speaks_the_persons_language(client, page, member, language):
    member.language = language
    member.save()
    shown = client.get(page)
    spoken = words.ALL[language[:2]]
    assert f'<html lang="{spoken.language}">' in shown.text
    assert spoken.leave_all in shown.text


def test_every_language_says_everything():
    for spoken in words.ALL.values():
        said = vars(words.EN) if hasattr(words.EN, "__dict__") else words.EN.__slots__
        assert [name for name in said if not getattr(spoken, name)] == []
        assert "{topic}" in spoken.leave
        assert "{number}" in spoken.who


def test_the_record_is_of_this_moment(client, page, topics):
    press(client, page, topics[0].pk)
    event = OptInEvent.objects.latest("pk")
    assert event.occurred_at == event.recorded_at <= clock.now()
