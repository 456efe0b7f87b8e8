"""Topics, as officers keep them. Campaigns adds the phone previews."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from consent.admin.base import ReasonedAdmin
from consent.admin.pills import pill
from consent.disclosures import VARIES, frequency_text
from consent.models import Topic
from consent.vocabulary import Standing

IN_WORDS = {"day": "a day", "week": "a week", "month": "a month"}


def frequency_in_words(topic: Topic) -> str:
    """Say the promised frequency as one would aloud."""
    if topic.frequency_count is None:
        return "Varies: nothing is promised"
    texts = "text" if topic.frequency_count == 1 else "texts"
    return f"At most {topic.frequency_count} {texts} {IN_WORDS[topic.frequency_unit]}"


class TopicAdmin(ReasonedAdmin):
    """Edit what people agree to be texted about."""

    list_display = ("name", "brand", "message_class", "frequency", "opted_in", "state")
    list_filter = ("brand", "message_class", "open")
    list_select_related = ("brand",)
    search_fields = ("name", "slug")
    readonly_fields = ("frequency",)
    fieldsets = (
        (
            "What people join",
            {"fields": ("brand", "name", "slug", "message_class", "description", "open")},
        ),
        (
            "How often",
            {
                "fields": (("frequency_count", "frequency_unit"), "frequency"),
                "description": "What is promised here is kept: further texts wait or are refused.",
            },
        ),
        ("How they join", {"fields": ("opt_in_keywords", "double_opt_in")}),
        (
            "What the texts say",
            {
                "fields": (
                    "confirmation_request_text",
                    "welcome_text",
                    "help_text",
                    "stop_text",
                    "template_id",
                ),
                "description": "Placeholders such as {program}, {frequency} and {contact} are "
                "filled from the records. The phones below show each text as it will be read.",
            },
        ),
        ("List audit", {"fields": ("reminder_months", "reminder_text")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Topic]:
        """Count who is in, for the list."""
        topics: QuerySet[Topic] = super().get_queryset(request)
        return topics.annotate(
            now_in=Count("subscriptions", filter=Q(subscriptions__standing=Standing.OPTED_IN))
        )

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Suggest the slug once; later, addresses and lists rest on it."""
        return {} if obj else {"slug": ("name",)}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Fix the class once people have joined: they agreed to that and nothing else."""
        fixed = list(super().get_readonly_fields(request, obj))
        if obj is not None and "message_class" not in fixed and obj.events.exists():
            fixed += ["message_class", "brand"]
        return fixed

    @admin.display(description="promised")
    def frequency(self, topic: Topic) -> str:
        """Say the promised frequency."""
        if topic.pk is None:
            return "Shown once saved"
        shown = frequency_text(topic.frequency_count, topic.frequency_unit)
        words = frequency_in_words(topic)
        return words if shown == VARIES else f"{words} (texts say {shown})"

    @admin.display(description="opted in", ordering="now_in")
    def opted_in(self, topic: Any) -> str:
        """Say how many are in now."""
        return f"{topic.now_in:,}"

    @admin.display(description="state", ordering="open")
    def state(self, topic: Topic) -> str:
        """Say whether people may join."""
        return pill("ready", "Open") if topic.open else pill("cancelled", "Closed")
