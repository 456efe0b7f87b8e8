"""Carry clearance reviews out: count, keep a sample, write all findings to a CSV file.

A worker holds a lease and renews it with every chunk; who takes over begins anew.
"""

import csv
import hashlib
import io
import shutil
import tempfile
from datetime import datetime, timedelta
from typing import IO

from django.core.files import File
from django.db.models import Q

from campaigns import lookback, what_if
from campaigns.findings import COLUMNS, Tally, cells
from campaigns.models import ClearanceReview
from campaigns.rulebook.changes import FaultyChange
from campaigns.vocabulary import ReviewKind, ReviewState
from consent import clock
from consent.csv_safety import safe

LEASE = timedelta(seconds=120)
UNDER_WAY = [ReviewState.QUEUED, ReviewState.RUNNING]


class LeaseLost(RuntimeError):  # noqa: N818  reads as what it is where it is caught
    """Somebody else carries the review out; stop without a trace."""


def lease() -> datetime:
    """Return the end of a lease that begins now."""
    return clock.now() + LEASE


def abandoned() -> list[int]:
    """Return the reviews that wait and that nobody works on (P6)."""
    waiting = ClearanceReview.objects.filter(_free(), state__in=UNDER_WAY)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def carry_out(review_id: int, held: datetime | None = None) -> None:
    """Answer a review; does nothing where somebody works on it or it is answered.

    `held` is the lease of whoever made the review with one, so that no worker comes before.
    """
    longer = lease()
    waiting = ClearanceReview.objects.filter(
        _free() if held is None else Q(lease_until=held), pk=review_id, state__in=UNDER_WAY
    )
    if not waiting.update(state=ReviewState.RUNNING, lease_until=longer, looked_at=0, found=0):
        return
    review = ClearanceReview.objects.select_related("campaign__topic").get(pk=review_id)
    try:
        with tempfile.TemporaryFile() as file:
            _keep(review, file, _write(review, file))
    except LeaseLost:
        raise
    except FaultyChange as fault:
        _fail(review, str(fault))
    except Exception as fault:
        # Whatever it was: a review that stays "running" for ever tells nobody that it failed
        _fail(
            review,
            f"It could not be carried out ({type(fault).__name__}). Ask again, and tell whoever "
            "keeps the software: its log says more.",
        )
        raise


def copy_to(review: ClearanceReview, target: IO[bytes]) -> None:
    """Copy a ready review's file, a piece at a time."""
    with review.file.open("rb") as stored:
        shutil.copyfileobj(stored, target)


def _write(review: ClearanceReview, file: IO[bytes]) -> Tally:
    looks_back = review.kind == ReviewKind.LOOK_BACK
    if looks_back:
        versions = lookback.rulebook_for(review).version
        total, chunks = lookback.messages(review).count(), lookback.found(review)
    else:
        versions = " ".join(each.version for each in what_if.rulebooks_for(review))
        total, chunks = what_if.total(review), what_if.found(review)
    _renew(review, total=total, rulebook=versions)
    tally = Tally()
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for looked_at, findings in chunks:
        writer.writerows([_cell(value) for value in row] for row in cells(findings))
        tally.add(looked_at, findings)
        _renew(review, looked_at=tally.looked_at, found=tally.found)
    text.flush()
    text.detach()
    return tally


def _keep(review: ClearanceReview, file: IO[bytes], tally: Tally) -> None:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    review.file.save(f"review-{review.pk}-{digest[:16]}.csv", File(file), save=False)
    kept = ClearanceReview.objects.filter(pk=review.pk, lease_until=review.lease_until).update(
        state=ReviewState.READY,
        file=review.file.name,
        digest=digest,
        looked_at=tally.looked_at,
        found=tally.found,
        counts=tally.counts(),
        sample=tally.sample(),
        finished_at=clock.now(),
        lease_until=None,
    )
    if not kept:
        review.file.storage.delete(review.file.name or "")
        raise LeaseLost


def _renew(review: ClearanceReview, **known: object) -> None:
    """Tell how far it is and keep the lease; raise `LeaseLost` where somebody took over."""
    longer = lease()
    ours = ClearanceReview.objects.filter(pk=review.pk, lease_until=review.lease_until)
    if not ours.update(lease_until=longer, **known):
        raise LeaseLost
    review.lease_until = longer


def _fail(review: ClearanceReview, fault: str) -> None:
    ClearanceReview.objects.filter(pk=review.pk, lease_until=review.lease_until).update(
        state=ReviewState.FAILED, fault=fault[:300], finished_at=clock.now(), lease_until=None
    )


def _free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lte=clock.now())


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return safe(value)
