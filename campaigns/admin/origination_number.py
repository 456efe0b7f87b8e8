"""Origination numbers, as officers keep them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from campaigns import dry_run
from campaigns.admin.try_without_sending import TRIES, try_page
from campaigns.models import OriginationNumber
from consent.admin.base import ReasonedAdmin, Tool
from consent.admin.pills import pill
from consent.forms import ReasonedForm
from consent.models import Topic


class OriginationNumberForm(ReasonedForm):
    """Keep brand and class of number and topics together."""

    def clean(self) -> dict[str, Any] | None:
        """Refuse topics of another brand or class: their texts would be refused one by one."""
        given = super().clean() or self.cleaned_data
        brand, kind = given.get("brand"), given.get("message_class")
        for topic in given.get("topics") or ():
            if topic.brand != brand:
                self.add_error("topics", forms.ValidationError(f"{topic} is of another brand."))
            elif topic.message_class != kind:
                self.add_error(
                    "topics", forms.ValidationError(f"{topic} is {topic.message_class}.")
                )
        return given


@admin.register(OriginationNumber)
class OriginationNumberAdmin(ReasonedAdmin):
    """Edit from where texts come."""

    form = OriginationNumberForm
    pages = {"try": "try_without_sending"}
    list_display = ("number", "kind", "brand", "message_class", "carries", "speed", "state")
    list_filter = ("live", "brand", "message_class", "kind")
    list_select_related = ("brand",)
    fieldsets = (
        ("Number", {"fields": ("number", "kind", "country", "live")}),
        ("What it carries", {"fields": ("brand", "message_class", "topics")}),
        ("Speed", {"fields": ("parts_per_second", "parts_per_day")}),
        (
            "What Amazon is told",
            {"fields": ("gateway", "configuration_set", "max_price", "entity_id")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[OriginationNumber]:
        """Fetch the topics of all rows at once."""
        numbers: QuerySet[OriginationNumber] = super().get_queryset(request)
        return numbers.prefetch_related("topics__brand")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name brands without a query per topic."""
        if db_field.name == "topics":
            kwargs["queryset"] = Topic.objects.select_related("brand")
            kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def tools(self, request: HttpRequest, record: OriginationNumber) -> list[Tool]:
        """Offer the check where Amazon has one."""
        if not request.user.has_perm(TRIES) or not dry_run.can_check(record):
            return []
        return [Tool("Try without sending", self.page_url("try", record))]

    def try_without_sending(self, request: HttpRequest, number: OriginationNumber) -> HttpResponse:
        """Have Amazon check a text from this number; nothing leaves."""
        self.require(request, TRIES)
        return try_page(request, self, number)

    @admin.display(description="topics")
    def carries(self, number: OriginationNumber) -> str:
        """Name the topics."""
        return ", ".join(str(topic) for topic in number.topics.all()) or "none"

    @admin.display(description="parts a second", ordering="parts_per_second")
    def speed(self, number: OriginationNumber) -> str:
        """Say how fast it may send."""
        return f"{number.parts_per_second:g}"

    @admin.display(description="state", ordering="live")
    def state(self, number: OriginationNumber) -> str:
        """Say whether it is in use."""
        return pill("ready", "Live") if number.live else pill("cancelled", "Off")
