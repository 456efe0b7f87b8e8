"""Topics with their texts as they will read on a phone."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from campaigns import wording
from campaigns.admin.rehearse import REHEARSES, rehearse_page
from campaigns.outbox import WORDS_OF_TOPIC, values_of
from consent.admin.base import Tool
from consent.admin.topic import TopicAdmin
from consent.models import Topic
from consent.vocabulary import Place

LABELS = {
    "confirmation_request": "Confirmation request",
    "welcome": "Welcome",
    "help_reply": "HELP reply",
    "stop_confirmation": "STOP reply",
    "list_audit": "List audit",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """One text as a phone shows it, with what is to be said about it."""

    label: str
    text: str
    size: str
    findings: tuple[wording.Finding, ...] = ()
    by_default: bool = False


def size_in_words(text: str) -> str:
    """Say how much room a text takes."""
    size = wording.parts(text)
    parts = "1 part" if size.parts == 1 else f"{size.parts} parts"
    return f"{size.units} characters, {parts}, {size.encoding}"


def previews(topic: Topic) -> list[Preview]:
    """Return each of a topic's texts, filled in from the records."""
    values = values_of(topic, topic.brand, topic.message_class)
    found = []
    for kind, column in WORDS_OF_TOPIC.items():
        own = getattr(topic, column)
        template = own or wording.DEFAULTS[kind.value]
        faults = tuple(wording.lint(template, values))
        try:
            text = wording.render(template, values)
        except wording.UnknownPlaceholder:
            text = template
        found.append(Preview(LABELS[kind.value], text, size_in_words(text), faults, not own))
    return found


def gaps(topic: Topic) -> list[str]:
    """Say which ways to join have no published wording: who takes them cannot be texted."""
    published = set(topic.disclosures.published().values_list("place", flat=True))
    found = []
    if topic.is_promotional and topic.opt_in_keywords and Place.KEYWORD not in published:
        found.append(
            f"No wording is published for the keyword {topic.opt_in_keywords[0]}: whoever joins by "
            "text has agreed to no words that we can show, and is refused every promotion. "
            "Publish a disclosure for the place Keyword."
        )
    if Place.WEB_FORM not in published:
        found.append(
            "No wording is published for the web form, so the public page takes nobody in."
        )
    return found


@admin.register(Topic)
class TopicWithPreviewsAdmin(TopicAdmin):
    """Show below the form how each text reads, and rehearse what replies do."""

    pages = {"rehearse": "rehearse"}
    change_form_template = "admin/consent/topic/with_previews.html"

    def shown_with(self, request: HttpRequest, record: Topic) -> dict[str, Any]:
        """Add the previews of what is saved."""
        return {"previews": previews(record), "gaps": gaps(record)}

    def tools(self, request: HttpRequest, record: Topic) -> list[Tool]:
        """Offer the rehearsal."""
        may = request.user.has_perm(REHEARSES)
        return [Tool("Rehearse the replies", self.page_url("rehearse", record))] if may else []

    def rehearse(self, request: HttpRequest, topic: Topic) -> HttpResponse:
        """Play replies through the real code, and keep nothing."""
        self.require(request, REHEARSES)
        return rehearse_page(request, self, topic)
