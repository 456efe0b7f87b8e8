"""The page that takes an applied list back."""

from typing import Any

from django.http import HttpRequest

from consent.admin.serious import Refused, SeriousAction
from consent.importing import recalling
from consent.importing.effects import events_of
from consent.models import ContactImport
from consent.tasks import wake_import
from consent.vocabulary import ListKind


def recall_action(request: HttpRequest, taken: ContactImport) -> SeriousAction:
    """Return what the page says in numbers, and does."""
    may = recalling.may_be_recalled(taken)
    reach = recalling.reach(taken) if may else recalling.Reach(0, 0)
    one = reach.withdrawn == 1
    events = events_of(taken)
    events = events.removesuffix("s") if one else events

    withdrawn = (
        f"{reach.withdrawn:,} {events} of this list "
        f"{'is' if one else 'are'} withdrawn, each by a correction in the ledger."
    )
    standing = (
        (
            "1 of them is what a person is opted in by now: without another consent, that person "
            "gets no more texts."
            if reach.standing == 1
            else f"{reach.standing:,} of them are what people are opted in by now: without another "
            "consent, they get no more texts."
        )
        if taken.holds == ListKind.CONSENTS
        else "Whom nothing else bars may be texted again, as their consents allow."
    )

    def act(cleaned: dict[str, Any]) -> str:
        if not recalling.confirm(taken.pk, user=request.user, reason=cleaned["reason"]):
            raise Refused("Somebody recalled this list before you.")
        wake_import(taken.pk)
        return f"Recalled: {reach.withdrawn:,} {events} to be withdrawn."

    return SeriousAction(
        title=f"Recall {taken.file_name}",
        button="Withdraw what this list brought",
        effects=(
            withdrawn,
            standing,
            "What people did themselves and what other lists brought stays as it is.",
            "The contacts, the rows and the file stay on record.",
        ),
        act=act,
        advice=("It cannot be undone: the list would have to be brought and confirmed again.",),
        danger=True,
        may=may and reach.withdrawn > 0,
        why_not="There is nothing to recall here: opt-outs never are.",
    )
