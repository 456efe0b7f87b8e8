"""Tags for our admin templates."""

from datetime import datetime

from django import template
from django.utils import timezone

from consent.admin.pills import pill as as_pill

register = template.Library()
register.simple_tag(as_pill, name="pill")


@register.filter
def grouped(count: int) -> str:
    """Write a count with its thousands apart."""
    return f"{count:,}"


@register.simple_tag
def own_zone() -> str:
    """Name the zone that pages show times in, as people write it."""
    return zone_name(timezone.get_current_timezone_name())


@register.filter
def zone_name(name: str) -> str:
    """Write the name of a time zone as people do."""
    return name.replace("_", " ")


@register.filter
def moment(written: str) -> str:
    """Show a moment that was written down as ISO 8601, by the page's clock."""
    at = timezone.localtime(datetime.fromisoformat(written))
    return f"{at:%b} {at.day}, {at:%Y, %H:%M}"
