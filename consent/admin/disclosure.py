"""Disclosures: drafts are edited, published ones only read."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from consent import clock
from consent.admin.base import ReasonedAdmin, Tool
from consent.admin.filters import TopicFilter
from consent.admin.pills import pill
from consent.admin.serious import Refused, SeriousAction, ask
from consent.disclosures import faults, frequency_text
from consent.models import Disclosure, Topic
from consent.vocabulary import Place

PUBLISHES = "consent.publish_disclosure"
COPIED = ("topic", "language", "place", "wording")


def advice(disclosure: Disclosure) -> list[str]:
    """Say what the wording leaves out."""
    topic = disclosure.topic
    found = faults(
        disclosure.wording,
        brand_name=topic.brand.name,
        frequency_text=frequency_text(topic.frequency_count, topic.frequency_unit),
        promotional=topic.is_promotional,
        language=disclosure.language,
    )
    return [fault.sentence for fault in found]


def _published() -> tuple[str, dict[str, Any]]:
    return ("Publication", {"fields": ("state", "version", "published_at", "advice")})


@admin.register(Disclosure)
class DisclosureAdmin(ReasonedAdmin):
    """Write the wording of calls to action, and publish it for good."""

    pages = {"publish": "publish"}
    list_display = ("topic", "place", "language", "version", "state", "published_at")
    list_filter = (
        ("topic", TopicFilter),
        "place",
        "language",
        ("published_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("topic__brand",)
    readonly_fields = ("state", "version", "published_at", "advice")

    def parts(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show the state only of what exists."""
        where = ("Where it is shown", {"fields": ("topic", "place", "language")})
        wording = ("Wording", {"fields": ("wording",)})
        return [where, wording] if obj is None else [_published(), where, wording]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Fix what the version number counts on."""
        shown = super().get_readonly_fields(request, obj)
        return [*shown, "topic", "place", "language"] if obj is not None else shown

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse to change what people may have seen."""
        may = super().has_change_permission(request, obj)
        return may and not (obj is not None and obj.is_published)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin a new version with the words of the old one."""
        old = request.GET.get("of", "")
        if not old.isdigit():
            return super().get_changeform_initial_data(request)
        found = Disclosure.objects.filter(pk=int(old)).values(*COPIED).first()
        return dict(found or {})

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Disclosure, form: Any, change: bool) -> None:
        """Give a new disclosure the next version of its topic, language and place."""
        if not change:
            # Two people who write at once must not be given the same version
            Topic.objects.select_for_update().get(pk=obj.topic_id)
            beside = Disclosure.objects.filter(
                topic=obj.topic, language=obj.language, place=obj.place
            )
            obj.version = (beside.aggregate(last=Max("version"))["last"] or 0) + 1
        super().save_model(request, obj, form, change)

    def tools(self, request: HttpRequest, record: Disclosure) -> list[Tool]:
        """Offer publishing for drafts and a new version for what is published."""
        found = []
        if not record.is_published and request.user.has_perm(PUBLISHES):
            found.append(Tool("Publish", self.page_url("publish", record), "primary"))
        if record.is_published and self.has_add_permission(request):
            add = reverse("admin:consent_disclosure_add")
            found.append(Tool("New version", f"{add}?of={record.pk}", "primary"))
        return found

    def publish(self, request: HttpRequest, disclosure: Disclosure) -> HttpResponse:
        """Publish a draft, after naming what that does."""
        if not request.user.has_perm(PUBLISHES):
            raise PermissionDenied
        place = Place(disclosure.place)
        shown = Disclosure.objects.shown(disclosure.topic, place, disclosure.language)
        instead = f"It takes the place of version {shown.version}." if shown else ""
        effects = [
            (
                f"From now on people read these words: {disclosure.topic}, "
                f"{disclosure.get_place_display().lower()}, {disclosure.get_language_display()}."
            ),
            "The wording can never change again: consents will rest on it.",
        ] + [instead] * bool(instead)

        def act(given: dict[str, Any]) -> str:
            with transaction.atomic():
                draft = Disclosure.objects.select_for_update().get(pk=disclosure.pk)
                if draft.is_published:
                    raise Refused("Somebody has published it already.")
                draft.published_at = clock.now()
                draft._change_reason = given["reason"]
                draft.save()
            return f"Version {draft.version} is published."

        return ask(
            request,
            self,
            disclosure,
            SeriousAction(
                title=f"Publish version {disclosure.version}?",
                button="Publish for good",
                effects=effects,
                advice=advice(disclosure),
                shown=[("Word for word", disclosure.wording)],
                act=act,
                may=not disclosure.is_published,
                why_not="It is published already.",
            ),
        )

    @admin.display(description="state")
    def state(self, disclosure: Disclosure) -> str:
        """Say whether people may have seen it."""
        return pill("published") if disclosure.is_published else pill("draft")

    @admin.display(description="advice")
    def advice(self, disclosure: Disclosure) -> SafeString:
        """Say what the wording leaves out."""
        found = advice(disclosure)
        if not found:
            return format_html("{}", pill("ready", "Says all that carriers and rules ask for"))
        items = format_html_join("", "<li>{}</li>", ((sentence,) for sentence in found))
        return format_html('<ul class="advice">{}</ul>', items)
