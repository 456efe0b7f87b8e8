"""Tags for our admin templates."""

from datetime import datetime

from django import template
from django.utils import timezone

from consent.admin.pills import pill as as_pill
from consent.zone_names import with_zone_names, zone_name

register = template.Library()
register.simple_tag(as_pill, name="pill")


@register.filter
def grouped(count: int) -> str:
    """Write a count with its thousands apart."""
    return f"{count:,}"


@register.simple_tag
def own_zone() -> str:
    """Name the zone that pages show times in, as people do."""
    return zone_name(timezone.get_current_timezone_name())


register.filter("zone_name", with_zone_names)


@register.filter
def moment(written: str) -> str:
    """Show a moment that was written down as ISO 8601, by the page's clock."""
    at = timezone.localtime(datetime.fromisoformat(written))
    return f"{at:%b} {at.day}, {at:%Y, %H:%M}"
