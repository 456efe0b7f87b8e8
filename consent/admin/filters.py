"""Filters of lists that cost one query, however many there are to choose from."""

from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest

from consent.models import Topic


class TopicFilter(admin.RelatedFieldListFilter):
    """Choose a topic; Django's own would fetch the brand of each by itself."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        """Return the topics with their brands."""
        return [(str(topic.pk), str(topic)) for topic in Topic.objects.select_related("brand")]


class CountryFilter(admin.SimpleListFilter):
    """Choose a country that some contact is from.

    Django's own asks for all distinct values, which reads a million rows; this leaps from one
    value to the next in the index.
    """

    title = "country"
    parameter_name = "country"
    STATEMENT = """
        WITH RECURSIVE leap(country) AS (
            (SELECT country FROM consent_contact ORDER BY country LIMIT 1)
            UNION ALL
            SELECT (SELECT c.country FROM consent_contact AS c WHERE c.country > leap.country
                    ORDER BY c.country LIMIT 1)
            FROM leap WHERE leap.country IS NOT NULL
        )
        SELECT country FROM leap WHERE country <> ''
    """

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the countries."""
        with connection.cursor() as cursor:
            cursor.execute(self.STATEMENT)
            return [(country, country) for (country,) in cursor.fetchall()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the contacts of one country."""
        return queryset.filter(country=self.value()) if self.value() else queryset
