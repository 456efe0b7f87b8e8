"""The contact file with its texts: what we wrote, what they wrote, and why."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from campaigns.admin import revocation
from campaigns.admin.conversation import conversation
from campaigns.admin.explain import explain_page
from consent.admin.base import Tool
from consent.admin.contact import LOOKS_UP, ContactAdmin
from consent.models import Contact


@admin.register(Contact)
class ContactFileAdmin(ContactAdmin):
    """Add the conversation to the contact's file, and the answer to why."""

    pages = {**ContactAdmin.pages, "explain": "explain", "opt-out": "opt_out"}

    def get_urls(self) -> list[URLPattern]:
        """Add the question about any number, and the revocation of any."""
        ask = path(
            "explain/", self.admin_site.admin_view(self.explain_any), name="consent_contact_why"
        )
        begin = path(
            "revocation/",
            self.admin_site.admin_view(self.revocation),
            name="consent_contact_revocation",
        )
        return [ask, begin, *super().get_urls()]

    def tools(self, request: HttpRequest, record: Contact) -> list[Tool]:
        """Lead to the answer to why, and to the record of a revocation."""
        found = []
        if request.user.has_perm(LOOKS_UP):
            found.append(Tool("May we text them?", self.page_url("explain", record)))
        if request.user.has_perm(revocation.RECORDS):
            found.append(Tool("Record an opt-out", self.page_url("opt-out", record), "danger"))
        return [*found, *super().tools(request, record)]

    def opt_out(self, request: HttpRequest, contact: Contact) -> HttpResponse:
        """Record that a person left by phone, e-mail, letter or in the shop."""
        self.require(request, revocation.RECORDS)
        return revocation.leave(request, self, contact)

    def revocation(self, request: HttpRequest) -> HttpResponse:
        """Ask whose revocation is to be recorded."""
        return revocation.begin(request, self)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Offer to record a revocation above the list."""
        records = request.user.has_perm(revocation.RECORDS)
        return super().changelist_view(request, {**(extra_context or {}), "records": records})

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
