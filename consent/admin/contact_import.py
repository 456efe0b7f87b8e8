"""Lists of contacts: bring one in, see what would become of each row, confirm or discard it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.template.loader import render_to_string
from django.urls import URLPattern, path

from consent.admin.base import SEES_WHOLE, Tool
from consent.admin.import_attest import attest_page, may_attest, proof, shown_attestation
from consent.admin.import_preview import (
    another_confirms,
    before_confirming,
    outcomes_of,
    progress_of,
)
from consent.admin.import_recall import recall_action
from consent.admin.import_rows import as_told, in_words
from consent.admin.import_upload import BRINGS, UploadPages
from consent.admin.left_out import hand_back, handed_back_as, left_out
from consent.admin.lists import person
from consent.admin.mapping_page import mapping_page, may_map, read_as
from consent.admin.pills import pill
from consent.admin.serious import Refused, SeriousAction, ask
from consent.admin.staff_log import write_down, written_about
from consent.importing import applying, previewing
from consent.importing.effects import (
    acting,
    effects,
    events_of,
    recorded,
    recorded_in_words,
)
from consent.importing.list_mappings import columns_of
from consent.importing.recalling import may_be_recalled
from consent.models import ContactImport
from consent.tasks import wake_import
from consent.vocabulary import ImportState, ListKind, RowOutcome

APPLIES = "consent.apply_contactimport"
RECALLS = "consent.recall_contactimport"
MOVING = {ImportState.UPLOADED, ImportState.APPLYING, ImportState.RECALLING}


@admin.register(ContactImport)
class ContactImportAdmin(UploadPages):
    """Show who brought which list, and what became of its rows."""

    nothing = "No list has been brought yet."
    add_words = "Bring a list"
    pages = {
        "confirm": "confirm",
        "discard": "discard",
        "recall": "recall",
        "progress": "progress",
        "left-out": "left_out",
        "mapping": "mapping",
        "attest": "attest",
    }
    change_form_template = "admin/consent/contactimport/import.html"
    list_display = (
        "file_name",
        "how_far",
        "rows_in_all",
        "taken_in",
        person("uploaded_by"),
        "uploaded_at",
    )
    list_filter = ("state", "uploaded_at")
    list_select_related = ("uploaded_by",)
    # A survey holds samples of the rows, numbers among them
    export_leaves_out = ("survey", "mapping", "figures", "progress", "applied_lines", "lease_until")
    fields = ("file_name",)

    def get_urls(self) -> list[URLPattern]:
        """Add the files of proof."""
        view = self.admin_site.admin_view(self.proof)
        address = "<int:object_id>/proof/<int:proof_id>/"
        return [path(address, view, name=self.page_name("proof")), *super().get_urls()]

    @admin.display(description="state", ordering="state")
    def how_far(self, taken: ContactImport) -> str:
        """Show the state."""
        return pill(taken.state)

    @admin.display(description="rows", ordering="rows")
    def rows_in_all(self, taken: ContactImport) -> str:
        """Say how many rows it has."""
        return f"{taken.rows:,}"

    @admin.display(description="recorded")
    def taken_in(self, taken: ContactImport) -> str:
        """Say how many rows brought, or would bring, an event, and of which kind."""
        count, events = recorded(taken)
        return f"{count:,} {events}"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show how far it is, the counts with samples, and the rows."""
        taken = self.get_object(request, object_id)
        if taken is None or not self.has_view_permission(request, taken):
            return super().change_view(request, object_id, form_url, extra_context)
        shown = {**(extra_context or {}), **self._panel(request, taken)}
        return super().change_view(request, object_id, form_url, shown)

    def _panel(self, request: HttpRequest, taken: ContactImport) -> dict[str, Any]:
        """Return what the page shows; also asked for alone while the work goes on."""
        whole, mapped = request.user.has_perm(SEES_WHOLE), columns_of(taken)
        moving = taken.state in MOVING
        chosen = request.GET.get("outcome", "")
        rows = taken.import_rows.select_related("topic__brand")
        if chosen in set(RowOutcome):
            rows = rows.filter(outcome=chosen)
        page = Paginator(rows, 50).get_page(request.GET.get("page"))
        previewed = taken.state == ImportState.PREVIEWED
        return {
            "taken": taken,
            "moving": moving,
            "progress": progress_of(taken),
            "progress_url": self.page_url("progress", taken),
            **shown_attestation(request, taken),
            **(before_confirming(taken, request.user) if previewed else {}),
            "recorded": recorded_in_words(taken),
            "opts_out": taken.holds == ListKind.OPT_OUTS,
            "suppresses": taken.holds == ListKind.SUPPRESSIONS,
            "events": events_of(taken),
            "rows_total": f"{taken.rows:,}",
            "questions": [words for _, words in taken.survey.get("questions", ())],
            "read_as": read_as(taken),
            "outcomes": outcomes_of(taken, whole=whole, sampled=not moving),
            "chosen": chosen,
            "chosen_words": in_words(chosen),
            "page": page,
            "told": ()
            if moving
            else [as_told(row, taken.holds, mapped, whole=whole) for row in page],
            "log": written_about(taken)[:20],
            "tools": self.tools(request, taken),
        }

    def tools(self, request: HttpRequest, record: ContactImport) -> Sequence[Tool]:
        """Offer confirm, discard and the rows that did not make it."""
        found = []
        unmapped = record.state == ImportState.NEEDS_MAPPING
        if may_map(request, record):
            label = "Map the columns" if unmapped else "Change the mapping"
            page = self.page_url("mapping", record)
            found.append(Tool(label, page, "primary" if unmapped else ""))
        unattested = record.state == ImportState.UNATTESTED
        if may_attest(request, record):
            label = "State the consent" if unattested else "The same consent for every row"
            page = self.page_url("attest", record)
            found.append(Tool(label, page, "primary" if unattested else ""))
        if (unmapped or unattested) and self._may_discard(request, record):
            found.append(Tool("Discard", self.page_url("discard", record)))
        if record.state == ImportState.PREVIEWED:
            waits = applying.needs_another(record, request.user)
            if request.user.has_perm(APPLIES) and acting(record) and not waits:
                found.append(Tool("Confirm", self.page_url("confirm", record), "primary"))
            if self._may_discard(request, record):
                found.append(Tool("Discard", self.page_url("discard", record)))
        if request.user.has_perm(RECALLS) and may_be_recalled(record):
            found.append(Tool("Recall", self.page_url("recall", record)))
        if self._may_take_back(request, record) and left_out(record):
            label = f"Rows left out ({handed_back_as(record)})"
            found.append(Tool(label, self.page_url("left-out", record)))
        return found

    def confirm(self, request: HttpRequest, taken: ContactImport) -> HttpResponse:
        """Ask why, then let a worker apply it."""
        self.require(request, APPLIES)
        count, events = recorded(taken)
        waits = applying.needs_another(taken, request.user)

        def act(_: dict[str, Any]) -> str:
            if not applying.confirm(taken.pk, user=request.user):
                raise Refused("Somebody confirmed or discarded this list before you.")
            wake_import(taken.pk)
            return f"Confirmed: {count:,} {events} to be recorded."

        return self._ask(
            request,
            taken,
            SeriousAction(
                title=f"Confirm {taken.file_name}",
                button=f"Record these {events_of(taken)}",
                effects=effects(taken),
                advice=(
                    "You vouch for the list: the proof of each row is kept with your name.",
                    "Each row is checked once more as it is recorded: who left since stays out.",
                ),
                act=act,
                may=taken.state == ImportState.PREVIEWED and acting(taken) > 0 and not waits,
                why_not=another_confirms()
                if waits
                else "There is nothing to confirm here any more.",
            ),
        )

    def discard(self, request: HttpRequest, taken: ContactImport) -> HttpResponse:
        """Ask why, then give the preview up."""
        if not self._may_discard(request, taken):
            self.require(request, APPLIES)

        def act(_: dict[str, Any]) -> str:
            if not previewing.discard(taken):
                raise Refused("Somebody confirmed or discarded this list before you.")
            return "Discarded: nobody was opted in."

        return self._ask(
            request,
            taken,
            SeriousAction(
                title=f"Discard {taken.file_name}",
                button="Discard the list",
                effects=(
                    "Nobody is opted in.",
                    f"The stored file and its {taken.rows:,} rows are deleted.",
                    "The record of who brought it, its digest and the counts stay.",
                ),
                act=act,
                danger=True,
                may=taken.state in previewing.DISCARDABLE,
                why_not="There is nothing to discard here any more.",
            ),
        )

    def recall(self, request: HttpRequest, taken: ContactImport) -> HttpResponse:
        """Ask why, then let a worker withdraw what the list brought."""
        self.require(request, RECALLS)
        return self._ask(request, taken, recall_action(request, taken))

    def _ask(
        self, request: HttpRequest, taken: ContactImport, action: SeriousAction
    ) -> HttpResponse:
        with transaction.atomic():
            return ask(request, self, taken, action)

    def mapping(self, request: HttpRequest, taken: ContactImport) -> HttpResponse:
        """Have a person say how the list is read."""
        return mapping_page(request, self, taken)

    def attest(self, request: HttpRequest, taken: ContactImport) -> HttpResponse:
        """Have a person state one consent for all rows, and vouch for it."""
        return attest_page(request, self, taken)

    def proof(self, request: HttpRequest, object_id: int, proof_id: int) -> HttpResponseBase:
        """Hand out what proves an attestation."""
        taken = self.get_object(request, str(object_id))
        if taken is None:
            raise Http404
        self.require(request, "consent.view_contactimport")
        return proof(request, taken, proof_id) or HttpResponseRedirect(
            self.page_url("change", taken)
        )

    def progress(self, request: HttpRequest, taken: ContactImport) -> HttpResponse:
        """Tell how far it is, to the page that asks every second."""
        panel = render_to_string(
            "admin/consent/contactimport/panel.html", self._panel(request, taken), request
        )
        return JsonResponse({"panel": panel, "status": taken.state, "more": taken.state in MOVING})

    def left_out(self, request: HttpRequest, taken: ContactImport) -> HttpResponseBase:
        """Hand back the rows that did not make it, with the reason, to be mended."""
        if not self._may_take_back(request, taken):
            self.require(request, SEES_WHOLE)
        write_down(request, taken, "Downloaded the rows that were left out.")
        file = hand_back(taken)
        answer = StreamingHttpResponse(file.pieces, content_type=file.content_type)
        name = f"import-{taken.pk}-left-out.{file.suffix}"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def _may_discard(self, request: HttpRequest, taken: ContactImport) -> bool:
        return request.user.has_perm(APPLIES) or (
            request.user.has_perm(BRINGS) and taken.uploaded_by_id == request.user.pk
        )

    def _may_take_back(self, request: HttpRequest, taken: ContactImport) -> bool:
        # It holds whole numbers: for who brought them, or who may see them anyway
        return taken.uploaded_by_id == request.user.pk or bool(request.user.has_perm(SEES_WHOLE))
