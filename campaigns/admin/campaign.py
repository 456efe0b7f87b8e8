"""The campaign desk: authors write, others approve, everybody sees how it goes."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone

from campaigns.admin.campaign_moves import MOVES, may_make, move
from campaigns.admin.campaign_progress import awaits_receipts, progress
from campaigns.admin.campaign_text import read_draft
from campaigns.admin.notices import notices
from campaigns.admin.try_without_sending import TRIES, can_try, try_campaign_page
from campaigns.models import Campaign, OriginationNumber
from campaigns.vocabulary import CampaignStatus
from consent import clock
from consent.admin.base import ReasonedAdmin, Tool
from consent.admin.filters import TopicFilter
from consent.admin.lists import person
from consent.admin.pills import pill
from consent.forms import ReasonedForm

ALIVE = {CampaignStatus.APPROVED, CampaignStatus.RUNNING, CampaignStatus.PAUSED}
WRITTEN_DOWN = {*ALIVE, CampaignStatus.FINISHED, CampaignStatus.CANCELLED}
FRIDAY = 4
PLANNED = ("name", "topic", "origination_number", "scheduled_at", "when_window_closes")
PEOPLE = (person("author"), person("approved_by"), "approved_at", "started_at", "finished_at")


def next_business_morning(moment: datetime) -> datetime:
    """Return ten o'clock of the next weekday, by the office's clock."""
    local = timezone.localtime(moment)
    day = local.date() + timedelta(days=1)
    while day.weekday() > FRIDAY:
        day += timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, time(10)))


class CampaignForm(ReasonedForm):
    """Keep topic and number together."""

    def clean(self) -> dict[str, Any] | None:
        """Refuse a number that does not carry the topic: every message would be refused."""
        given = super().clean() or self.cleaned_data
        topic, number = given.get("topic"), given.get("origination_number")
        if topic and number and not number.topics.filter(pk=topic.pk).exists():
            carrying = OriginationNumber.objects.filter(topics=topic, live=True)
            names = ", ".join(each.number for each in carrying) or "none yet"
            self.add_error(
                "origination_number", f"{number} does not carry {topic}. Numbers that do: {names}."
            )
        return given


@admin.register(Campaign)
class CampaignAdmin(ReasonedAdmin):
    """Write campaigns, approve those of others, follow them."""

    form = CampaignForm
    pages = {
        **{name.replace("_", "-"): name for name in MOVES},
        "progress": "progress_json",
        "try": "try_without_sending",
    }
    list_display = (
        "name",
        "state",
        "topic",
        "scheduled_at",
        person("author"),
        person("approved_by"),
    )
    list_filter = ("status", ("topic", TopicFilter), "scheduled_at")
    list_select_related = ("topic__brand", "author", "approved_by")
    search_fields = ("name",)
    # What moves a campaign is never typed, so Django's list of changes leaves it out
    history_list_display = ["status"]
    change_form_template = "admin/campaigns/campaign/desk.html"

    def parts(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show what was planned in short once it cannot change any more."""
        if obj is not None and not obj.is_editable:
            # The page shows the text as people read it; an earlier state has no such preview
            text = ("text",) if getattr(request, "reads_the_past", False) else ()
            planned = ("What was planned", {"fields": (*PLANNED, *text)})
            return [planned, ("Who and when", {"fields": PEOPLE})]
        return [
            ("What and to whom", {"fields": ("name", "topic", "origination_number")}),
            ("Text", {"fields": ("text", "template_id")}),
            ("When", {"fields": ("scheduled_at", "when_window_closes")}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave to the software what it writes."""
        return [*super().get_readonly_fields(request, obj), *PEOPLE]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Propose the next business morning."""
        given = super().get_changeform_initial_data(request)
        return {"scheduled_at": next_business_morning(clock.now()), **given}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let the words change in draft only: the approval holds for the words approved."""
        may = super().has_change_permission(request, obj)
        return may and (obj is None or obj.is_editable)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer live numbers only."""
        if db_field.name == "origination_number":
            kwargs["queryset"] = OriginationNumber.objects.filter(live=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Note the author; refuse to write over what was submitted meanwhile."""
        if change:
            now = Campaign.objects.select_for_update().get(pk=obj.pk)
            if not now.is_editable:
                raise PermissionDenied("It was submitted meanwhile.")
        else:
            obj.author = request.user
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the draft as people will read it, right after it was written."""
        answer = super().response_add(request, obj, post_url_continue)
        if "_save" in request.POST:
            return HttpResponseRedirect(self.page_url("change", obj))
        return answer

    def tools(self, request: HttpRequest, record: Campaign) -> list[Tool]:
        """Offer the moves that its status and this person's rights allow."""
        moves = [
            Tool(each.label, self.page_url(name.replace("_", "-"), record), each.tone)
            for name, each in MOVES.items()
            if may_make(request.user, record, name)
        ]
        if not request.user.has_perm(TRIES) or not can_try(record):
            return moves
        return [Tool("Try without sending", self.page_url("try", record)), *moves]

    def try_without_sending(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        """Have Amazon check its text, as one reader would get it; nothing leaves."""
        self.require(request, TRIES)
        return try_campaign_page(request, self, campaign)

    def shown_with(self, request: HttpRequest, record: Campaign) -> dict[str, Any]:
        """Show the text as people read it, and how far it has come."""
        shown: dict[str, Any] = {"campaign": record, "draft": read_draft(record)}
        if record.status in WRITTEN_DOWN:
            shown["progress"] = progress(record, request.user)
            # Receipts come up to three days after the last text
            shown["is_alive"] = record.status in ALIVE or awaits_receipts(shown["progress"])
            shown["notices"] = notices(request.user) if record.status in ALIVE else []
            shown["progress_url"] = self.page_url("progress", record)
        return shown

    def progress_json(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        """Answer with the counts, and with the same panel that the page holds."""
        found = progress(campaign, request.user)
        panel = render_to_string(
            "admin/campaigns/campaign/progress.html",
            {"progress": found, "campaign": campaign},
            request=request,
        )
        return JsonResponse(
            {
                "status": campaign.status,
                "counts": {row.status: row.count for row in found.rows},
                "panel": panel,
            }
        )

    def submit(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        """Hand it to another person for approval."""
        return move(request, self, campaign, "submit")

    def approve(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        """Let it go out."""
        return move(request, self, campaign, "approve")

    def back_to_draft(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        """Open it for changes."""
        return move(request, self, campaign, "back_to_draft")

    def pause(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        """Stop handing over, for now."""
        return move(request, self, campaign, "pause")

    def resume(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        """Go on."""
        return move(request, self, campaign, "resume")

    def cancel(self, request: HttpRequest, campaign: Campaign) -> HttpResponse:
        """Stop for good."""
        return move(request, self, campaign, "cancel")

    @admin.display(description="status", ordering="status")
    def state(self, campaign: Campaign) -> str:
        """Show the status."""
        return pill(campaign.status)
