"""The contact file with its texts: what we wrote, what they wrote, and why."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.timezone import localtime

from campaigns import amazon_blocks, opt_out_sync
from campaigns.admin import revocation
from campaigns.admin.conversation import conversation
from campaigns.admin.explain import explain_page
from campaigns.admin.reassigned_filter import DueFilter
from campaigns.models import AmazonBlock
from consent import clock
from consent.admin.base import Tool, shown_number
from consent.admin.contact import LOOKS_UP, ContactAdmin
from consent.admin.serious import Refused, SeriousAction, ask
from consent.models import Contact, OptInEvent
from consent.vocabulary import EventKind

UNBLOCKS = "campaigns.unblock_at_amazon"


@dataclass(frozen=True, slots=True)
class Block:
    """Amazon's block of a number, and the opt-in that came after it."""

    row: AmazonBlock
    agreed: OptInEvent | None

    @property
    def said(self) -> str:
        """Say what they did since: a keyword only asks, until its YES."""
        asks = self.agreed is not None and self.agreed.kind == EventKind.REQUESTED
        return "asked by text for" if asks else "agreed to"

    @property
    def is_refused(self) -> bool:
        """Say whether Amazon may not be asked yet, by its own rule."""
        return self.row.until is not None and self.row.until > clock.now()


def block_of(contact: Contact) -> Block | None:
    """Return what Amazon's opt-out list has of a contact, or None."""
    row = AmazonBlock.objects.in_force().filter(pk=contact.pk).first()
    return Block(row, amazon_blocks.agreed_since(row)) if row else None


@admin.register(Contact)
class ContactFileAdmin(ContactAdmin):
    """Add the conversation to the contact's file, and the answer to why."""

    pages = {
        **ContactAdmin.pages,
        "explain": "explain",
        "opt-out": "opt_out",
        "unblock": "unblock",
    }

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Add whose numbers are due for the Reassigned Numbers Database."""
        return [*super().get_list_filter(request), DueFilter]

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
        """Lead to the answer to why, to the record of a revocation and to Amazon's list."""
        found = []
        if request.user.has_perm(LOOKS_UP):
            found.append(Tool("May we text them?", self.page_url("explain", record)))
        if request.user.has_perm(revocation.RECORDS):
            found.append(Tool("Record an opt-out", self.page_url("opt-out", record), "danger"))
        found += super().tools(request, record)
        block = block_of(record)
        if block is not None and block.agreed and request.user.has_perm(UNBLOCKS):
            found.append(Tool("Take off Amazon's list", self.page_url("unblock", record)))
        return found

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
            "amazon_block": block_of(contact),
        }

    def unblock(self, request: HttpRequest, contact: Contact) -> HttpResponse:
        """Have Amazon take the number off its opt-out list, for who agreed anew."""
        self.require(request, UNBLOCKS)
        block = block_of(contact)

        def act(given: dict[str, Any]) -> str:
            assert block is not None
            try:
                opt_out_sync.take_off(block.row)
            except opt_out_sync.CannotUnblock as fault:
                raise Refused(str(fault)) from fault
            return "Amazon took the number off its opt-out list."

        agreed = block.agreed if block else None
        return ask(
            request,
            self,
            contact,
            SeriousAction(
                title=f"Have Amazon text {shown_number(request, contact)} again?",
                button="Take it off the list",
                effects=[
                    "Texts of every sender in this account reach the number again.",
                    f"It rests on event #{agreed.pk}: they {block.said} {agreed.topic} on "
                    f"{localtime(agreed.occurred_at):%B %-d, %Y at %H:%M}."
                    if block and agreed
                    else "They have not agreed to anything since Amazon blocked them.",
                    "Once in 30 days for a number: if they stop again, nobody can undo it sooner.",
                ],
                act=act,
                danger=True,
                may=agreed is not None,
                why_not="There is no opt-in since Amazon blocked the number, or no block.",
            ),
        )
