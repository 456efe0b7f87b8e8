"""How many numbers are due for the Reassigned Numbers Database, for pages that ask often."""

from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpRequest

from campaigns.reassigned import BESIDE
from consent import reassigned_due
from consent.models import Contact

DUE_KEY = "reassigned-numbers-due"
KEPT = 600  # seconds: among a million people the count takes some, and it changes with the days
MOST = 10_000


def counted(*, only_due: bool) -> reassigned_due.Count:
    """Count exactly, for the page that makes the query."""
    return reassigned_due.count(BESIDE, only_due=only_due)


def about_due() -> int:
    """Return how many numbers were due within the last minutes, up to one more than `MOST`."""
    found: int | None = cache.get(DUE_KEY)
    if found is None:
        found = reassigned_due.count(BESIDE, only_due=True, most=MOST + 1).numbers
        cache.set(DUE_KEY, found, KEPT)
    return found


class DueFilter(admin.SimpleListFilter):
    """Show the contacts whose numbers are to be asked about."""

    title = "reassigned number check"
    parameter_name = "reassigned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer those that are due."""
        return [("due", "due")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Contact]) -> QuerySet[Contact]:
        """Keep those that are due."""
        due = self.value() == "due"
        return queryset.filter(reassigned_due.is_due(BESIDE)) if due else queryset
