"""Pages of long lists: bounded counts, and far pages found by their keys alone."""

import json
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

COUNTED = 10_000
FAR = 1_000


class BoundedPaginator(Paginator):
    """Count up to ten thousand rows; beyond, take the planner's estimate.

    Counting five million rows exactly takes longer than all the rest of a page. Every list here
    has an order that ends in the key, so a far page is first looked for among keys, without the
    rows and what is joined to them.
    """

    object_list: QuerySet[Any]

    @cached_property
    def count(self) -> int:
        """Return how many rows there are; see `estimated`."""
        rows = self.object_list.order_by()
        counted = rows.values("pk")[: COUNTED + 1].count()
        if counted <= COUNTED:
            return counted
        plan = json.loads(rows.values("pk").explain(format="json"))
        return max(counted, round(plan[0]["Plan"]["Plan Rows"]))

    @property
    def estimated(self) -> bool:
        """Say whether the count is an estimate."""
        return self.count > COUNTED

    def page(self, number: Any) -> Page:
        """Return a page, its rows fetched by key where it is far from the beginning."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        if first < FAR:
            return super().page(number)
        keys = list(self.object_list.values_list("pk", flat=True)[first : first + self.per_page])
        return Page(self.object_list.filter(pk__in=keys), number, self)
