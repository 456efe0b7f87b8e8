"""Apply a confirmed import to the ledger, in stretches of lines that a crash can fall between."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Max, Q
from psycopg.errors import DeadlockDetected, UniqueViolation

from consent import clock, contacts_in_bulk, ledger_in_bulk
from consent.contacts import BY_LIST
from consent.importing import attestations, lease, list_mappings, previewing, verdicts
from consent.importing.rare_grounds import named_by
from consent.lane import Lane
from consent.models import ContactImport
from consent.vocabulary import RECORDED, ImportState

CHANCES = 5  # that a stretch has, each a transaction of its own
Stretch = tuple[int, int]  # first and last line

# What events are made of comes before what contacts are, so that each is read in one stride
_ROWS = """
    SELECT line AS place, occurred_at, topic_id AS topic, disclosure_id AS disclosure,
           outcome, kind, source, legal_basis, told, number, country, state, time_zones,
           postal_code, language, external_id, home, ground
    FROM consent_contactimportrow
    WHERE contact_import_id = %(import)s AND line BETWEEN %(first)s AND %(last)s
      AND outcome IN ('new', 'pending', 'updated')
"""
# Rows of a stretch are few beside the tables: to scan those for each stretch would make a list
# twice as long take four times as long. To compile a statement takes longer than to run it.
_FOR_STRETCHES = """
    SET LOCAL enable_seqscan = off; SET LOCAL enable_mergejoin = off;
    SET LOCAL random_page_cost = 1.1; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off
"""
_BARRED = """
    DELETE FROM wanted_contact w USING consent_contactimportrow r
    WHERE r.contact_import_id = %(import)s AND r.line = w.place
      AND r.outcome NOT IN ('new', 'pending', 'updated')
"""
_DRAFTS = """
    SELECT {drawn} w.place, w.contact, w.topic, w.kind, w.source, w.legal_basis,
           -- Who is asked again is asked now, whenever they agreed
           CASE w.kind WHEN 'requested' THEN NULL ELSE w.occurred_at END AS occurred_at,
           w.disclosure, %(until)s::timestamptz AS expires_at,
           %(list)s || 'Line ' || w.place || ' of contact import #' || %(import)s AS note, w.told,
           w.ground
    FROM wanted_contact w
    WHERE w.outcome IN ('new', 'pending')
