"""Why may this person be texted, or not: facts, verdicts, decision, next possible moment."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime

from campaigns.admin.decision import as_read
from campaigns.clearance_words import named
from campaigns.delivery_report import IN_WORDS
from campaigns.explanation import CannotExplain, Explanation, contact_named, explain
from campaigns.vocabulary import MessageKind, ReceiptOutcome
from consent.admin.base import RecordPages, shown_number
from consent.forms import LookUpForm, MomentInput
from consent.models import Contact, Topic
from consent.zone_names import zone_names

FACTS = {
    "standing": "Standing",
    "authorising_event": "Opt-in event that lets us text",
    "opted_out_event": "Opt-out event",
    "confirmed": "Confirmed by the person",
    "double_opt_in_needed": "Topic asks for confirmation",
    "suppressions": "Suppressions",
    "message_class": "Message class",
    "topic_open": "Topic is open",
    "basis": "Ground of the consent",
    "implied_by": "Implied by",
    "consented_at": "Consent given",
    "consent_ends_at": "Consent ends",
    "disclosure_lacks": "Disclosure lacks",
    "soft_opt_in": "Soft opt-in rests on",
    "promise": "Promised frequency",
    "sent_on_topic": "Their texts on this topic",
    "sent_of_brand": "Their texts of this brand",
    "sent_at_all": "Their texts on any topic",
    "unanswered": "Promotional texts unanswered",
    "time_zones": "Where they may be",
    "country": "Country of the number",
    "state": "State of the number",
    "stated_places": "Where they said they are",
    "number_live": "Our number is in use",
    "number_carries_topic": "Our number carries the topic",
    "number_brand_matches": "Our number is the brand's",
    "number_class_matches": "Our number is for this class",
    "on_amazons_list": "Amazon's opt-out list",
}


OR_NONE = {"authorising_event", "opted_out_event", "implied_by", "consent_ends_at", "soft_opt_in"}
"""Facts that mostly are not there at all, rather than unknown."""


class ExplainForm(LookUpForm):
    """Ask whom, what and when; of a contact's own page, whom is known."""

    topic = forms.ModelChoiceField(Topic.objects.select_related("brand"))
    kind = forms.ChoiceField(
        label="Sort of text",
        choices=[
            (kind.value, kind.value.replace("_", " ").capitalize())
            for kind in (
                MessageKind.CAMPAIGN,
                MessageKind.LIST_AUDIT,
                MessageKind.CONFIRMATION_REQUEST,
                MessageKind.WELCOME,
            )
        ],
    )
    at = forms.DateTimeField(
        label="At",
        required=False,
        widget=MomentInput(),
        help_text="Empty: now. A past moment is judged by the facts and the rulebook of then.",
    )

    def __init__(self, *args: Any, contact: Contact | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contact = contact
        if contact is not None:
            del self.fields["number"]

    def clean_number(self) -> Any:
        """Find whom the number, or the contact's id, names."""
        try:
            self.contact = contact_named(self.cleaned_data["number"])
        except CannotExplain as fault:
            raise forms.ValidationError(str(fault)) from fault
        return self.contact.number

    def explanation(self) -> Explanation:
        """Answer what was asked."""
        at: datetime | None = self.cleaned_data["at"]
        kind = MessageKind(self.cleaned_data["kind"])
        assert self.contact is not None
        return explain(self.contact, self.cleaned_data["topic"], kind=kind, at=at)


def in_words(value: Any) -> str:
    """Say a fact; what nobody knows is said to be unknown."""
    if value is None or value == "":
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return date_format(localtime(value), "M j, Y, H:i T")
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')}: {in_words(of)}" for name, of in value.items())
    if isinstance(value, tuple | list):
        said = [each["reason"] if isinstance(each, dict) else in_words(each) for each in value]
        return ", ".join(said) or "none"
    return str(value).replace("_", " ") if not str(value).isdigit() else f"#{value}"


def facts_in_words(found: Explanation) -> list[tuple[str, str]]:
    """Return the facts that the rules read, in the order in which one asks."""
    words = named(found.facts)
    facts = asdict(found.facts) | {"promise": words["promise"]}
    blocked = f"holds the number {words['amazon']}: no text from this account reaches it"
    facts["time_zones"] = zone_names(found.facts.time_zones)
    facts["on_amazons_list"] = blocked if words["amazon"] else "does not hold it"
    if found.facts.unanswered is not None:
        facts["unanswered"] = f"{found.facts.unanswered} in a row"
    said = [
        (label, "none" if name in OR_NONE and facts[name] is None else in_words(facts[name]))
        for name, label in FACTS.items()
    ]
    number = ("Our number", str(found.number or "none that is live"))
    return [*said, *_attested(found), number, _last_receipt(found)]


def _attested(found: Explanation) -> list[tuple[str, str]]:
    """Name who vouched for a consent that came in a list without proof of its own."""
    made = found.attestation
    if made is None:
        return []
    count = len(made.proofs.all())
    files = "one file of proof" if count == 1 else f"{count or 'no'} files of proof"
    words = f"by {made.name}, {in_words(made.attested_at)}, with {files} (attestation #{made.pk})"
    return [("Attested for the whole list", words)]


def _last_receipt(found: Explanation) -> tuple[str, str]:
    """Say what became of their last text."""
    receipt = found.last_receipt
    words = (
        f"{in_words(receipt.logged_at)}: {IN_WORDS[ReceiptOutcome(receipt.outcome)]}"
        if receipt
        else "none"
    )
    return ("Their last receipt", words)


def explain_page(request: HttpRequest, admin: RecordPages, contact: Contact | None) -> HttpResponse:
    """Ask, and answer below the question. Numbers come by POST alone (P10)."""
    form = ExplainForm(request.POST or None, contact=contact, initial={"topic": _likely(contact)})
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        found = form.explanation()
        context = {
            "found": found,
            "found_number": shown_number(request, found.contact),
            "decision": as_read(found.clearance),
            "facts": facts_in_words(found),
            "file_url": admin.page_url("change", found.contact),
        }
    return TemplateResponse(
        request,
        "admin/consent/contact/explain.html",
        {
            **admin.admin_site.each_context(request),
            "title": "May we text them, and why?",
            "form": form,
            "contact": contact,
            "contact_number": shown_number(request, contact) if contact else "",
            "opts": admin.model._meta,
            **context,
        },
    )


def _likely(contact: Contact | None) -> int | None:
    """Return the topic that one most likely asks about: the one they joined last."""
    if contact is None:
        return None
    joined = contact.subscriptions.exclude(topic=None).order_by("-since")
    return joined.values_list("topic", flat=True).first()
