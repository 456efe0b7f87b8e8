"""What an audit export asks for: whose records, about what, from when.

What is chosen of one kind widens (any of these topics), what is chosen of different kinds narrows
(of these topics and of these brands); a kind of which nothing is chosen leaves nothing out.
"""

from django.db.models import Q, QuerySet

from consent.models import AuditExport, OptInEvent, Topic
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


def topics(export: AuditExport) -> list[int] | None:
    """Return the topics that an export is about, by id; None: every topic, as nothing is chosen.

    Of numbers they are those that the numbers carried. No topic is left where what is chosen does
    not go together.
    """
    named = [topic.pk for topic in export.topics.all()]
    brands = [brand.pk for brand in export.brands.all()]
    if not named and not brands and export.carried is None:
        return None
    found = Topic.objects.filter(pk__in=named) if named else Topic.objects.all()
    if brands:
        found = found.filter(brand__in=brands)
    if export.carried is not None:
        found = found.filter(pk__in=export.carried)
    return list(found.order_by("pk").values_list("pk", flat=True))


def events(export: AuditExport) -> QuerySet[OptInEvent]:
    """Return the events that an export asks for.

    What concerned every topic belongs to some topics for those people who had to do with them.
    """
    found = OptInEvent.objects.filter(of_people(export))
    about = topics(export)
    if about is not None:
        concerned = OptInEvent.objects.filter(topic__in=about).values("contact")
        found = found.filter(Q(topic__in=about) | Q(topic=None, contact__in=concerned))
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
