"""The moves of a campaign: each a page that names its effect and asks why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from campaigns import approval, tasks
from campaigns.admin.campaign_forecast import forecast
from campaigns.admin.campaign_text import read_draft
from campaigns.lifecycle import WAITING, may_move
from campaigns.models import Campaign
from campaigns.vocabulary import CampaignStatus as C
from consent import clock
from consent.admin.base import RecordPages
from consent.admin.serious import Refused, SeriousAction, ask


@dataclass(frozen=True, slots=True)
class Move:
    """A move as staff see it. `rights`: any one of them is enough."""

    label: str
    to: C
    came_from: frozenset[C]
    rights: tuple[str, ...]
    use_case: Callable[..., Campaign]
    done: str
    effects: Callable[[Campaign], Sequence[str]]
    tone: str = ""


def _waiting(campaign: Campaign) -> int:
    return campaign.messages.filter(status__in=[status.value for status in WAITING]).count()


def _on_submit(campaign: Campaign) -> list[str]:
    return [
        "Another person is asked to approve it; you cannot approve it yourself.",
        "Its words, topic, number and time can no longer change, unless it goes back to draft.",
        *forecast(campaign).sentences(),
    ]


def _on_approve(campaign: Campaign) -> list[str]:
    starts = timezone.localtime(campaign.scheduled_at)
    draft = read_draft(campaign)
    past = campaign.scheduled_at <= clock.now()
    return [
        "It starts at once: the moment that it was scheduled for is past."
        if past
        else f"It starts by itself on {starts:%A, %B %-d, %Y at %H:%M %Z}.",
        *forecast(campaign).sentences(),
        (
            f"Each person is asked about again right before their text leaves. "
            f"At most {draft.parts_in_all:,} parts are paid for."
        ),
    ]


def _on_draft(campaign: Campaign) -> list[str]:
    return ["Nothing is sent. Its author can change it and must submit it again."]


def _on_pause(campaign: Campaign) -> list[str]:
    count = _waiting(campaign)
    still = "1 message that still waits stays where it is."
    return [
        still if count == 1 else f"{count:,} messages that still wait stay where they are.",
        "The few that are in a worker's hands at this moment may still leave.",
    ]


def _on_resume(campaign: Campaign) -> list[str]:
    count = _waiting(campaign)
    if count == 1:
        return ["1 message goes out again, in its reader's hours."]
    return [f"{count:,} messages go out again, each in its reader's hours."]


def _on_cancel(campaign: Campaign) -> list[str]:
    count = _waiting(campaign)
    still = "1 message that still waits is never sent."
    return [
        still if count == 1 else f"{count:,} messages that still wait are never sent.",
        "This cannot be taken back; what was sent stays sent.",
    ]


MOVES: dict[str, Move] = {
    "submit": Move(
        "Submit for approval",
        C.SUBMITTED,
        frozenset({C.DRAFT}),
        ("campaigns.submit_campaign",),
        approval.submit,
        "is submitted. Somebody else must approve it.",
        _on_submit,
        "primary",
    ),
    "approve": Move(
        "Approve",
        C.APPROVED,
        frozenset({C.SUBMITTED}),
        ("campaigns.approve_campaign",),
        approval.approve,
        "is approved.",
        _on_approve,
        "primary",
    ),
    "back_to_draft": Move(
        "Back to draft",
        C.DRAFT,
        frozenset({C.SUBMITTED, C.APPROVED}),
        ("campaigns.submit_campaign", "campaigns.approve_campaign"),
        approval.back_to_draft,
        "is a draft again.",
        _on_draft,
    ),
    "pause": Move(
        "Pause",
        C.PAUSED,
        frozenset({C.RUNNING}),
        ("campaigns.stop_campaign",),
        approval.pause,
        "is paused.",
        _on_pause,
    ),
    "resume": Move(
        "Resume",
        C.RUNNING,
        frozenset({C.PAUSED}),
        ("campaigns.stop_campaign",),
        approval.resume,
        "goes on.",
        _on_resume,
        "primary",
    ),
    "cancel": Move(
        "Cancel",
        C.CANCELLED,
        frozenset(status for status in C if may_move(status, C.CANCELLED)),
        ("campaigns.stop_campaign",),
        approval.cancel,
        "is cancelled.",
        _on_cancel,
        "danger",
    ),
}


def may_make(user: Any, campaign: Campaign, name: str) -> bool:
    """Say whether this person may make this move now."""
    chosen = MOVES[name]
    own = name == "approve" and campaign.author_id == user.pk
    allowed = any(user.has_perm(right) for right in chosen.rights)
    return allowed and not own and campaign.status in chosen.came_from


def move(request: HttpRequest, admin: RecordPages, campaign: Campaign, name: str) -> HttpResponse:
    """Show the page of a move, or make it."""
    chosen = MOVES[name]
    if not any(request.user.has_perm(right) for right in chosen.rights):
        admin.require(request, *chosen.rights)

    def act(given: dict[str, Any]) -> str:
        try:
            moved = chosen.use_case(campaign, by=request.user, reason=given["reason"])
        except approval.NotAllowed as fault:
            raise Refused(str(fault)) from fault
        if name == "resume":
            tasks.wake(moved.origination_number_id)
        return f"{campaign.name} {chosen.done}"

    draft = read_draft(campaign)
    size = f"{draft.size.parts} part{'s'[: draft.size.parts > 1]}, {draft.size.encoding}"
    return ask(
        request,
        admin,
        campaign,
        SeriousAction(
            title=f"{chosen.label}: {campaign.name}",
            button=chosen.label,
            effects=chosen.effects(campaign),
            shown=[(f"As people read it ({size})", draft.text)],
            advice=[*draft.stops, *draft.advice] if name in {"submit", "approve"} else (),
            act=act,
            danger=chosen.tone == "danger",
            may=may_make(request.user, campaign, name),
            why_not=_why_not(request.user, campaign, name),
        ),
    )


def _why_not(user: Any, campaign: Campaign, name: str) -> str:
    if name == "approve" and campaign.author_id == user.pk:
        return "You wrote this campaign: somebody else must approve it."
    return f"That cannot be done: the campaign is {campaign.status}."
