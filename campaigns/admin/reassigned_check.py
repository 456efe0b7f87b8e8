"""Checks of reassigned numbers: make the query, take it away, bring the answers."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)

from campaigns import reassigned
from campaigns.admin.reassigned_forms import ALL, DUE, AnswersForm, QueryForm
from consent import reassigned_answers, reassigned_due, reassigned_query
from consent.admin.base import SEES_WHOLE, ReadOnlyAdmin, ShowsNumbers, Tool
from consent.admin.jobs import JobAdmin
from consent.admin.lists import person
from consent.admin.pills import pill
from consent.admin.serious import SeriousAction, ask
from consent.admin.staff_log import write_down
from consent.models import ReassignedAnswer, ReassignedAnswerFile, ReassignedCheck
from consent.reassigned_left_out import NOT_TAKEN
from consent.tasks import wake_answers, wake_check
from consent.vocabulary import CheckState, NumberAnswer

ANSWERS = "consent.answer_reassignedcheck"
MOST = 10_000  # counted while somebody waits
EFFECTS = (
    "Yes: the number was disconnected since. All its consents expire as of the day of the answer.",
    "It then gets no texts until its present owner asks to join, or somebody lifts the bar.",
    "No: the answer is kept. It is what the safe harbor of 47 CFR 64.1200(m) rests on.",
    "No data: the answer is kept and protects nobody. A person looks at these.",
    "Each answer is kept for good, with this file, its SHA-256 and your name.",
    "Rows that answer no question of this check change nothing and come back with the reason.",
)


@admin.register(ReassignedCheck)
class ReassignedCheckAdmin(JobAdmin):
    """Show what the Reassigned Numbers Database was asked, and what it said."""

    nothing = "The Reassigned Numbers Database has not been asked yet."
    add_words = "Make a query file"
    asks = "consent.add_reassignedcheck"
    takes = "consent.download_reassignedcheck"
    moving = (CheckState.QUEUED,)
    ready = CheckState.ASKED
    templates = "admin/consent/reassignedcheck"
    called = "query"
    pages = {
        "progress": "progress",
        "query": "query",
        "answers": "answers",
        "left-out": "left_out",
    }
    list_display = ("asked_for", "how_far", "numbers", "answered", person("asked_by"), "asked_at")
    list_filter = ("state", "asked_at")
    list_select_related = ("asked_by",)

    @admin.display(description="check", ordering="pk")
    def asked_for(self, check: ReassignedCheck) -> str:
        """Name the check."""
        return str(check)

    @admin.display(description="state", ordering="state")
    def how_far(self, check: ReassignedCheck) -> str:
        """Show the state."""
        words = "Partly answered" if check.state == CheckState.PARTLY else ""
        return pill(check.state, words)

    def question(self, request: HttpRequest) -> tuple[str, forms.Form, dict[str, Any]]:
        """Say how many numbers are to be asked about, and ask why."""
        due, everybody = (
            reassigned_due.count(reassigned.BESIDE, only_due=only_due, most=MOST + 1)
            for only_due in (True, False)
        )
        form = QueryForm(request.POST if request.method == "POST" else None)
        form.counts = {DUE: due.numbers, ALL: everybody.numbers}
        return (
            "Make a query file",
            form,
            {
                "due": _up_to_most(due.numbers),
                "one_due": due.numbers == 1,
                "everybody": _up_to_most(everybody.numbers),
                "too_old": _up_to_most(due.too_old) if due.too_old else "",
            },
        )

    def made(self, record: ReassignedCheck, form: Any) -> None:
        """Count anew what is due."""
        reassigned.forget_due()

    def wake(self, record: ReassignedCheck) -> None:
        """Wake the worker that makes the query."""
        wake_check(record.pk)

    def shown(self, request: HttpRequest, record: ReassignedCheck) -> dict[str, Any]:
        """Show the files, the answers that came, and what they say."""
        files = list(record.answer_files.select_related("uploaded_by"))
        under_way = any(file.state in reassigned_answers.UNDER_WAY for file in files)
        takes = request.user.has_perm(self.takes)
        tally = ReassignedAnswer.objects.filter(question__check_made=record).order_by()
        counts = dict(tally.values_list("answer").annotate(Count("pk")))
        return {
            "moving": record.state in self.moving or under_way,
            "under_way": under_way,
            "numbers": f"{record.numbers:,}",
            "unanswered": f"{record.numbers - record.answered:,}",
            "parts": [
                {
                    **part,
                    "name": reassigned_query.file_name(record, at),
                    "number": at,
                    "rows": f"{part['rows']:,}",
                }
                for at, part in enumerate(record.files, 1)
            ],
            "query_url": self.page_url("query", record) if takes else "",
            "left_out_url": self.page_url("left-out", record),
            "answers_by_kind": [(each.value, f"{counts.get(each, 0):,}") for each in NumberAnswer],
            "sees_answers": request.user.has_perm("consent.view_reassignedanswer"),
            "brought": [self._brought(request, file) for file in files],
        }

    def _brought(self, request: HttpRequest, file: ReassignedAnswerFile) -> dict[str, Any]:
        bad = sum(file.counts.get(each, 0) for each in NOT_TAKEN)
        return {
            "file": file,
            "outcomes": [
                (outcome.replace("_", " "), f"{count:,}") for outcome, count in file.counts.items()
            ],
            "closed": f"{file.closed:,}",
            "left_out": f"{bad:,}" if bad and self._may_take_back(request, file) else "",
        }

    def tools(self, request: HttpRequest, record: ReassignedCheck) -> Sequence[Tool]:
        """Offer the query's file, and to bring answers."""
        found = []
        if request.user.has_perm(self.takes) and len(record.files) == 1:
            tone = "primary" if record.state == CheckState.ASKED else ""
            found.append(Tool("Download the query file", self.page_url("query", record), tone))
        if request.user.has_perm(ANSWERS) and record.state in reassigned_answers.ANSWERABLE:
            found.append(Tool("Upload answers", self.page_url("answers", record)))
        return found

    def query(self, request: HttpRequest, check: ReassignedCheck) -> HttpResponseBase:
        """Stream one of the query's files, and write down to whom."""
        self.require(request, self.takes)
        part = request.GET.get("part", "1")
        if not part.isdecimal() or not 1 <= int(part) <= len(check.files):
            raise Http404
        told, name = check.files[int(part) - 1], reassigned_query.file_name(check, int(part))
        write_down(request, check, f"Downloaded {name}, SHA-256 {told['sha256']}.")
        answer = StreamingHttpResponse(
            reassigned_query.query_file(check, int(part)), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["Cache-Control"] = "no-store"
        return answer

    def answers(self, request: HttpRequest, check: ReassignedCheck) -> HttpResponse:
        """Take answers in; a worker records them."""
        self.require(request, ANSWERS)

        def act(given: dict[str, Any]) -> str:
            brought = given["file"]
            taken = reassigned_answers.receive(
                check,
                brought.file,
                brought.name,
                answered_on=given["answered_on"],
                reason=given["reason"],
                user=request.user,
            )
            wake_answers(taken.pk)
            return f"Uploaded answers, SHA-256 {taken.file_digest}."

        with transaction.atomic():
            return ask(
                request,
                self,
                check,
                SeriousAction(
                    title=f"Upload answers to {str(check).lower()}",
                    button="Record the answers",
                    effects=(
                        f"{check.numbers:,} numbers were asked about, {check.answered:,} answered.",
                        *EFFECTS,
                    ),
                    form=lambda *args, **kwargs: AnswersForm(*args, check=check, **kwargs),
                    act=act,
                    danger=True,
                    may=check.state in reassigned_answers.ANSWERABLE,
                    why_not="The query is not made yet.",
                ),
            )

    def left_out(self, request: HttpRequest, check: ReassignedCheck) -> HttpResponseBase:
        """Hand back the rows of a file that were not taken, with the reason."""
        number = request.GET.get("file", "")
        found = check.answer_files.filter(pk=number if number.isdecimal() else 0).first()
        if found is None or not found.left_out:
            raise Http404
        if not self._may_take_back(request, found):
            raise PermissionDenied
        write_down(request, check, f"Downloaded the rows left out of answers #{found.pk}.")
        answer = FileResponse(
            found.left_out.open("rb"),
            as_attachment=True,
            filename=f"answers-{found.pk}-left-out.csv",
            content_type="text/csv; charset=utf-8",
        )
        answer["Cache-Control"] = "no-store"
        return answer

    def _may_take_back(self, request: HttpRequest, file: ReassignedAnswerFile) -> bool:
        # It holds whole numbers: for who brought them, or who may see them anyway
        return file.uploaded_by_id == request.user.pk or bool(request.user.has_perm(SEES_WHOLE))


def _up_to_most(count: int) -> str:
    return f"more than {MOST:,}" if count > MOST else f"{count:,}"


@admin.register(ReassignedAnswer)
class ReassignedAnswerAdmin(ShowsNumbers, ReadOnlyAdmin):
    """Show the answers that are kept as evidence."""

    list_display = (
        "masked_number",
        "what",
        "about",
        "answered_on",
        "of_check",
        person("recorded_by"),
    )
    list_filter = ("answer", "answered_on")
    list_select_related = ("contact", "question__check_made", "recorded_by")
    fields = ("contact", "about", "answer", "answered_on", person("recorded_by"), "recorded_at")

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Let the check's page lead to its answers."""
        return lookup == "question__check_made" or super().lookup_allowed(lookup, value, request)

    @admin.display(description="disconnected since", ordering="answer")
    def what(self, row: ReassignedAnswer) -> str:
        """Show the answer."""
        return pill(f"answer_{row.answer}", row.get_answer_display())

    @admin.display(description="check", ordering="question__check_made")
    def of_check(self, row: ReassignedAnswer) -> str:
        """Name the check that asked."""
        return f"#{row.question.check_made_id}"
