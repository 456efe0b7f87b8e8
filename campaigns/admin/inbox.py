"""The inbox: replies that need a person, one after the other, by keyboard or mouse."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import Truncator

from campaigns import staff_answers
from campaigns.admin.conversation import with_changes, zone_of
from campaigns.admin.decision import as_read
from campaigns.admin.durations import in_words
from campaigns.clearance import Outcome
from campaigns.models import OriginationNumber, Reply
from campaigns.open_revocations import LIKELY, Item, items, waiting_replies
from campaigns.vocabulary import Meaning, ReplyState
from consent import clock
from consent.admin.base import RecordPages, Tool, shown_number
from consent.choices import choices
from consent.models import Brand
from consent.zone_names import zone_name

VIEWS = "campaigns.view_reply"
ANSWERS = "campaigns.answer_reply"
SHOWN = 50  # of the queue at once; whoever is done with them gets the next
AGES = {"1": "Over an hour", "24": "Over a day", "72": "Over three days", "168": "Over a week"}


@dataclass(frozen=True, slots=True)
class Panel:
    """One thing that can be done with the reply shown: its key, what it does, where it goes."""

    page: str
    key: str
    label: str
    effect: str
    url: str
    tone: str = ""


# What each page does, as its own page says at more length
PANELS: dict[str, tuple[str, str]] = {
    "confirm": ("c", "The person is opted out of what it means, as of when it came in."),
    "lift": ("l", "Where the person is opted in, texts reach them again."),
    "answer": ("a", "One text goes back from the number that they wrote to."),
    "settle": ("d", "Takes the reply off the queue. Nobody is texted, and no consent changes."),
}


class InboxFilter(forms.Form):
    """Ask which replies: of which brand and number, meaning what, waiting for how long."""

    brand = forms.ModelChoiceField(Brand.objects.all(), required=False, empty_label="Every brand")
    number = forms.ModelChoiceField(
        OriginationNumber.objects.all(), required=False, empty_label="Every number"
    )
    meaning = forms.ChoiceField(required=False, choices=[("", "Every meaning"), *choices(Meaning)])
    age = forms.ChoiceField(
        label="Waits", required=False, choices=[("", "However long"), *AGES.items()]
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """Which replies are asked for, as the address says, and those found."""

    form: InboxFilter
    found: Sequence[Reply]
    count: int
    address: QueryDict = field(default_factory=QueryDict)

    def url(self, reply: Reply | None) -> str:
        """Return the address of the inbox with the same filter at a reply."""
        query = self.address.copy()
        if reply is not None:
            query["reply"] = str(reply.pk)
        found = query.urlencode()
        return reverse("admin:campaigns_reply_inbox") + (f"?{found}" if found else "")


class InboxPages(RecordPages):
    """Add the inbox below the replies, and lead back to it from what it leads to."""

    def get_urls(self) -> list[URLPattern]:
        """Put it before Django's pages."""
        inbox = path("inbox/", self.admin_site.admin_view(self.inbox), name="campaigns_reply_inbox")
        return [inbox, *super().get_urls()]

    def inbox(self, request: HttpRequest) -> HttpResponse:
        """Show the queue, and one reply of it with its conversation and what can be done."""
        self.require(request, VIEWS)
        moment = clock.now()
        asked = _asked(request)
        reply = self._chosen(request, asked.found)
        before, after = _neighbours(asked.found, reply)
        return TemplateResponse(
            request,
            "admin/campaigns/reply/inbox.html",
            {
                **self.admin_site.each_context(request),
                "title": "Inbox",
                "opts": self.model._meta,
                "form": asked.form,
                "filtered": bool(asked.address),
                "count": asked.count,
                "queue": [
                    {
                        "row": row,
                        "url": asked.url(row),
                        "words": Truncator(row.body).chars(60) or "(no words)",
                        "who": shown_number(request, row.contact),
                        "waited": in_words(moment - row.received_at),
                        "likely": row.meaning in LIKELY,
                    }
                    for row in asked.found
                ],
                "before": before and asked.url(before),
                "after": after and asked.url(after),
                **(self._shown(request, reply, asked, after or before) if reply else {}),
            },
        )

    def _shown(
        self, request: HttpRequest, reply: Reply, asked: Asked, following: Reply | None
    ) -> dict[str, Any]:
        moment, zone = clock.now(), zone_of(reply.contact)
        topic = staff_answers.topic_spoken_of(reply)
        panels = self._panels(request, reply, asked.url(following).partition("?")[2])
        may_answer = any(panel.page == "answer" for panel in panels)
        clearance = staff_answers.clearance_of(reply, topic) if may_answer else None
        return {
            "reply": reply,
            "who": shown_number(request, reply.contact),
            "zone": zone,
            "zone_name": zone_name(str(zone)),
            "entries": with_changes(reply.contact, request.user),
            "item": self._item(reply),
            "waited": in_words(moment - reply.received_at),
            "panels": panels,
            "may_look": request.user.has_perm("consent.view_contact"),
            "decision": as_read(clearance) if clearance else None,
            "refused": clearance is not None and clearance.outcome is Outcome.REFUSE,
            "saved": staff_answers.saved_for(reply, topic) if may_answer else [],
        }

    def _item(self, reply: Reply) -> Item | None:
        if reply.state != ReplyState.NEEDS_PERSON:
            return None
        zone = timezone.get_default_timezone()
        days = settings.REVOCATION_ALERT_BUSINESS_DAYS
        return items([reply], [], moment=clock.now(), zone=zone, alert_after=days)[0]

    def _panels(self, request: HttpRequest, reply: Reply, following: str) -> list[Panel]:
        """Offer as panels what the reply's page offers as buttons."""
        tools: dict[str, Tool] = {tool.url: tool for tool in self.tools(request, reply)}
        found = []
        for page, (key, effect) in PANELS.items():
            tool = tools.get(self.page_url(page, reply)) if page in self.pages else None
            if tool is not None:
                url = f"{tool.url}?inbox=1&{following}".rstrip("&")
                said = f"{self.effect_on(page, reply)} {effect}".strip()
                found.append(Panel(page, key, tool.label, said, url, tool.tone))
        return found

    def effect_on(self, page: str, reply: Reply) -> str:
        """Say in numbers what a page changes about this reply; "" where it is always the same."""
        return ""

    def _chosen(self, request: HttpRequest, found: Sequence[Reply]) -> Reply | None:
        """Return the reply that the address names, settled or not, else the first that waits."""
        named = request.GET.get("reply", "")
        if named.isascii() and named.isdigit() and len(named) < 19:
            rows = Reply.objects.select_related("contact", "origination_number__brand")
            reply = rows.filter(pk=int(named)).first()
            if reply is not None:
                return reply
        return found[0] if found else None

    def _answered_by(self, method: str) -> Callable[..., HttpResponse]:
        """Lead back to the inbox, at the next reply, whoever came from there."""
        usual = super()._answered_by(method)

        def view(request: HttpRequest, object_id: int) -> HttpResponse:
            answer = usual(request, object_id)
            if "inbox" in request.GET and isinstance(answer, HttpResponseRedirect):
                query = request.GET.copy()
                del query["inbox"]
                found = query.urlencode()
                inbox = reverse("admin:campaigns_reply_inbox")
                return HttpResponseRedirect(inbox + (f"?{found}" if found else ""))
            return answer

        return view


def _asked(request: HttpRequest) -> Asked:
    form = InboxFilter(request.GET)
    form.is_valid()  # what is not valid filters nothing, and says so
    given = form.cleaned_data
    brand, number = given.get("brand"), given.get("number")
    rows = waiting_replies(brand=brand and brand.pk, number=number and number.pk)
    if given.get("meaning"):
        rows = rows.filter(meaning=given["meaning"])
    if given.get("age"):
        rows = rows.filter(received_at__lt=clock.now() - timedelta(hours=int(given["age"])))
    address = request.GET.copy()
    for name in set(address) - {name for name in form.fields if given.get(name)}:
        del address[name]
    return Asked(form, list(rows[:SHOWN]), rows.count(), address)


def _neighbours(found: Sequence[Reply], reply: Reply | None) -> tuple[Reply | None, Reply | None]:
    """Return who comes before and after a reply; of one that is not in the queue, its first."""
    for at, row in enumerate(found):
        if row == reply:
            return (found[at - 1] if at else None, found[at + 1] if at + 1 < len(found) else None)
    return None, found[0] if found else None
