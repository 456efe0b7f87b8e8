"""What an audit export asks for: whose records, about what, from when."""

from django.db.models import Q, QuerySet

from consent.models import AuditExport, OptInEvent
from consent.vocabulary import EventKind

OPT_INS = (EventKind.OPTED_IN, EventKind.CONFIRMED)


def of_people(export: AuditExport) -> Q:
    """Return the people of an export as a condition on `contact`: named, drawn, or everybody."""
    if export.sampled is not None:
        drawn = OptInEvent.objects.filter(pk__in=export.sampled)
        return Q(contact__in=drawn.values("contact"))
    if export.several:
        return Q(contact__in=export.people.values("pk"))
    return Q(contact=export.contact_id) if export.contact_id else Q()


def concerns_few(export: AuditExport) -> bool:
    """Say whether an export is about some people only."""
    return bool(export.contact_id or export.several or export.sampled is not None)


def events(export: AuditExport) -> QuerySet[OptInEvent]:
    """Return the events that an export asks for.

    What concerned every topic belongs to a topic or brand for those people who had to do with it.
    """
    found = OptInEvent.objects.filter(of_people(export))
    of = {
        name: value
        for name, value in (("topic", export.topic_id), ("topic__brand", export.brand_id))
        if value
    }
    if of:
        concerned = OptInEvent.objects.filter(**of).values("contact")
        found = found.filter(Q(**of) | Q(topic=None, contact__in=concerned))
    if export.since:
        # Nothing occurs after it is recorded, and by that an index finds the first of them
        found = found.filter(recorded_at__gte=export.since)
    return found.filter(within(export, "occurred_at"))


def within(export: AuditExport, column: str) -> Q:
    """Return the export's dates as a condition: from the first on, up to but not the last."""
    dates = Q()
    if export.since:
        dates &= Q(**{f"{column}__gte": export.since})
    if export.until:
        dates &= Q(**{f"{column}__lt": export.until})
    return dates
