"""Ask for a clearance review on the command line and print its answer."""

import json
from argparse import ArgumentParser
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, OutputWrapper
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from campaigns import reviews
from campaigns.models import ClearanceReview
from campaigns.vocabulary import ReviewKind, ReviewState
from consent import clock


def add_answer_arguments(parser: ArgumentParser) -> None:
    """Take what both commands take: why, who, and where the answer goes."""
    parser.add_argument("--reason", default="Asked on the command line", metavar="WHY")
    parser.add_argument("--user", metavar="NAME", help="the member of staff who asks")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument(
        "--output", type=Path, metavar="FILE.csv", help="all that is found, by text"
    )


def answer(
    kind: ReviewKind, query: dict[str, Any], options: dict[str, Any], out: OutputWrapper
) -> None:
    """Record the review, carry it out at once, print it and copy its file out."""
    output = options["output"]
    if output is not None and not output.parent.is_dir():
        raise CommandError(f"There is no folder {output.parent}.")
    if not options["reason"].strip():
        raise CommandError("Say why with --reason: it is kept with the review.")
    held = reviews.lease()
    review = ClearanceReview.objects.create(
        **query,
        kind=kind,
        reason=options["reason"].strip()[:300],
        asked_by=found(get_user_model(), "username", options["user"]),
        asked_at=clock.now(),
        lease_until=held,
    )
    reviews.carry_out(review.pk, held)
    review.refresh_from_db()
    if review.state != ReviewState.READY:
        raise CommandError(review.fault)
    if output is not None:
        with output.open("wb") as target:
            output.chmod(0o600)  # it holds numbers
            reviews.copy_to(review, target)
    if options["json"]:
        out.write(json.dumps(_as_json(review), indent=2) + "\n")
    else:
        out.write("\n".join(_lines(review, output)) + "\n")


def _as_json(review: ClearanceReview) -> dict[str, Any]:
    return {
        "review": review.pk,
        "kind": review.kind,
        "rulebook": review.rulebook,
        "changes": review.changes,
        "looked_at": review.looked_at,
        "found": review.found,
        "counts": review.counts,
        "sample": review.sample,
        "sha256": review.digest,
    }


def _lines(review: ClearanceReview, output: Path | None) -> list[str]:
    verb = "would fail" if review.kind == ReviewKind.LOOK_BACK else "would be decided anew"
    lines = [f"{review}: of {review.looked_at:,} looked at, {review.found:,} {verb}."]
    for each in review.counts:
        authority = "; ".join(each[name] for name in ("citation", "status") if each[name])
        lines.append(
            f"{each['count']:>12,}  {each['before']} -> {each['after']}  {each['rule']}: "
            f"{each['sentence']}" + (f" [{authority}]" if authority else "")
        )
    for each in review.sample:
        text = f"message #{each['message']}, " if each["message"] else ""
        lines.append(
            f"  e.g. {text}contact #{each['contact']}, {each['moment']}: {each['sentence']}"
        )
    if output is not None:
        lines.append(f"All of them in {output}, SHA-256 {review.digest}")
    return lines


def found(model: Any, column: str, value: Any) -> Any:
    """Return the row that an option names; None where it names none."""
    if value is None:
        return None
    row = model._default_manager.filter(**{column: value}).first()
    if row is None:
        raise CommandError(f'There is no {model._meta.verbose_name} "{value}".')
    return row


def moment(option: str, text: str | None) -> datetime | None:
    """Read a day, from its midnight in the display zone, or a moment; naive ones are in that."""
    if text is None:
        return None
    try:
        day = parse_date(text)
        read = datetime.combine(day, time()) if day else parse_datetime(text)
    except ValueError:
        read = None
    if read is None:
        raise CommandError(f"{option}: write it as 2026-01-31 or 2026-01-31T14:00:00-05:00.")
    return timezone.make_aware(read) if timezone.is_naive(read) else read


def day(option: str, text: str | None) -> date | None:
    """Read a day."""
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise CommandError(f"{option}: write it as 2026-01-31.") from None
