"""The contact file with its texts: what we wrote, what they wrote, and why."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from campaigns.admin.conversation import conversation
from campaigns.admin.explain import explain_page
from campaigns.lifecycle import WAITING
from consent.admin.base import Tool
from consent.admin.contact import LOOKS_UP, ContactAdmin
from consent.models import Contact


@admin.register(Contact)
class ContactFileAdmin(ContactAdmin):
    """Add the conversation to the contact's file, and the answer to why."""

    pages = {**ContactAdmin.pages, "explain": "explain"}

    def get_urls(self) -> list[URLPattern]:
        """Add the question about any number."""
        ask = path(
            "explain/", self.admin_site.admin_view(self.explain_any), name="consent_contact_why"
        )
        return [ask, *super().get_urls()]

    def tools(self, request: HttpRequest, record: Contact) -> list[Tool]:
        """Lead to the answer to why."""
        why = [Tool("May we text them?", self.page_url("explain", record))]
        return [*(why if request.user.has_perm(LOOKS_UP) else []), *super().tools(request, record)]

    def what_leaving_stops(self, contact: Contact) -> list[str]:
        """Count the texts that wait to be sent to them."""
        waiting = contact.messages.filter(status__in=[status.value for status in WAITING]).count()
        return [f"{waiting} text{'' if waiting == 1 else 's'} to them still to be sent."]

    def explain(self, request: HttpRequest, contact: Contact) -> HttpResponse:
        """Answer about this person."""
        self.require(request, LOOKS_UP)
        return explain_page(request, self, contact)

    def explain_any(self, request: HttpRequest) -> HttpResponse:
        """Answer about whoever has a number."""
        self.require(request, LOOKS_UP)
        return explain_page(request, self, None)

    def file(self, request: HttpRequest, contact: Contact) -> dict[str, Any]:
        """Return what the file's page shows besides the form."""
        return {
            **super().file(request, contact),
            "conversation": conversation(contact, request.user),
        }
