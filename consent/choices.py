"""Turn a closed set into the choices and the constraint of a column."""

from enum import StrEnum

from django.db import models


def choices(of: type[StrEnum]) -> list[tuple[str, str]]:
    """Return (value, words) pairs for a form."""
    return [(member.value, member.value.replace("_", " ").capitalize()) for member in of]


def one_of(column: str, of: type[StrEnum], name: str) -> models.CheckConstraint:
    """Return the constraint that keeps a column inside its closed set."""
    return models.CheckConstraint(
        condition=models.Q((f"{column}__in", [member.value for member in of])), name=name
    )
