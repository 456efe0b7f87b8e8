"""The contact file: all that is known of one number. Campaigns adds the texts."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from consent import contacts
from consent.admin.base import ReasonedAdmin, ShowsNumbers, Tool, shown_number
from consent.admin.consent_entry import RECORDS, enter
from consent.admin.contact_actions import lift, suppress
from consent.admin.filters import CountryFilter
from consent.admin.staff_log import LOOKED, write_down, written_about
from consent.forms import LookUpForm
from consent.models import Contact, Evidence, OptInEvent

LOOKS_UP = "consent.look_up_contact"
SEES_EVIDENCE = "consent.view_evidence"
NEWEST = 200  # events shown; the ledger's own page has the rest


class ContactAdmin(ShowsNumbers, ReasonedAdmin):
    """Look numbers up, read a contact's file, bar them from texts."""

    pages = {"consent": "consent", "suppress": "suppress", "lift": "lift"}
    list_display = ("masked_number", "place", "language", "external_id", "created_at")
    list_filter = (CountryFilter, "created_at")
    # By the customer's own id alone: a search is a GET, and no address may hold a number (P10)
    search_fields = ("external_id",)
    search_help_text = "Search by your own id of the person, from its beginning."
    show_full_result_count = False
    export_leaves_out = ("public_id",)
    list_per_page = 50
    change_form_template = "admin/consent/contact/file.html"
    change_list_template = "admin/consent/contact/list.html"
    fieldsets = (
        (
            "What they told us of themselves",
            {
                "fields": (
                    *("stated_place", "stated_postal_code", "stated_time_zone"),
                    *("language", "external_id"),
                ),
                "description": "Used beside what the number says, never in its stead: texts wait "
                "until every place that the person may be in is in hours.",
            },
        ),
    )

    def get_search_fields(self, request: HttpRequest) -> Any:
        """Search from the beginning, which the index serves."""
        return ("external_id__startswith",)

    def contact_of(self, row: Contact) -> Contact:
        """Return the row itself."""
        return row

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: contacts come with what people do, or in lists."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Add the look-up, by POST alone."""
        look_up = path(
            "look-up/",
            self.admin_site.admin_view(self.look_up),
            name="consent_contact_look_up",
        )
        return [look_up, *super().get_urls()]

    def look_up(self, request: HttpRequest) -> HttpResponse:
        """Find the contact of a number in any spelling, and go to its file."""
        self.require(request, LOOKS_UP)
        form = LookUpForm(request.POST or None)
        unknown = False
        if request.method == "POST" and form.is_valid():
            if (found := form.found()) is not None:
                return HttpResponseRedirect(self.page_url("change", found))
            unknown = True
        return TemplateResponse(
            request,
            "admin/consent/contact/look_up.html",
            {
                **self.admin_site.each_context(request),
                "title": "Look a number up",
                "look_up": form,
                "unknown": unknown,
                "opts": self.model._meta,
            },
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Offer the look-up above the list."""
        offered = LookUpForm() if request.user.has_perm(LOOKS_UP) else None
        return super().changelist_view(request, {**(extra_context or {}), "look_up": offered})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show the file, and write down who looked."""
        contact = self.get_object(request, object_id)
        if contact is None or not self.has_view_permission(request, contact):
            return super().change_view(request, object_id, form_url, extra_context)
        if request.method == "GET" and request.user.has_perm(SEES_EVIDENCE):
            write_down(request, contact, LOOKED)
        context = {**(extra_context or {}), **self.file(request, contact)}
        return super().change_view(request, object_id, form_url, context)

    def file(self, request: HttpRequest, contact: Contact) -> dict[str, Any]:
        """Return what the file's page shows besides the form."""
        events = list(
            OptInEvent.objects.filter(contact=contact)
            .select_related("topic__brand", "disclosure", "recorded_by")
            .select_related("contact_import__attestation")
            .prefetch_related("contact_import__attestation__proofs")
            .order_by("-occurred_at", "-pk")[:NEWEST]
        )
        evidence = {}
        if request.user.has_perm(SEES_EVIDENCE):
            found = Evidence.objects.select_related("event__disclosure")
            evidence = {kept.pk: kept for kept in found.filter(pk__in=[e.pk for e in events])}
        return {
            "contact": contact,
            "shown_number": shown_number(request, contact),
            "subscriptions": contact.subscriptions.select_related(
                "topic__brand", "authorised_by", "opted_out_by"
            ).order_by("topic__brand__name", "topic__name"),
            "suppressions": contact.suppressions.select_related("topic__brand"),
            "timeline": [(event, evidence.get(event.pk)) for event in events],
            "imports": contacts.imports_of(contact),
            "sees_imports": request.user.has_perm("consent.view_contactimport"),
            "sees_evidence": request.user.has_perm(SEES_EVIDENCE),
            "looked": written_about(contact)[:10],
        }

    def tools(self, request: HttpRequest, record: Contact) -> list[Tool]:
        """Offer what this person may record."""
        found = []
        if request.user.has_perm(RECORDS):
            found.append(Tool("Record a consent", self.page_url("consent", record)))
        if request.user.has_perm("consent.suppress_contact"):
            found.append(Tool("Suppress", self.page_url("suppress", record)))
            if record.suppressions.exists():
                found.append(Tool("Lift a suppression", self.page_url("lift", record)))
        return found

    def consent(self, request: HttpRequest, contact: Contact) -> HttpResponse:
        """Record a consent that came on paper, by phone, in the shop, or is implied."""
        self.require(request, RECORDS)
        return enter(request, self, contact)

    def suppress(self, request: HttpRequest, contact: Contact) -> HttpResponse:
        """Bar a person from texts."""
        self.require(request, "consent.suppress_contact")
        return suppress(request, self, contact)

    def lift(self, request: HttpRequest, contact: Contact) -> HttpResponse:
        """Lift a bar."""
        self.require(request, "consent.suppress_contact")
        return lift(request, self, contact)

    @admin.display(description="where, by area code")
    def place(self, contact: Contact) -> str:
        """Say where the number is from."""
        return ", ".join(part for part in (contact.state, contact.country) if part) or "unknown"
