"""What Celery wakes in consent; tasks take ids and delegate."""

import logging
from functools import partial

from celery import current_app, shared_task
from django.db import transaction

from consent import audit_export, lapsing, reassigned_answers, reassigned_query
from consent.importing import applying, lease, previewing, recalling, uploads
from consent.models import ContactImport
from consent.vocabulary import ImportState

logger = logging.getLogger(__name__)


def wake_confirmation(event_id: int) -> None:
    """Once committed, ask campaigns to text the confirmation request of an event.

    By name, since consent knows nothing of campaigns; a sweep finds what nobody woke (P6).
    """
    transaction.on_commit(
        lambda: current_app.send_task("campaigns.request_confirmation", [event_id]), robust=True
    )


def wake_opt_out_confirmation(event_id: int) -> None:
    """Once committed, ask campaigns to text the one acknowledgement of an opt-out, by name."""
    transaction.on_commit(
        lambda: current_app.send_task("campaigns.confirm_opt_out", [event_id]), robust=True
    )


@shared_task(name="consent.lapse_requests", ignore_result=True)
def lapse_requests() -> None:
    """Let requests lapse that nobody confirmed in time."""
    lapsed = lapsing.lapse_requests()
    if lapsed:
        logger.info("%d opt-in requests lapsed", lapsed)


def wake_export(export_id: int) -> None:
    """Once committed, ask for an audit export to be built.

    By name: campaigns builds it, since messages belong into it and consent knows nothing of them.
    """
    transaction.on_commit(
        lambda: current_app.send_task("campaigns.build_audit_export", [export_id]), robust=True
    )


def wake_check(check_id: int) -> None:
    """Once committed, ask for the query of a reassigned number check to be made.

    By name: campaigns makes it, since replies tell whose a number is.
    """
    transaction.on_commit(
        lambda: current_app.send_task("campaigns.make_reassigned_query", [check_id]), robust=True
    )


def wake_answers(file_id: int) -> None:
    """Once committed, have a file of answers taken in; a sweep finds what is lost (P6)."""
    transaction.on_commit(lambda: take_answers_in.delay(file_id), robust=True)


@shared_task(name="consent.take_answers_in", ignore_result=True)
def take_answers_in(file_id: int) -> None:
    """Record the answers of a file about reassigned numbers."""
    try:
        reassigned_answers.take_in(file_id)
    except reassigned_answers.LeaseLost:
        logger.info("Answers %d were taken over", file_id)


def wake_import(import_id: int) -> None:
    """Once committed, have a list read, applied or recalled; a sweep finds what is lost."""
    transaction.on_commit(partial(_carry_on, import_id), robust=True)


def _carry_on(import_id: int) -> None:
    state = ContactImport.objects.values_list("state", flat=True).get(pk=import_id)
    if state == ImportState.UPLOADED:
        preview_import.delay(import_id)
    elif state == ImportState.RECALLING:
        recall_import.delay(import_id)
    else:
        apply_import.delay(import_id)


@shared_task(name="consent.preview_import", ignore_result=True)
def preview_import(import_id: int) -> None:
    """Read an uploaded list and write down what would become of its rows."""
    try:
        previewing.preview(import_id)
    except lease.LeaseLost:
        logger.info("Import %d: its preview was taken over or discarded", import_id)


@shared_task(name="consent.apply_import", ignore_result=True)
def apply_import(import_id: int) -> None:
    """Bring a confirmed import into the ledger."""
    try:
        applying.apply(import_id)
    except lease.LeaseLost:
        logger.info("Import %d was taken over", import_id)


@shared_task(name="consent.recall_import", ignore_result=True)
def recall_import(import_id: int) -> None:
    """Withdraw what an applied import brought."""
    try:
        recalling.recall(import_id)
    except lease.LeaseLost:
        logger.info("Import %d: its recall was taken over", import_id)


@shared_task(name="consent.sweep_jobs", ignore_result=True)
def sweep_jobs() -> None:
    """Wake the jobs that nobody works on: never woken, or their worker died (P6)."""
    for import_id in lease.abandoned():
        _carry_on(import_id)
    for export_id in audit_export.abandoned():
        wake_export(export_id)
    for check_id in reassigned_query.abandoned():
        wake_check(check_id)
    for file_id in reassigned_answers.abandoned():
        wake_answers(file_id)


@shared_task(name="consent.sweep_uploads", ignore_result=True)
def sweep_uploads() -> None:
    """Remove unfinished uploads that nobody went on with."""
    swept = uploads.sweep()
    if swept:
        logger.info("%d unfinished uploads were removed", swept)
