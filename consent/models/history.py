"""Audit history on our clock, with the reason that staff gave."""

from datetime import datetime
from typing import Any

from simple_history.models import HistoricalRecords

from consent import clock


class HistoryOnOurClock:
    """Date history rows by `clock.now()`, so that they agree with the ledger."""

    # Set before save() to say why, and who where no request says it
    _change_reason: str | None
    _history_user: Any

    @property
    def _history_date(self) -> datetime:
        return clock.now()


class LeanHistory(HistoricalRecords):
    """Keep no index on who changed a row: nothing reads it, and every change would pay for it."""

    def _get_history_user_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super()._get_history_user_fields()
        fields["history_user"].db_index = False
        return fields


def kept_history(**options: object) -> HistoricalRecords:
    """Return the history of a model: who, when, what, and why in up to 500 characters."""
    from django.db import models

    return LeanHistory(
        history_change_reason_field=models.CharField(max_length=500, null=True),
        # Who has worked is never deleted, since history only grows: the check a row would find
        # nothing and cost a tenth of an import
        user_db_constraint=False,
        **options,
    )
