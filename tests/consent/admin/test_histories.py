import pytest
from django.urls import reverse

from consent.models import Brand
from tests.builders import a_brand, a_disclosure, a_topic

pytestmark = pytest.mark.django_db


def test_a_change_without_a_reason_is_refused(admin_client):
    brand = a_brand()
    given = {
        "name": "Other Corp.",
        "support_email": "help@example.com",
        "terms_url": "https://example.com/terms",
        "privacy_url": "https://example.com/privacy",
    }
    address = reverse("admin:consent_brand_change", args=[brand.pk])
    admin_client.post(address, given)
    assert Brand.objects.get().name == "Example Corp."
    admin_client.post(address, {**given, "change_reason": "Renamed"})
    newest = Brand.objects.get().history.latest()
    assert (newest.name, newest.history_change_reason) == ("Other Corp.", "Renamed")


@pytest.mark.parametrize("build", [a_brand, a_topic, lambda: a_disclosure(a_topic())])
def test_histories_and_earlier_states_can_be_read(admin_client, build):
    row = build()
    meta = row._meta
    name = f"admin:{meta.app_label}_{meta.model_name}"
    assert admin_client.get(reverse(f"{name}_history", args=[row.pk])).status_code == 200
    past = reverse(f"{name}_simple_history", args=[row.pk, row.history.latest().pk])
    assert admin_client.get(past).status_code == 200


def test_an_earlier_state_cannot_be_written_back(admin_client):
    brand = a_brand()
    past = reverse("admin:consent_brand_simple_history", args=[brand.pk, brand.history.latest().pk])
    assert admin_client.post(past, {"name": "Old Corp."}).status_code == 403


def test_the_class_of_a_topic_is_fixed_once_people_joined(admin_client):
    from tests.builders import an_opted_in_contact

    topic = a_topic()
    address = reverse("admin:consent_topic_change", args=[topic.pk])
    assert 'name="message_class"' in admin_client.get(address).text
    an_opted_in_contact(topic)
    assert 'name="message_class"' not in admin_client.get(address).text
