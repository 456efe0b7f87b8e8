"""A serious action: a page that names the effect, asks why, and writes down who did it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from consent.admin.base import RecordPages
from consent.admin.staff_log import write_down
from consent.forms import ReasonForm


class Refused(Exception):  # noqa: N818  reads as what it is where it is caught
    """The action cannot be done; the sentence says why, to the person at the page."""


@dataclass(frozen=True, slots=True)
class SeriousAction:
    """What a page of a serious action says and does.

    `act` gets the form's cleaned data and returns the sentence that is shown and written down.
    `shown` are texts that the person should read first, as (label, text).
    """

    title: str
    button: str
    effects: Sequence[str]
    act: Callable[[dict[str, Any]], str]
    form: Callable[..., forms.Form] = ReasonForm
    initial: dict[str, Any] = field(default_factory=dict)
    advice: Sequence[str] = ()
    shown: Sequence[tuple[str, str]] = ()
    danger: bool = False
    may: bool = True
    why_not: str = ""


def ask(
    request: HttpRequest, admin: RecordPages, record: Any, action: SeriousAction, back: str = ""
) -> HttpResponse:
    """Show the page, or do what it says and go back to the record, or to where `back` leads."""
    back = back or admin.page_url("change", record)
    form = action.form(request.POST or None, request.FILES or None, initial=action.initial)
    if request.method == "POST" and action.may and form.is_valid():
        try:
            sentence = action.act(form.cleaned_data)
        except Refused as fault:
            form.add_error(None, str(fault))
        else:
            write_down(request, record, f"{sentence} Reason: {form.cleaned_data['reason']}")
            messages.success(request, sentence)
            return HttpResponseRedirect(back)
    return TemplateResponse(
        request,
        "admin/serious_action.html",
        {
            **admin.admin_site.each_context(request),
            "title": action.title,
            "subtitle": None,
            "action": action,
            "form": form,
            "opts": admin.model._meta,
            "original": record,
            "back": back,
        },
    )
