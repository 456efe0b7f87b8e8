"""Which texts, replies and revocations an audit export asks for, and what its numbers bring."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet

from campaigns.models import Message, OriginationNumber, Reply
from campaigns.revocations import Which
from consent.audit_choice import concerns_few, of_people, topics, within
from consent.models import AuditExport, Contact, OptInEvent

EVER = (datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
TOPIC_THEN = "historicaloriginationnumber_topics__topic"


def sent_from(numbers: Iterable[OriginationNumber]) -> dict[str, Any]:
    """Return the fields by which an export keeps the numbers that were chosen.

    What they carried before counts too: texts of then rest on consents to those topics.
    """
    named = {str(number.pk): number.number for number in numbers}
    if not named:
        return {}
    now = OriginationNumber.objects.filter(pk__in=named).values_list("topics", flat=True)
    then = OriginationNumber.history.filter(id__in=named).values_list(TOPIC_THEN, flat=True)
    return {"sent_from": named, "carried": sorted({*now, *then} - {None})}


def messages(export: AuditExport) -> QuerySet[Message]:
    """Return the messages that an export asks for; dates are those of their writing.

    A text about no topic, such as a HELP reply, belongs to the topics that its number carries.
    """
    found = Message.objects.filter(of_people(export), _over(export))
    named = _topics(export)
    if named:
        carries = Q(topic=None, origination_number__in=_carrying(named))
        found = found.filter(Q(topic__in=named) | carries)
    return found.filter(within(export, "created_at"))


def replies(export: AuditExport) -> QuerySet[Reply]:
    """Return the replies that an export asks for; dates are those of their arrival."""
    found = Reply.objects.filter(of_people(export), _over(export))
    named = _topics(export)
    if named:
        found = found.filter(origination_number__in=_carrying(named))
    return found.filter(within(export, "received_at"))


def acts(export: AuditExport) -> Which:
    """Return which acts of leaving an export asks for: those of the events that it holds."""
    people = about = None
    if concerns_few(export):
        found = OptInEvent.objects.filter(of_people(export)).values("contact")
        people = tuple(Contact.objects.filter(pk__in=found).values_list("pk", flat=True))
    ids = topics(export)
    if ids is not None:
        about = tuple(ids)
    return Which(export.since or EVER[0], export.until or EVER[1], people=people, topics=about)


def _over(export: AuditExport) -> Q:
    """Return the numbers of an export as a condition; those of a brand are its own."""
    chosen = [int(pk) for pk in export.sent_from]
    brands = [brand.pk for brand in export.brands.all()]
    if not brands:
        return Q(origination_number__in=chosen) if chosen else Q()
    found = OriginationNumber.objects.filter(brand__in=brands)
    if chosen:
        found = found.filter(pk__in=chosen)
    # As ids, not as a subquery: the planner then knows how many texts went over each
    return Q(origination_number__in=list(found.values_list("pk", flat=True)))


def _topics(export: AuditExport) -> list[int]:
    return [topic.pk for topic in export.topics.all()]


def _carrying(named: list[int]) -> list[int]:
    carrying = OriginationNumber.objects.filter(topics__in=named).distinct()
    return list(carrying.order_by("pk").values_list("pk", flat=True))
