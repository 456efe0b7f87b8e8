"""Where each address leads."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from campaigns.inbound import https

urlpatterns = [
    path("admin/", admin.site.urls),
    path("join/", include("consent.opt_in_pages.urls")),
    path("u/", include("consent.unsubscribe_pages.urls")),
    path("inbound/sns/", https.notification, name="inbound-sns"),
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
]
if settings.PHONES_PAGE:
    urlpatterns.insert(0, path("phones/", include("smscompliance.devstack.phones.urls")))
