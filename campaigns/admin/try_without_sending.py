"""The page that has Amazon check a text from a number without sending it."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from campaigns import dry_run, wording
from campaigns.models import OriginationNumber
from campaigns.outbox import words_for
from campaigns.vocabulary import MessageKind
from consent.admin.base import RecordPages
from consent.admin.staff_log import write_down
from consent.forms import LookUpForm
from consent.phone_numbers import InvalidNumber, PhoneNumber, parse

TRIES = "campaigns.try_without_sending"


class TryForm(LookUpForm):
    """Take a phone number and the words, posted only (P10)."""

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

    def __init__(self, number: OriginationNumber, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].help_text = "To whom it would go. It is not kept."
        self._region = number.country
        if not number.entity_id:
            self.fields.pop("template_id")

    def clean_number(self) -> PhoneNumber:
        """Read the phone number in any spelling."""
        try:
            return parse(self.cleaned_data["number"], self._region)
        except InvalidNumber as fault:
            raise forms.ValidationError(fault.reason) from fault


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
            said = f" ({found.code})" if found.code else ""
            write_down(
                request,
                number,
                f"Had Amazon check a text without sending it: {found.answer}{said}.",
            )
    return TemplateResponse(
        request,
        "admin/campaigns/originationnumber/try.html",
        {
            **admin.admin_site.each_context(request),
            "title": "Try without sending",
            "subtitle": str(number),
            "opts": admin.model._meta,
            "original": number,
            "back": admin.page_url("change", number),
            "form": form,
            "found": found,
            "size": size,
        },
    )


def _help_reply(number: OriginationNumber) -> str:
    """Return words that this number does send, to begin with."""
    return words_for(MessageKind.HELP_REPLY, number.topics.first(), number)