"""
_DRAWN = "w.event, substr(w.chance, 17) AS salt,"


def confirm(import_id: int, *, user: Any = None, lease_until: datetime | None = None) -> bool:
    """Let a preview be applied; False if somebody confirmed or discarded it before.

    False too for a long list and the person who brought it: somebody else confirms that.
    """
    own = Q(rows__gt=settings.IMPORT_SECOND_PERSON_ROWS, uploaded_by=user)
    previews = ContactImport.objects.filter(pk=import_id, state=ImportState.PREVIEWED)
    return bool(
        (previews.exclude(own) if user else previews).update(
            state=ImportState.APPLYING,
            confirmed_by=user,
            progress=0,
            applied_lines=[],
            survey={},
            lease_until=lease_until,
        )
    )


def needs_another(taken: ContactImport, user: Any) -> bool:
    """Say whether a list is so long that somebody else than this person has to confirm it."""
    long = taken.rows > settings.IMPORT_SECOND_PERSON_ROWS
    return long and user is not None and taken.uploaded_by_id == user.pk


def apply(import_id: int, held: datetime | None = None) -> None:
    """Bring the rows that are new into the ledger, a stretch of lines in each transaction.

    Picks up where nobody works on it; does nothing otherwise. A stretch and the note that it is
    done are committed together, so each is applied once. Every row is held against the ledger
    again at that moment, since people may have opted out after the preview.
    """
    held = held or lease.claim(import_id, ImportState.APPLYING)
    if held is None:
        return
    taken = ContactImport.objects.select_related("default_topic").get(pk=import_id)
    shared = lease.Shared(import_id, ImportState.APPLYING, held)
    lost = previewing.read_again_if_lost(taken, shared)
    work = _Work(taken, shared)
    work.finish()
    _finish(taken, shared, as_previewed=work.left_to_record == 0 and not lost)


class _Work:
    """The stretches of one import that are still to be applied, shared by the lanes."""

    def __init__(self, taken: ContactImport, shared: lease.Shared) -> None:
        self.taken, self.shared = taken, shared
        self.strangers = taken.figures.get("strangers", False)
        last = taken.import_rows.aggregate(last=Max("line"))["last"] or 0
        self.done: Sequence[Sequence[int]] = taken.applied_lines
        first = 1 if taken.mapping.get("headed") is False else 2
        self.left = uncovered(self.done, last, settings.IMPORT_BATCH, first)
        self._lock = Lock()

    def finish(self) -> None:
        """Apply all that is left, over two connections where that pays; more gain nothing."""
        with Lane() as beside:
            if self.left_to_record > 2 * settings.IMPORT_BATCH:
                beside.do(self._carry_on)
            self._carry_on()

    @property
    def left_to_record(self) -> int:
        """Return how many rows are not recorded yet of those that the preview said would be."""
        counts = self.taken.counts
        return sum(counts.get(each, 0) for each in RECORDED) - self.taken.progress

    def _carry_on(self) -> None:
        try:
            while stretch := self._next():
                self._apply_again_if_crossed(stretch)
        except BaseException:
            self.left = iter(())  # the other lane stops too
            raise

    def _next(self) -> Stretch | None:
        with self._lock:
            return next(self.left, None)

    def _apply_again_if_crossed(self, stretch: Stretch) -> None:
        """Apply a stretch; once more where another writer made the same contact, or held it."""
        for chance in range(CHANCES):
            try:
                # Strangers are not looked up, unless somebody came to know one since
                self._apply(stretch, strangers=chance == 0 and self.strangers)
            except (IntegrityError, OperationalError) as fault:
                again = isinstance(fault.__cause__, UniqueViolation | DeadlockDetected)
                if not again or chance == CHANCES - 1:
                    raise
            else:
                return

    def _apply(self, stretch: Stretch, *, strangers: bool) -> None:
        with ExitStack() as until_committed:
            with transaction.atomic():
                recorded = _record(self.taken, stretch, strangers=strangers)
                # Last of all, so that lanes wait for each other as briefly as can be, and only
                # for what is committed; who was taken over leaves no trace
                until_committed.enter_context(self._lock)
                done, progress = merged([*self.done, stretch]), self.taken.progress + recorded
                self.shared.renew(progress=progress, applied_lines=done)
            self.done, self.taken.progress = done, progress


def _record(taken: ContactImport, stretch: Stretch, *, strangers: bool = False) -> int:
    """Record the new rows of a stretch of lines; return how many they were."""
    first, last = stretch
    given: dict[str, Any] = {"import": taken.pk, "first": first, "last": last}
    of_list = f"{taken.list_name} of {taken.list_date}. " if taken.list_name else ""
    if taken.attestation_id:
        of_list = f"{attestations.NOTE} #{taken.attestation_id}. "
    given |= {"until": taken.expires_at, "list": of_list}
    reason, user = f"{BY_LIST}{taken.pk}", taken.confirmed_by_id
    verdicts.leave_closed_topics(taken.pk, first, last)
    with connection.cursor() as cursor:
        cursor.execute(_FOR_STRETCHES)
    found = contacts_in_bulk.find_or_make(
        _ROWS,
        given,
        reason=reason,
        user=user,
        drawing={"event": "consent_optinevent"},
        strangers=strangers,
    )
    if found.known and verdicts.hold_against_ledger(taken.pk, first, last, taken.expires_at):
        with connection.cursor() as cursor:
            cursor.execute(_BARRED, given)
    if found.known or found.told_twice:
        contacts_in_bulk.fill_in(reason=reason, user=user)
    # Of people who were known, others may have recorded something since the ids were drawn
    drawn = not found.known
    return ledger_in_bulk.record_selected(
        _DRAFTS.format(drawn=_DRAWN if drawn else ""),
        given,
        ledger_in_bulk.Common(
            recorded_by=user,
            contact_import=taken.pk,
            file_digest=taken.file_digest,
            drawn=drawn,
            grounded=named_by(list_mappings.columns_of(taken)),
            alone=None if found.known or found.told_twice else taken.brings,
        ),
    )


def uncovered(
    done: Sequence[Sequence[int]], last: int, size: int, first: int = 2
) -> Iterator[Stretch]:
    """Yield the stretches of up to `size` lines that are not among those done, which are sorted.

    `first`: the line below the header, or 1 where there is none.
    """
    at = first
    for begin, end in [*done, (last + 1, last + 1)]:
        while at < begin:
            stop = min(at + size, begin)
            yield at, stop - 1
            at = stop
        at = max(at, end + 1)


def merged(stretches: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return stretches of lines in order, neighbours made one."""
    found: list[list[int]] = []
    for first, last in sorted((first, last) for first, last in stretches):
        if found and found[-1][1] + 1 == first:
            found[-1][1] = last
        else:
            found.append([first, last])
    return found


def _finish(taken: ContactImport, shared: lease.Shared, *, as_previewed: bool) -> None:
    """Close the import; its rows need not be counted again where all became what was said."""
    shared.renew(
        counts=taken.counts if as_previewed else previewing.counted(taken),
        state=ImportState.APPLIED,
        applied_at=clock.now(),
        lease_until=None,
    )
