import pytest
from django.contrib import admin
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "model", sorted(admin.site._registry, key=lambda model: model._meta.label), ids=str
)
def test_every_list_page_loads(admin_client, model):
    meta = model._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    assert admin_client.get(address).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "consent_brand",
        "consent_topic",
        "consent_disclosure",
        "campaigns_originationnumber",
        "campaigns_campaign",
    ],
)
def test_every_form_loads(admin_client, name):
    assert admin_client.get(reverse(f"admin:{name}_add")).status_code == 200


def test_the_dashboard_loads(admin_client):
    assert admin_client.get(reverse("admin:index")).status_code == 200
