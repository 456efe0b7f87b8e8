"""The clock of revocations: the board of what is open and ageing, and the monthly report."""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from campaigns import open_revocations, revocations
from campaigns.admin.chart import ACROSS, bar_chart
from campaigns.admin.clock_cards import card_of
from campaigns.admin.durations import NONE, in_words
from campaigns.house_policy import rulebook_in_force
from campaigns.open_revocations import Item, Urgency
from campaigns.revocation_clock import AIM
from campaigns.revocations import Act, Which
from consent import clock
from consent.admin.base import RecordPages, linked_number
from consent.choices import choices
from consent.csv_safety import safe
from consent.models import Brand, Contact
from consent.vocabulary import Source

VIEWS = "campaigns.view_reply"
SHOWN = 40  # cards of a column, or lines; the inbox or the export has them all
LOOKED_AT = 500  # of each sort, those that look like revocations first
LATELY = timedelta(days=7)
COLUMNS = (
    (Urgency.PAST, "Past the limit", "Nothing is past its limit."),
    (Urgency.AGEING, "Ageing", "Nothing is near its limit."),
    (Urgency.IN_TIME, "In time", "Nothing else is open."),
)
HEADER = (
    *("event", "contact", "road", "topics", "received_utc", "honoured_utc", "acknowledged_utc"),
    *("legally_due_utc", "seconds_to_honour", "seconds_to_acknowledge", "in_time"),
)


class BoardFilter(forms.Form):
    """Ask which roads and brands."""

    road = forms.ChoiceField(required=False)
    brand = forms.ModelChoiceField(Brand.objects.all(), required=False, empty_label="Every brand")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["road"].choices = [("", "Every road"), *choices(Source)]  # type: ignore[attr-defined]

    def road_asked(self) -> Source | None:
        """Return the road, if one was chosen."""
        return Source(self.cleaned_data["road"]) if self.cleaned_data.get("road") else None

    def brand_asked(self) -> int | None:
        """Return the brand's id, if one was chosen."""
        brand = self.cleaned_data.get("brand")
        return brand.pk if brand else None


class MonthFilter(BoardFilter):
    """Ask which month too."""

    month = forms.DateField(
        required=False,
        input_formats=["%Y-%m"],
        widget=forms.DateInput(format="%Y-%m", attrs={"type": "month"}),
    )
    field_order = ("month", "road", "brand")

    def days(self, today: date) -> list[date]:
        """Return the days of the month, of this one unless another was chosen."""
        first = (self.cleaned_data.get("month") or today).replace(day=1)
        days = [first + timedelta(days=count) for count in range(31)]
        return [day for day in days if day.month == first.month]


