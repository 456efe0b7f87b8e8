"""The sheets of an audit export that campaigns keeps: messages with their clearance, attempts,
receipts, replies."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Max, Min
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from campaigns.clearance import sentences
from campaigns.delivery_report import IN_WORDS
from campaigns.house_policy import rulebook_in_force, rulebook_to_read
from campaigns.message_choice import acts, messages, replies
from campaigns.models import Receipt, SendAttempt
from campaigns.revocations import in_order
from campaigns.vocabulary import ReceiptOutcome
from consent import audit_sheets, clock
from consent.audit_export import CHUNK, Rows, Sheet
from consent.audit_sheets import streamed
from consent.models import AuditExport

# Heading of a column, and where it comes from
MESSAGES = {
    "message": "pk",
    "number": "contact__number",
    "topic": "topic__slug",
    "brand": "origination_number__brand__name",
    "sent_from": "origination_number__number",
    "kind": "kind",
    "campaign": "campaign__name",
    "campaign_author": "campaign__author__username",
    "campaign_approved_by": "campaign__approved_by__username",
    "campaign_approved_at": "campaign__approved_at",
    "text": "body",
    "parts": "parts",
    "status": "status",
    "reason_code": "reason_code",
    "created_at": "created_at",
    "due_at": "due_at",
    "claimed_at": "claimed_at",
    "settled_at": "settled_at",
    "authorised_by_event": "authorised_by_id",
    "authorised_kind": "authorised_by__kind",
    "authorised_source": "authorised_by__source",
    "authorised_at": "authorised_by__occurred_at",
    "exemption": "exemption",
    "about_event": "about_event_id",
    "answers_reply": "answers_id",
    "amazon_message_id": "amazon_message_id",
    "delivery": "delivery",
    "cost_usd": "cost",
}
# Read from the packed clearance; the campaign's text stands in for an empty one of the message
DECIDED = ("decision", "decision_code", "decided_at", "rulebook", "verdicts")
ATTEMPTS = {
    "message": "message_id",
    "ordinal": "ordinal",
    "outcome": "outcome",
    "at": "at",
    "worker": "worker",
    "code": "code",
    "amazon_message_id": "amazon_message_id",
}
RECEIPTS = {
    "message": "message_id",
    "result": "success",
    "outcome": "outcome",
    "in_words": "outcome",
    "provider_response": "provider_response",
    "published_at": "published_at",
    "logged_at": "logged_at",
    "received_at": "received_at",
    "carrier": "carrier",
    "parts": "parts",
    "price_usd": "price",
    "amazon_message_id": "amazon_message_id",
    "event_id": "event_id",
}
REPLIES = {
    "reply": "pk",
    "number": "contact__number",
    "sent_to": "destination",
    "brand": "origination_number__brand__name",
    "text": "body",
    "meaning": "meaning",
    "rule": "rule",
    "state": "state",
    "published_at": "published_at",
    "received_at": "received_at",
    "settled_by": "settled_by__username",
    "settled_at": "settled_at",
    "settled_note": "settled_note",
    "inbound_message_id": "inbound_message_id",
    "previous_message_id": "previous_message_id",
}
REVOCATIONS = (
    *("event", "road", "topics", "received_at", "honoured_at", "due_at", "in_time"),
    *("acknowledged_at", "honoured_in_seconds", "acknowledged_in_seconds", "reply"),
)
RULEBOOKS = ("rulebook", "messages", "first_message", "last_message")
RULES = (
    *("rule", "jurisdiction", "kind", "citation", "status"),
    *("effective_from", "effective_to", "note"),
)


def _messages(export: AuditExport) -> Rows:
    rulebook = rulebook_to_read()
    columns = {**MESSAGES, "campaign_text": "campaign__text", "clearance": "clearance"}
    text = list(MESSAGES).index("text")
    for row in streamed(messages(export).order_by("pk"), columns):
        *cells, campaign_text, packed = row
        cells[text] = cells[text] or campaign_text
        yield [*cells, *_decided(packed, rulebook)]


def _decided(packed: Any, rulebook: Any) -> tuple[object, ...]:
    if not isinstance(packed, Mapping) or not packed:
        return ("",) * len(DECIDED)
    return (
        packed.get("o"),
        packed.get("c"),
        packed.get("n"),
        packed.get("r"),
        "\n".join(sentences(packed, rulebook)),
    )


def _attempts(export: AuditExport) -> Rows:
    found = SendAttempt.objects.filter(message__in=messages(export).order_by())
    return streamed(found.order_by("pk"), ATTEMPTS)


def _receipts(export: AuditExport) -> Rows:
    found = Receipt.objects.filter(message__in=messages(export).order_by())
    result, words = list(RECEIPTS).index("result"), list(RECEIPTS).index("in_words")
    for row in streamed(found.order_by("pk"), RECEIPTS):
        cells = list(row)
        cells[result] = "success" if cells[result] else "failure"
        cells[words] = IN_WORDS[ReceiptOutcome(str(cells[words]))]
        yield cells


def _replies(export: AuditExport) -> Rows:
    return streamed(replies(export).order_by("pk"), REPLIES)


def _revocations(export: AuditExport) -> Rows:
    rulebook, zone = rulebook_in_force(clock.now()), timezone.get_default_timezone()
    for act in in_order(acts(export)):
        due, told = act.due(rulebook, zone), act.acknowledged_in
        yield (
            act.event,
            act.road.value,
            act.topics,
            act.received_at,
            act.honoured_at,
            due,
            act.honoured_at <= due,
            act.acknowledged_at,
            round(act.took.total_seconds(), 3),
            None if told is None else round(told.total_seconds(), 3),
            act.reply,
        )


def _rulebooks(export: AuditExport) -> Rows:
    found = (
        messages(export)
        .order_by()
        .annotate(version=KeyTextTransform("r", "clearance"))
        .filter(version__isnull=False)
        .values("version")
        .annotate(texts=Count("pk"), first=Min("pk"), last=Max("pk"))
        .order_by("first")
    )
    for row in found.iterator(chunk_size=CHUNK):
        yield (row["version"], row["texts"], row["first"], row["last"])


def _rules(export: AuditExport) -> Rows:
    for rule in rulebook_to_read().rules:
        yield (
            rule.id,
            rule.jurisdiction,
            rule.kind.value,
            rule.citation,
            rule.status.value,
            rule.effective_from,
            rule.effective_to,
            rule.note,
        )


SHEETS = (
    *audit_sheets.SHEETS,
    Sheet("messages.csv", (*MESSAGES, *DECIDED), _messages, frozenset({"text"})),
    Sheet("attempts.csv", tuple(ATTEMPTS), _attempts),
    Sheet("receipts.csv", tuple(RECEIPTS), _receipts),
    Sheet("replies.csv", tuple(REPLIES), _replies, frozenset({"text", "settled_note"})),
    Sheet("revocations.csv", REVOCATIONS, _revocations),
    Sheet("rulebooks.csv", RULEBOOKS, _rulebooks),
    Sheet("rules.csv", RULES, _rules),
)
