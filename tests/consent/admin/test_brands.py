"""What staff type of a brand."""

import pytest
from django.urls import reverse

from consent.models import Brand

pytestmark = pytest.mark.django_db


@pytest.mark.filterwarnings("error::DeprecationWarning")
def test_an_address_typed_without_its_scheme_is_a_safe_one(admin_client):
    admin_client.post(
        reverse("admin:consent_brand_add"),
        {
            "name": "Example Corp.",
            "support_email": "help@example.com",
            "website": "example.com",
            "terms_url": "example.com/terms",
            "privacy_url": "http://example.com/privacy",
        },
    )
    brand = Brand.objects.get()
    assert (brand.website, brand.terms_url, brand.privacy_url) == (
        "https://example.com",
        "https://example.com/terms",
        "http://example.com/privacy",
    )