class ClockPages(RecordPages):
    """Add the board and the report below the replies."""

    def get_urls(self) -> list[URLPattern]:
        """Put them before Django's pages."""
        view = self.admin_site.admin_view
        return [
            path("clock/", view(self.board), name="campaigns_reply_clock"),
            path("clock/report/", view(self.report), name="campaigns_reply_report"),
            path("clock/report/csv/", view(self.report_csv), name="campaigns_reply_report_csv"),
            *super().get_urls(),
        ]

    def board(self, request: HttpRequest) -> HttpResponse:
        """Show what is open, how near its limit, and what was done lately."""
        self.require(request, VIEWS)
        moment, zone = clock.now(), timezone.get_current_timezone()
        form = BoardFilter(request.GET or None)
        form.is_valid()  # what is not valid filters nothing, and says so
        form.cleaned_data = getattr(form, "cleaned_data", {})
        road, brand = form.road_asked(), form.brand_asked()
        found = self._open(road, brand, moment)
        rulebook = rulebook_in_force(moment)
        lately = Which(moment - LATELY, moment + timedelta(days=1), road, brand)
        acts = revocations.newest(lately, SHOWN)
        people = _people(request, acts)
        return TemplateResponse(
            request,
            "admin/campaigns/reply/clock.html",
            {
                **self.admin_site.each_context(request),
                "title": "Clock of revocations",
                "opts": self.model._meta,
                "form": form,
                "asked": request.GET.urlencode(),
                "columns": [
                    {
                        "urgency": urgency,
                        "title": title,
                        "nothing": nothing,
                        "count": len(cards := [i for i in found if i.urgency(moment) is urgency]),
                        "cards": [card_of(request, each, moment) for each in cards[:SHOWN]],
                    }
                    for urgency, title, nothing in COLUMNS
                ],
                "acts": [
                    (
                        act,
                        people[act.contact],
                        in_words(act.took),
                        in_words(act.acknowledged_in),
                        act.due(rulebook, zone),
                    )
                    for act in acts
                ],
                "roads": dict(choices(Source)),
                "alert_after": settings.REVOCATION_ALERT_BUSINESS_DAYS,
            },
        )

    def report(self, request: HttpRequest) -> HttpResponse:
        """Show how fast the revocations of a month were honoured, by road."""
        self.require(request, VIEWS)
        form, days, which = _month(request)
        moment, zone = clock.now(), timezone.get_current_timezone()
        rulebook = rulebook_in_force(moment)
        counts = revocations.by_day(which, str(zone))
        helped = revocations.help_figures(which, AIM)
        late = revocations.late(which, rulebook, zone)
        people = _people(request, late[:SHOWN])
        asked = request.GET.urlencode()
        return TemplateResponse(
            request,
            "admin/campaigns/reply/report.html",
            {
                **self.admin_site.each_context(request),
                "title": "Revocations of a month",
                "opts": self.model._meta,
                "form": form,
                "month": days[0],
                "lines": [
                    {
                        "figures": each,
                        "honoured": _spread(each.honoured_in),
                        "acknowledged": _spread(each.acknowledged_in),
                    }
                    for each in revocations.figures_by_road(which, AIM)
                ],
                "help": helped,
                "help_spread": _spread(helped.answered_in),
                "late": [
                    (act, people[act.contact], in_words(act.took), act.due(rulebook, zone))
                    for act in late[:SHOWN]
                ],
                "late_count": len(late),
                "chart": bar_chart(
                    "Revocations received",
                    days,
                    [("Revocations", [counts.get(day, 0) for day in days])],
                    span=f"{days[0]:%B %Y}",
                    width=ACROSS,
                ),
                "roads": dict(choices(Source)),
                "csv_url": reverse("admin:campaigns_reply_report_csv") + (asked and f"?{asked}"),
            },
        )

    def report_csv(self, request: HttpRequest) -> HttpResponseBase:
        """Hand out every act of the month, by ids."""
        self.require(request, VIEWS)
        _, days, which = _month(request)
        answer = StreamingHttpResponse(_lines(which), content_type="text/csv; charset=utf-8")
        name = f"revocations-{days[0]:%Y-%m}.csv"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def _open(self, road: Source | None, brand: int | None, moment: datetime) -> list[Item]:
        if road not in {None, Source.REPLY}:
            return []  # what comes by other roads is honoured as it is recorded
        return open_revocations.items(
            open_revocations.waiting_replies(brand=brand)[:LOOKED_AT],
            open_revocations.texts_owed(brand=brand)[:LOOKED_AT],
            # Nobody knows whose they are
            open_revocations.dead_letters()[:LOOKED_AT] if brand is None else (),
            moment=moment,
            zone=timezone.get_default_timezone(),
            alert_after=settings.REVOCATION_ALERT_BUSINESS_DAYS,
        )


def _month(request: HttpRequest) -> tuple[MonthFilter, list[date], Which]:
    form = MonthFilter(request.GET or None, initial={"month": timezone.localtime(clock.now())})
    form.is_valid()  # what is not valid filters nothing, and says so
    form.cleaned_data = getattr(form, "cleaned_data", {})
    days = form.days(timezone.localtime(clock.now()).date())
    until = days[-1] + timedelta(days=1)
    which = Which(_midnight(days[0]), _midnight(until), form.road_asked(), form.brand_asked())
    return form, days, which


def _people(request: HttpRequest, acts: Sequence[Act]) -> dict[int, str]:
    """Show the numbers of those who left, by contact, in one query."""
    found = Contact.objects.in_bulk({act.contact for act in acts})
    return {key: linked_number(request, contact) for key, contact in found.items()}


def _spread(spread: revocations.Spread | None) -> tuple[str, str, str]:
    if spread is None:
        return (NONE, NONE, NONE)
    return (in_words(spread.median), in_words(spread.p95), in_words(spread.longest))


class _Echo:
    """Return each line to whoever streams it."""

    def write(self, line: str) -> str:
        return line


def _lines(which: Which) -> Iterator[str]:
    rulebook, zone = rulebook_in_force(clock.now()), timezone.get_default_timezone()
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(HEADER)
    for act in revocations.in_order(which):
        yield writer.writerow([safe(cell) for cell in _cells(act, act.due(rulebook, zone))])


def _cells(act: Act, due: datetime) -> tuple[object, ...]:
    told = act.acknowledged_in
    return (
        act.event,
        act.contact,
        act.road.value,
        "everything" if act.topics is None else act.topics,
        *(_utc(each) for each in (act.received_at, act.honoured_at, act.acknowledged_at, due)),
        round(act.took.total_seconds(), 3),
        "" if told is None else round(told.total_seconds(), 3),
        "yes" if act.honoured_at <= due else "no",
    )


def _utc(moment: datetime | None) -> str:
    return (
        f"{moment.astimezone(timezone.get_fixed_timezone(0)):%Y-%m-%dT%H:%M:%SZ}" if moment else ""
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
