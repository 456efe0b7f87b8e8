"""The pages that have Amazon check a text without sending it: any words, or a campaign's own."""

from typing import Any

from django import forms
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from campaigns import dry_run, wording
from campaigns.admin.campaign_text import read_draft
from campaigns.models import Campaign, OriginationNumber
from campaigns.outbox import words_for
from campaigns.vocabulary import CampaignStatus, MessageKind
from consent.admin.base import RecordPages
from consent.admin.staff_log import write_down
from consent.forms import LookUpForm
from consent.phone_numbers import InvalidNumber, PhoneNumber, parse

TRIES = "campaigns.try_without_sending"
BEFORE_APPROVAL = {CampaignStatus.DRAFT, CampaignStatus.SUBMITTED}


class ToForm(LookUpForm):
    """Take a phone number, posted only (P10), read as where the origination number is from."""

    def __init__(self, origination: OriginationNumber, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].help_text = "To whom it would go. It is not kept."
        self._region = origination.country

    def clean_number(self) -> PhoneNumber:
        """Read the phone number in any spelling."""
        try:
            return parse(self.cleaned_data["number"], self._region)
        except InvalidNumber as fault:
            raise forms.ValidationError(fault.reason) from fault


class TryForm(ToForm):
    """Take the words too."""

    body = forms.CharField(
        label="Text",
        max_length=dry_run.LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="As it would arrive: placeholders are not filled in here.",
    )
    template_id = forms.CharField(
        label="Template ID",
        max_length=50,
        required=False,
        help_text="India only: of the topic or campaign that the text belongs to.",
    )

    def __init__(self, origination: OriginationNumber, *args: Any, **kwargs: Any) -> None:
        super().__init__(origination, *args, **kwargs)
        if not origination.entity_id:
            self.fields.pop("template_id")


def try_page(request: HttpRequest, admin: RecordPages, number: OriginationNumber) -> HttpResponse:
    """Say what is asked, ask it once by POST, and write down who did and what Amazon said."""
    if not dry_run.can_check(number):
        raise Http404
    found = size = None
    form = TryForm(number, initial={"body": _help_reply(number)})
    if request.method == "POST":
        form = TryForm(number, request.POST)
        if form.is_valid():
            given = form.cleaned_data
            found = dry_run.check(
                number, given["number"], given["body"], template_id=given.get("template_id", "")
            )
            size = wording.parts(given["body"])
            _write_down(request, number, found)
    return _shown(request, admin, number, number, form, found, size)


def can_try(campaign: Campaign) -> bool:
    """Say whether a campaign's words are still looked at, and go by a gateway that checks."""
    return campaign.status in BEFORE_APPROVAL and dry_run.can_check(campaign.origination_number)


def try_campaign_page(request: HttpRequest, admin: RecordPages, campaign: Campaign) -> HttpResponse:
    """Do the same with a campaign's own words, as one reader would get them."""
    if not can_try(campaign):
        raise Http404
    number, draft = campaign.origination_number, read_draft(campaign)
    has_link = wording.UNSUBSCRIBE_LINK in campaign.text
    found = None
    form = ToForm(number, request.POST or None)
    if request.method == "POST" and form.is_valid():
        found = dry_run.check(
            number, form.cleaned_data["number"], draft.text, template_id=campaign.template_id
        )
        _write_down(request, campaign, found)
    return _shown(
        request, admin, campaign, number, form, found, draft.size, draft=draft, has_link=has_link
    )


def _write_down(request: HttpRequest, record: Model, found: dry_run.Checked) -> None:
    said = f" ({found.code})" if found.code else ""
    write_down(
        request, record, f"Had Amazon check a text without sending it: {found.answer}{said}."
    )


def _shown(
    request: HttpRequest,
    admin: RecordPages,
    record: Model,
    number: OriginationNumber,
    form: ToForm,
    found: dry_run.Checked | None,
    size: wording.Parts | None,
    **more: Any,
) -> HttpResponse:
    return TemplateResponse(
        request,
        "admin/campaigns/originationnumber/try.html",
        {
            **admin.admin_site.each_context(request),
            "title": "Try without sending",
            "subtitle": str(record),
            "opts": admin.model._meta,
            "original": record,
            "origination": number,
            "back": admin.page_url("change", record),
            "form": form,
            "found": found,
            "size": size,
            **more,
        },
    )


def _help_reply(number: OriginationNumber) -> str:
    """Return words that this number does send, to begin with."""
    return words_for(MessageKind.HELP_REPLY, number.topics.first(), number)
