"""Tell what an audit export was asked for: in words for people, in ids for machines."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from consent.audit_files import cell
from consent.models import AuditExport, Topic
from consent.phone_numbers import mask


def either(names: Sequence[str]) -> str:
    """Join names of which any will do: A, B or C."""
    return " or ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def topics_of(export: AuditExport) -> str:
    """Name the topics chosen, or say that it is about every one."""
    return either([str(topic) for topic in export.topics.all()]) or "every topic"


def brands_of(export: AuditExport) -> str:
    """Name the brands chosen, or say that it is of every one."""
    return either([brand.name for brand in export.brands.all()]) or "every brand"


def numbers_of(export: AuditExport) -> str:
    """Name the numbers of ours that were chosen, or say that it is over every one."""
    return either(sorted(export.sent_from.values())) or "every number of ours"


def carried_by(export: AuditExport) -> list[Topic]:
    """Return the topics that the chosen numbers carried."""
    return list(Topic.objects.filter(pk__in=export.carried or ()).select_related("brand"))


def in_words(export: AuditExport, carried: Sequence[Topic]) -> str:
    """Say the whole query in one sentence, without any person's number."""
    said = [
        f"Records of {_people(export)}",
        f"about {topics_of(export)}",
        f"of {brands_of(export)}",
        f"over {numbers_of(export)}",
    ]
    if export.sent_from:
        carrying = ", ".join(str(topic) for topic in carried)
        said[-1] += f" (carried: {carrying or 'no topic'})"
    if export.since:
        said.append(f"from {_moment(export.since)} on")
    if export.until:
        said.append(f"before {_moment(export.until)}")
    if export.sample:
        said.append(f"for the people of {export.sample} opt-ins drawn from these at random")
    return ", ".join(said) + "."


def told(export: AuditExport) -> dict[str, Any]:
    """Return the query as the manifest has it; null is what nothing was chosen of."""
    carried = carried_by(export)
    return {
        "in_words": in_words(export, carried),
        "number": _number(export),
        "numbers": export.people.count() if export.several else None,
        "numbers_not_on_record": export.unknown if export.several else None,
        "topics": [_topic(topic) for topic in export.topics.all()] or None,
        "brands": [{"id": each.pk, "name": each.name} for each in export.brands.all()] or None,
        "short_codes": [
            {"id": int(pk), "number": number}
            for pk, number in sorted(export.sent_from.items(), key=lambda each: int(each[0]))
        ]
        or None,
        "topics_of_short_codes": [_topic(topic) for topic in carried] if export.sent_from else None,
        "since": cell(export.since) or None,
        "until": cell(export.until) or None,
        "sample": export.sample,
        "seed": export.seed or None,
    }


def _topic(topic: Topic) -> dict[str, Any]:
    return {"id": topic.pk, "slug": topic.slug, "name": str(topic)}


def _number(export: AuditExport) -> str | None:
    if export.contact is None:
        return None
    return mask(export.contact.number) if export.masked else export.contact.number


def _people(export: AuditExport) -> str:
    if not export.several:
        return "one person" if export.contact_id else "everybody"
    count = export.people.count()
    return "1 person listed" if count == 1 else f"{count:,} people listed"


def _moment(moment: datetime) -> str:
    return f"{localtime(moment):%B %-d, %Y, %H:%M %Z}"
