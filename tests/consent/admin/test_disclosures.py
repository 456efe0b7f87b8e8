import pytest
from django.urls import reverse

from consent.models import Disclosure
from tests.builders import a_disclosure, a_topic, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic():
    return a_topic()


def page(name, disclosure):
    return reverse(f"admin:consent_disclosure_{name}", args=[disclosure.pk])


def test_a_new_disclosure_gets_the_next_version(admin_client, topic):
    a_disclosure(topic, version=3)
    admin_client.post(
        reverse("admin:consent_disclosure_add"),
        {"topic": topic.pk, "place": "web_form", "language": "en", "wording": "Join us"},
    )
    assert Disclosure.objects.get(wording="Join us").version == 4


def test_a_new_version_begins_with_the_old_words(admin_client, topic):
    old = a_disclosure(topic, wording="The old words")
    address = f"{reverse('admin:consent_disclosure_add')}?of={old.pk}"
    assert "The old words" in admin_client.get(address).text


def test_advice_names_what_is_left_out(admin_client, topic):
    draft = a_disclosure(topic, published=False, wording="Join us")
    assert "Say how to leave: reply STOP." in admin_client.get(page("change", draft)).text


def test_publishing_asks_why_and_is_for_good(admin_client, topic):
    draft = a_disclosure(topic, published=False)
    admin_client.post(page("publish", draft), {"reason": ""})
    draft.refresh_from_db()
    assert not draft.is_published
    admin_client.post(page("publish", draft), {"reason": "Counsel agreed"})
    draft.refresh_from_db()
    assert draft.is_published
    assert draft.history.latest().history_change_reason == "Counsel agreed"
    admin_client.post(page("change", draft), {"wording": "Other", "change_reason": "Because"})
    draft.refresh_from_db()
    assert draft.wording != "Other"
    assert "It is published already." in admin_client.get(page("publish", draft)).text


def test_publishing_needs_its_own_permission(client, topic):
    from django.contrib.auth.models import Permission

    writer = a_user()
    writer.user_permissions.set(Permission.objects.filter(codename__endswith="_disclosure"))
    writer.user_permissions.remove(Permission.objects.get(codename="publish_disclosure"))
    client.force_login(writer)
    draft = a_disclosure(topic, published=False)
    assert client.post(page("publish", draft), {"reason": "x"}).status_code == 403
    assert "publish/" not in client.get(page("change", draft)).text
