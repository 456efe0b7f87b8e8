"""Who gives a command."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError


def user_named(name: str | None) -> Any:
    """Return the user of a name, None for none given; raise `CommandError` for an unknown one."""
    if name is None:
        return None
    user = get_user_model()._default_manager.filter(username=name).first()
    if user is None:
        raise CommandError(f'There is no user "{name}".')
    return user
