"""The house policy, as officers write it."""

from copy import copy
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from campaigns.house_policy import judged, rule_of
from campaigns.models import SendingPolicy
from campaigns.models.sending_policy import DAYS
from campaigns.rulebook.names import name_of
from campaigns.rulebook.sentences import sentence_of
from campaigns.vocabulary import PolicyKind
from consent import clock
from consent.admin.base import ReasonedAdmin
from consent.admin.pills import pill
from consent.forms import ReasonedForm
from consent.whereabouts import is_place

FIELDS: dict[str, tuple[Any, ...]] = {
    PolicyKind.HOURS: tuple((f"{day}_from", f"{day}_until") for day, _, _ in DAYS),
    PolicyKind.CAP: ("count", "per_hours", "counts"),
    PolicyKind.STALENESS: ("months",),
    PolicyKind.ENGAGEMENT: ("unanswered", "count", "per_hours"),
}
TITLES = {
    PolicyKind.HOURS: ("Business hours", "When texts may arrive, by the clock of the person."),
    PolicyKind.CAP: (
        "A cap",
        "How many texts one person gets at most: on a topic, of a brand, or of any.",
    ),
    PolicyKind.STALENESS: ("Age of consent", "After how many months consent counts as none."),
    PolicyKind.ENGAGEMENT: (
        "Unanswered texts",
        "Fewer texts, or none, for people who show no sign of life.",
    ),
}
BESIDE_THE_LAW = "The law holds beside it: a rule of the house can only tighten, never loosen."
SAID_AT_ONCE = 5


class ClockInput(forms.TimeInput):
    """Pick a time with the browser's own picker."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class SendingPolicyForm(ReasonedForm):
    """Refuse what claims to loosen, or changes nothing because the law is tighter."""

    new_needs_reason = True  # it holds texts back from the moment it is saved

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            self.fields["kind"].disabled = not self.instance._state.adding
        for name in ("unanswered", "count", "per_hours", "counts", "months"):
            if name in self.fields:
                self.fields[name].required = True
        if "unanswered" in self.fields and "count" in self.fields:
            self._ask_for_fewer_or_none()

    def _ask_for_fewer_or_none(self) -> None:
        count, hours = self.fields["count"], self.fields["per_hours"]
        count.required = hours.required = False
        count.label = "Then at most"
        count.help_text = "Texts of any topic. Empty: none at all, until the person answers."

    def clean_place(self) -> str:
        """Refuse a place where nobody is: the rule would bind nobody, and look as if it did."""
        place: str = self.cleaned_data["place"]
        if place and not is_place(place):
            raise forms.ValidationError(
                f"{place} is no country or state. The United Kingdom is GB, Florida US-FL."
            )
        return place

    def clean(self) -> dict[str, Any] | None:
        """Judge the rule as it would be saved."""
        given = super().clean() or self.cleaned_data
        self.remarks: tuple[str, ...] = ()
        if given.get("kind") == PolicyKind.HOURS:
            self._check_days(given)
        if given.get("kind") == PolicyKind.ENGAGEMENT and not self.errors:
            self._check_fewer(given)
        if self.errors or not given.get("live"):
            return given
        wanted = copy(self.instance)
        for name, value in given.items():
            setattr(wanted, name, value)
        judgement = judged(wanted, clock.now())
        for fault in judgement.faults:
            self.add_error(None, forms.ValidationError(fault, code="changes_nothing"))
        self.remarks = judgement.remarks
        return given

    def _check_fewer(self, given: dict[str, Any]) -> None:
        if (given.get("count") is None) != (given.get("per_hours") is None):
            self.add_error("per_hours", "Say both how many and in how many hours, or neither.")

    def _check_days(self, given: dict[str, Any]) -> None:
        days = [(day, given.get(f"{day}_from"), given.get(f"{day}_until")) for day, _, _ in DAYS]
        for day, opens, closes in days:
            if (opens is None) != (closes is None):
                self.add_error(f"{day}_until", "Say both when it opens and when it closes.")
            elif opens and closes and closes <= opens and closes.isoformat() != "00:00:00":
                self.add_error(f"{day}_until", "It closes before it opens.")
        if all(opens is None for _, opens, _ in days):
            self.add_error(None, "It opens on no day: nothing would ever be sent.")


@admin.register(SendingPolicy)
class SendingPolicyAdmin(ReasonedAdmin):
    """Edit what the house asks beyond the law; each version stays in the history."""

    nothing = "The house has no rules of its own yet: the rulebook alone binds."
    form = SendingPolicyForm
    list_display = ("says", "where", "texts", "state")
    list_filter = ("kind", "live", "message_class")
    readonly_fields = ("says", "changes_nothing")
    formfield_overrides = {
        **ReasonedAdmin.formfield_overrides,
        models.TimeField: {"widget": ClockInput},
    }

    def parts(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Ask for what this kind of rule says."""
        kind = PolicyKind(self._kind(request, obj) or PolicyKind.HOURS)
        title, words = TITLES[kind]
        parts: list[Any] = [
            (title, {"fields": FIELDS[kind], "description": f"{words} {BESIDE_THE_LAW}"}),
            ("For what", {"fields": ("message_class", "place", "live", "note", "kind")}),
        ]
        shown = ("In the rulebook", {"fields": ("says", "changes_nothing")})
        return [*parts, shown] if obj is not None and obj.live else parts

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Carry the kind along; it never changes."""
        if db_field.name == "kind":
            kwargs["widget"] = forms.HiddenInput()
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Ask first what the rule should limit."""
        if self._kind(request, None) is None and self.has_add_permission(request):
            return TemplateResponse(
                request,
                "admin/campaigns/sendingpolicy/choose.html",
                {
                    **self.admin_site.each_context(request),
                    "title": "Add a house rule",
                    "opts": self.model._meta,
                    "kinds": [(kind.value, *words) for kind, words in TITLES.items()],
                    "beside_the_law": BESIDE_THE_LAW,
                },
            )
        return super().add_view(request, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and say where the law goes further."""
        super().save_model(request, obj, form, change)
        for remark in form.remarks[:SAID_AT_ONCE]:
            messages.warning(request, remark)
        if len(form.remarks) > SAID_AT_ONCE:
            more = len(form.remarks) - SAID_AT_ONCE
            messages.warning(request, f"And {more} more: see the rule's own page.")

    @admin.display(description="what it says")
    def says(self, policy: SendingPolicy) -> str:
        """Say it as the rulebook does."""
        return sentence_of(rule_of(policy))

    @admin.display(description="where", ordering="place")
    def where(self, policy: SendingPolicy) -> str:
        """Name the place."""
        return name_of(policy.place) if policy.place else "everywhere"

    @admin.display(description="texts", ordering="message_class")
    def texts(self, policy: SendingPolicy) -> str:
        """Name the class of texts."""
        return str(policy.get_message_class_display()).lower()

    @admin.display(description="state", ordering="live")
    def state(self, policy: SendingPolicy) -> SafeString:
        """Say whether it is in force."""
        return pill("ready", "In force") if policy.live else pill("cancelled", "Off")

    @admin.display(description="Where it changes nothing")
    def changes_nothing(self, policy: SendingPolicy) -> SafeString | str:
        """Name the places where the law goes further."""
        judgement = judged(policy, clock.now())
        said = [(each,) for each in (*judgement.faults, *judgement.remarks)]
        return format_html_join("", "<p>{}</p>", said) or "It tightens wherever it speaks."

    def _kind(self, request: HttpRequest, obj: Any) -> str | None:
        given = obj.kind if obj is not None else request.GET.get("kind", request.POST.get("kind"))
        return given if given in set(PolicyKind) else None
