"""Tags for our admin templates."""

from django import template

from consent.admin.pills import pill as as_pill

register = template.Library()
register.simple_tag(as_pill, name="pill")


@register.filter
def grouped(count: int) -> str:
    """Write a count with its thousands apart."""
    return f"{count:,}"
