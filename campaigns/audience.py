"""Start campaigns whose time has come, write their audience down, and see when they are done."""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef

from campaigns.audience_rows import Rows
from campaigns.lifecycle import OPEN
from campaigns.models import Campaign, Message
from campaigns.vocabulary import CampaignStatus
from consent import clock
from consent.lane import Lane

C = CampaignStatus
CHUNK = 50_000
FRESH = timedelta(minutes=1)
CHANGED = "It was changed after its approval, so it did not start: submit it again."


@transaction.atomic
def start(campaign_id: int) -> bool:
    """Set an approved campaign running if its time has come; return whether it runs.

    One that no longer says what was approved goes back to draft, with the reason; nothing leaves.
    """
    row = Campaign.objects.select_for_update().get(pk=campaign_id)
    if row.status != C.APPROVED or row.scheduled_at > clock.now():
        return False
    row._history_user = None
    if not row.is_approved:
        row.status, row._change_reason = C.DRAFT, CHANGED
        row.approved_by = row.approved_at = None
        row.approved_digest = ""
        row.save()
        return False
    row.status, row.started_at = C.RUNNING, clock.now()
    row._change_reason = "Started at the time that was approved"
    row.save()
    return True


def freeze(campaign_id: int) -> None:
    """Write the audience of a running campaign down, a chunk at a time, each with its clearance.

    May be lost at any point and run again, or run twice at once: it goes on behind the last chunk.
    """
    rows = None
    with Lane() as beside:
        # Another connection would see nothing of a transaction of the caller's
        ahead = None if connection.in_atomic_block else beside
        while rows := _freeze_chunk(campaign_id, rows, ahead):
            pass


@transaction.atomic
def _freeze_chunk(
    campaign_id: int, rows: Rows | None = None, ahead: Lane | None = None
) -> Rows | None:
    """Freeze the next people, in order of their ids; return what writes more, or None at the end.

    What was decided of one chunk serves the next for a little while, and then anew: the sender asks
    again before each text.
    """
    found = Campaign.objects.select_for_update(no_key=True).filter(
        pk=campaign_id, status__in=[C.RUNNING, C.PAUSED], frozen_at=None
    )
    row = found.first()
    if row is None:
        return None
    moment = clock.now()
    if rows is None or not rows.moment <= moment < rows.moment + FRESH:
        rows = Rows(row, moment, ahead)
    # Behind the last one written: the audience is in order of ids, and the constraint knows them
    last = Message.objects.filter(campaign=row).aggregate(last=Max("contact_id"))["last"] or 0
    if rows.write(last, CHUNK):
        return rows
    row.frozen_at = moment
    row._history_user, row._change_reason = None, "The audience is written down"
    row.save()
    return None


def unfrozen() -> list[int]:
    """Return running campaigns whose audience is not yet written down whole (P6)."""
    return list(Campaign.objects.filter(status=C.RUNNING, frozen_at=None).values_list(flat=True))


def finish_exhausted() -> int:
    """Finish running campaigns of which no message waits or is under way; return how many.

    An unconfirmed message keeps none open: a person settles it in their own time.
    """
    still_open = Message.objects.filter(
        campaign=OuterRef("pk"), status__in=[status.value for status in OPEN]
    )
    done = 0
    for pk in list(
        Campaign.objects.filter(~Exists(still_open), status=C.RUNNING)
        .exclude(frozen_at=None)
        .values_list("pk", flat=True)
    ):
        with transaction.atomic():
            row = Campaign.objects.select_for_update().get(pk=pk)
            if row.status != C.RUNNING:
                continue
            row.status, row.finished_at = C.FINISHED, clock.now()
            row._history_user, row._change_reason = None, "Nothing is left to send"
            row.save()
            done += 1
    return done
