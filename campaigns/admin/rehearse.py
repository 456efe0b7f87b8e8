"""The page that rehearses what replies to a topic do, as a carrier's auditor would."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from campaigns.admin.decision import as_read
from campaigns.house_policy import rulebook_to_read
from campaigns.rehearsal import CannotRehearse, Rehearsal, rehearse
from consent.admin.base import RecordPages
from consent.admin.staff_log import write_down
from consent.models import Topic

REHEARSES = "campaigns.rehearse_replies"


def rehearse_page(request: HttpRequest, admin: RecordPages, topic: Topic) -> HttpResponse:
    """Say what a rehearsal does; play it when asked, and write down who did."""
    context: dict[str, Any] = {}
    if request.method == "POST":
        try:
            played = rehearse(topic)
        except CannotRehearse as fault:
            context["fault"] = str(fault)
        else:
            said = ", ".join(f"“{scene.said}”" for scene in played.scenes)
            write_down(request, topic, f"Rehearsed: {said}. Nothing of it was kept.")
            context |= {"number": played.number, "scenes": _shown(played)}
    return TemplateResponse(
        request,
        "admin/consent/topic/rehearse.html",
        {
            **admin.admin_site.each_context(request),
            "title": "Rehearse the replies",
            "subtitle": str(topic),
            "opts": admin.model._meta,
            "original": topic,
            "back": admin.page_url("change", topic),
            **context,
        },
    )


def _shown(played: Rehearsal) -> list[dict[str, Any]]:
    rulebook = rulebook_to_read()
    return [
        {
            "scene": scene,
            "took": f"{scene.seconds * 1000:.0f} ms",
            "answers": [
                {
                    "kind": line.kind.replace("_", " ").capitalize(),
                    "text": line.text,
                    "decision": as_read(line.clearance, rulebook),
                }
                for line in scene.answers
            ],
        }
        for scene in played.scenes
    ]
