"""How a list comes in: by one form, or in parts that a lost connection or closed tab outlives."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    UnreadablePostError,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from consent.admin.base import ReadOnlyAdmin
from consent.admin.import_forms import UploadForm
from consent.admin.staff_log import write_down
from consent.importing import previewing, uploads
from consent.importing.uploads import CannotUpload, WrongPlace
from consent.models import ContactImport, ListUpload
from consent.tasks import wake_import
from consent.vocabulary import ImportState, ListKind

BRINGS = "consent.add_contactimport"
PIECE = 1 << 16


class UploadPages(ReadOnlyAdmin):
    """Take lists in, for those who may bring them."""

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses that parts go to."""
        found: list[tuple[str, Callable[..., JsonResponse], str]] = [
            ("upload/", self.begin_upload, "begin_upload"),
            ("upload/<uuid:upload_id>/", self.upload_part, "upload_part"),
            ("upload/<uuid:upload_id>/check/", self.check_upload, "check_upload"),
        ]
        return [
            path(address, self.admin_site.admin_view(self._told(view)), name=self.page_name(name))
            for address, view, name in found
        ] + super().get_urls()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let in who may bring lists."""
        return bool(request.user.has_perm(BRINGS))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Take a list in; a worker reads it."""
        self.require(request, BRINGS)
        form = UploadForm(request.POST or None, request.FILES or None, user=request.user)
        if request.method == "POST" and form.is_valid():
            taken = self._take_in(request, form)
            waits = taken.state == ImportState.UNATTESTED
            return HttpResponseRedirect(self.page_url("attest" if waits else "change", taken))
        return TemplateResponse(
            request,
            "admin/consent/contactimport/upload.html",
            {
                **self.admin_site.each_context(request),
                "title": "Import a list",
                "form": form,
                "opts": self.model._meta,
                "most": settings.IMPORT_MAX_MB,
                "begin_url": reverse(f"admin:{self.page_name('begin_upload')}"),
                "unfinished": [
                    (upload, f"{upload.received / 1e6:,.1f}", f"{upload.size / 1e6:,.1f}")
                    for upload in uploads.unfinished(request.user).filter(received__gt=0)
                ],
            },
        )

    def _take_in(self, request: HttpRequest, form: UploadForm) -> ContactImport:
        given = form.cleaned_data
        with transaction.atomic():
            upload = uploads.hold(given["upload"]) if given["upload"] else None
            if upload is not None and upload.contact_import is not None:
                return upload.contact_import  # the same form, sent twice
            file: Any = uploads.WholeFile(upload) if upload else given["file"]
            taken = previewing.receive(
                file if upload else file.file,
                file.name,
                default_topic=given["default_topic"],
                holds=ListKind(given["holds"]),
                ask_again=given["ask_again"],
                drawn=form.drawn(),
                encoding=given["encoding"],
                delimiter=given["delimiter"],
                mapping=given["mapping"],
                to_attest=given["same_consent"],
                user=request.user,
                digest=upload.digest if upload else "",
            )
            if upload:
                uploads.became(upload, taken)
            write_down(request, taken, "Uploaded the list.")
            wake_import(taken.pk)
        return taken

    def begin_upload(self, request: HttpRequest) -> JsonResponse:
        """Say where the parts of a file go, and how much of it is here from an earlier time."""
        self._require_post(request)
        try:
            told = json.loads(request.body)
            name, size, beginning = str(told["name"]), int(told["size"]), str(told["beginning"])
        except (ValueError, KeyError, TypeError):
            raise CannotUpload("The page sent nothing that can be read: load it again.") from None
        upload = uploads.begin(request.user, name, size, beginning)
        return self._state(upload)

    def upload_part(self, request: HttpRequest, upload_id: UUID) -> JsonResponse:
        """Take a part (PATCH, its place in the header Upload-Offset), or say how much is here."""
        upload = self._own(request, upload_id)
        if request.method != "PATCH":
            return self._state(upload)
        try:
            offset = int(request.headers.get("Upload-Offset", ""))
            length = int(request.headers.get("Content-Length", ""))
        except ValueError:
            raise CannotUpload("A part says neither its place nor its length.", 411) from None
        if length > uploads.PART or offset + length > upload.size:
            raise CannotUpload("More came than the file has: choose it again.", 413)
        return self._state(uploads.append(upload, offset, _read(request, length)))

    def check_upload(self, request: HttpRequest, upload_id: UUID) -> JsonResponse:
        """Hold the whole file against the SHA-256 that its owner's browser took of it."""
        self._require_post(request)
        return self._state(
            uploads.check(self._own(request, upload_id), request.POST.get("sha256", ""))
        )

    def _told(self, view: Callable[..., JsonResponse]) -> Callable[..., JsonResponse]:
        """Let a page answer its own faults as JSON that a script reads."""

        def answer(request: HttpRequest, **given: Any) -> JsonResponse:
            self.require(request, BRINGS)
            try:
                return view(request, **given)
            except WrongPlace as fault:
                return JsonResponse({"offset": fault.offset}, status=409)
            except CannotUpload as fault:
                return JsonResponse({"fault": str(fault)}, status=fault.status)

        return answer

    def _require_post(self, request: HttpRequest) -> None:
        if request.method != "POST":
            raise CannotUpload("This address takes what a page posts.", 405)

    def _own(self, request: HttpRequest, upload_id: UUID) -> ListUpload:
        upload = ListUpload.objects.filter(pk=upload_id, owner=request.user.pk).first()
        if upload is None:
            raise Http404
        return upload

    def _state(self, upload: ListUpload) -> JsonResponse:
        def address(name: str) -> str:
            return reverse(f"admin:{self.page_name(name)}", args=[upload.pk])

        return JsonResponse(
            {
                "id": str(upload.pk),
                "offset": upload.received,
                "size": upload.size,
                "part": uploads.PART,
                "parts_url": address("upload_part"),
                "check_url": address("check_upload"),
            }
        )


def _read(request: HttpRequest, length: int) -> bytes:
    """Return what comes of a part; less than announced where the connection breaks."""
    part = bytearray()
    while len(part) < length:
        try:
            piece = request.read(min(PIECE, length - len(part)))
        except UnreadablePostError:
            break
        if not piece:
            break
        part += piece
    return bytes(part)
