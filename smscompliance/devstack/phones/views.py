"""The phones page: see texts arrive, answer them, and move the demo clock."""

import re
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from consent import phone_numbers
from smscompliance.devstack import demo_clock
from smscompliance.devstack.phones import screens, stand_in

SHOWN, MOST_SHOWN = 12, 96
AREAS = ("571", "602", "617", "646", "702", "713", "720", "808", "916", "971")  # not the demo's


@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show the handsets in use, newest first."""
    shown = min(_whole(request.GET.get("shown"), SHOWN), MOST_SHOWN)
    try:
        found = stand_in.handsets(shown)
    except stand_in.StandInAway:
        return _page(request, {}, shown, status=503)
    return _page(request, found, shown)


@never_cache
@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Show the handsets whose numbers end with the digits typed; posted, as numbers are (P10)."""
    ending = re.sub(r"\D", "", request.POST.get("ending", ""))[-10:]
    if not ending:
        return redirect("phones:page")
    try:
        found = stand_in.handsets_ending(ending, SHOWN)
    except stand_in.StandInAway:
        return _page(request, {}, SHOWN, status=503)
    return _page(request, found, SHOWN, ending=ending)


@never_cache
@require_GET
def feed(request: HttpRequest) -> JsonResponse:
    """Return what changed after `after`: the order of handsets, and the changed ones as HTML.

    `ids` asks for exactly these handsets, as after a search.
    """
    after, shown = (
        _whole(request.GET.get("after"), 0),
        min(_whole(request.GET.get("shown"), SHOWN), MOST_SHOWN),
    )
    ids = tuple(_whole(one, 0) for one in request.GET.get("ids", "").split(",") if one)[:MOST_SHOWN]
    try:
        found = stand_in.handsets(shown, ids)
    except stand_in.StandInAway:
        return JsonResponse({"trouble": "The AWS stand-in does not answer."}, status=503)
    changed = [one for one in found["handsets"] if one["last"] > after]
    return JsonResponse(
        {
            "n": found["n"],
            "count": found["count"],
            "clock": screens.clock_face(),
            "order": [handset["id"] for handset in found["handsets"]],
            "changed": [
                {
                    "id": handset["id"],
                    "last": handset["last"],
                    "html": render_to_string(
                        "phones/handset.html",
                        {"handset": handset, "answers": screens.ANSWERS},
                        request,
                    ),
                }
                for handset in _screens({**found, "handsets": changed})
            ],
        }
    )


@require_POST
def pick_up(request: HttpRequest) -> HttpResponse:
    """Take any phone in hand and, if words are given, text them to one of our numbers."""
    try:
        number = phone_numbers.parse(request.POST.get("phone", "")).e164
        handset = stand_in.pick_up(number)
        body, to = request.POST.get("body", "").strip(), request.POST.get("to", "")
        if body and to:
            stand_in.send_reply(handset["id"], to, body[:1600])
    except phone_numbers.InvalidNumber as fault:
        messages.error(request, fault.reason)
        return redirect(f"{reverse('phones:page')}#new-phone")
    except stand_in.StandInAway:
        messages.error(request, "The AWS stand-in does not answer. Is `make run` still running?")
        return redirect("phones:page")
    return _to_handset(handset["id"])


@require_POST
def reply(request: HttpRequest) -> HttpResponse:
    """Send what was typed on a phone, or the word of the button pressed."""
    handset = _whole(request.POST.get("handset"), 0)
    body = request.POST.get("quick") or request.POST.get("body", "").strip()
    if body:
        _tell(
            stand_in.send_reply,
            handset,
            request.POST.get("to", ""),
            body[:1600],
            request.POST.get("previous", ""),
        )
    return _done(request, handset)


@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """Set what a phone's carrier says of texts from now on."""
    handset = _whole(request.POST.get("handset"), 0)
    _tell(stand_in.set_answer, handset, request.POST.get("answer", ""))
    return _done(request, handset)


@require_POST
def clock(request: HttpRequest) -> HttpResponse:
    """Move the demo clock on; every process of the dev stack follows."""
    if not settings.CLOCK_FILE:
        raise BadRequest
    try:
        demo_clock.jump_to(Path(settings.CLOCK_FILE), request.POST.get("jump", ""))
    except ValueError as mistake:
        raise BadRequest from mistake
    return _done(request)


def _page(
    request: HttpRequest, found: dict[str, Any], shown: int, ending: str = "", status: int = 200
) -> HttpResponse:
    numbers = screens.numbers_to_text()
    context = {
        "away": not found,
        "n": found.get("n", 0),
        "count": found.get("count", 0),
        "handsets": _screens(found) if found else [],
        "answers": screens.ANSWERS,
        "clock": screens.clock_face(),
        "shown": shown,
        "more": min(shown * 2, MOST_SHOWN) if not ending and found.get("count", 0) > shown else 0,
        "ending": ending,
        "numbers": numbers,
        "suggestion": f"{secrets.choice(AREAS)}-555-01{secrets.randbelow(100):02d}",
        "ways_in": screens.ways_in(),
    }
    return render(request, "phones/page.html", context, status=status)


def _screens(found: dict[str, Any]) -> list[dict[str, Any]]:
    brands = screens.senders()
    words = {answer["words"]: answer["name"] for answer in found["answers"]}
    return [screens.screen(handset, brands, words) for handset in found["handsets"]]


def _tell(call: Any, *values: Any) -> None:
    try:
        call(*values)
    except (stand_in.NotUnderstood, stand_in.StandInAway) as trouble:
        raise BadRequest from trouble


def _done(request: HttpRequest, handset: int = 0) -> HttpResponse:
    """Answer the page's script briefly, and a browser without it with the page."""
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    return _to_handset(handset) if handset else redirect("phones:page")


def _to_handset(handset: int) -> HttpResponseRedirect:
    return redirect(f"{reverse('phones:page')}#phone-{handset}")


def _whole(text: str | None, default: int) -> int:
    try:
        return max(0, min(int(text or default), 10**9))
    except ValueError:
        return default
