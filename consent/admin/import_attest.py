"""The page on which a person states one consent for all rows of a list, and vouches by name."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from consent.admin.base import RecordPages
from consent.admin.consent_entry import BASES, ROADS, DayInput
from consent.admin.import_upload import BRINGS
from consent.admin.mapping_forms import zone_choices
from consent.admin.staff_log import write_down
from consent.importing import attestations
from consent.importing.attestations import CannotAttest, Stated
from consent.models import ContactImport, Disclosure, ImportAttestation, ImportProof
from consent.tasks import wake_import
from consent.vocabulary import ImportState, LegalBasis, ListKind, Source

SEES_PROOF = "consent.view_evidence"
SOURCES = {Source.WEB_FORM: "Web form", Source.KEYWORD: "Keyword, texted to us", **ROADS}


class _SeveralFiles(forms.FileField):
    """Take any number of files."""

    widget = type(
        "SeveralFilesInput", (forms.ClearableFileInput,), {"allow_multiple_selected": True}
    )

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return each of them, cleaned by itself."""
        return [super(_SeveralFiles, self).clean(each, initial) for each in data or [] if each]


class _DisclosureField(forms.ModelChoiceField):
    """Name a wording as people know it."""

    def label_from_instance(self, obj: Any) -> str | SafeString:
        """Say of what, where, in which language and which version."""
        where = f"{obj.get_place_display()}, {obj.get_language_display()}"
        return f"{obj.topic}: {where}, version {obj.version}"


class AttestForm(forms.Form):
    """Ask what is the same for every row, for what shows it, and for the name."""

    disclosure = _DisclosureField(
        Disclosure.objects.none(),
        label="The wording that they read",
        required=False,
        empty_label="Each row says it, or it is not known",
        help_text="For promotional texts in the USA: without the wording that they signed there is "
        "no written consent to show.",
    )
    source = forms.ChoiceField(
        label="How they agreed",
        required=False,
        choices=[("", "Each row says it"), *SOURCES.items()],
    )
    basis = forms.ChoiceField(
        label="On what ground",
        required=False,
        choices=[
            ("", "As the way they agreed has it"),
            *((basis.value, BASES[basis]) for basis in attestations.BASES),
        ],
    )
    agreed_on = forms.DateField(
        label="When they agreed",
        required=False,
        widget=DayInput(),
        help_text="Empty: each row says it. Of a sheet that lay out for a week, its last day, so "
        "that nobody counts as agreed before they did. The consent counts from that day's first "
        "minute; whoever left later stays out.",
    )
    zone = forms.ChoiceField(label="In the time zone", required=False, choices=zone_choices)
    proofs = _SeveralFiles(
        label="Proof",
        required=False,
        help_text="The sheet, the page of the form, the till's screen: "
        f"PDF, PNG, JPEG or TIFF, up to {attestations.MOST_PROOFS} files of "
        f"{attestations.LARGEST_PROOF // 1024 // 1024} MB. Kept as evidence; their names are not.",
    )
    name = forms.CharField(
        label="Your full name",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="By typing it you accept the attestation above, word for word.",
    )

    def __init__(self, data: Any, files: Any, *, taken: ContactImport) -> None:
        super().__init__(data, files, initial={"zone": settings.TIME_ZONE})
        shown = Disclosure.objects.published().select_related("topic__brand")
        if taken.default_topic_id:
            shown = shown.filter(topic=taken.default_topic_id)
        field = self.fields["disclosure"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = shown

    def stated(self) -> Stated:
        """Return what is stated of all rows."""
        given = self.cleaned_data
        return Stated(
            Source(given["source"]) if given["source"] else None,
            LegalBasis(given["basis"]) if given["basis"] else None,
            given["agreed_on"],
            ZoneInfo(given["zone"]) if given["zone"] else None,
            given["disclosure"],
        )


def may_attest(request: HttpRequest, taken: ContactImport) -> bool:
    """Say whether this person may vouch for this list now."""
    may = bool(request.user.has_perm(BRINGS)) and taken.holds == ListKind.CONSENTS
    return may and taken.state in attestations.ATTESTABLE


def attest_page(request: HttpRequest, admin: RecordPages, taken: ContactImport) -> HttpResponse:
    """Show what is attested and take the name; or have the list read without."""
    if not request.user.has_perm(BRINGS):
        raise PermissionDenied
    back = admin.page_url("change", taken)
    if not may_attest(request, taken):
        messages.warning(request, "Nothing is attested of this list any more.")
        return HttpResponseRedirect(back)
    if request.method == "POST" and "without" in request.POST:
        if attestations.read_without(taken):
            write_down(request, taken, "Has the list read by what its rows say alone.")
            wake_import(taken.pk)
        return HttpResponseRedirect(back)
    form = AttestForm(request.POST or None, request.FILES or None, taken=taken)
    if request.method == "POST" and form.is_valid() and _attested(request, taken, form):
        return HttpResponseRedirect(back)
    return TemplateResponse(
        request,
        "admin/consent/contactimport/attest.html",
        {
            **admin.admin_site.each_context(request),
            "title": "The same consent for every row",
            "form": form,
            "opts": admin.model._meta,
            "original": taken,
            "back": back,
            "words": attestations.words(taken),
            "waits": taken.state == ImportState.UNATTESTED,
        },
    )


def _attested(request: HttpRequest, taken: ContactImport, form: AttestForm) -> bool:
    given = form.cleaned_data
    try:
        with transaction.atomic():
            made = attestations.attest(
                taken, form.stated(), given["proofs"], name=given["name"], by=request.user
            )
            count = len(given["proofs"])
            files = "one file of proof" if count == 1 else f"{count} files of proof"
            write_down(request, taken, f"Attested the consents as #{made.pk}, with {files}.")
            wake_import(taken.pk)
    except CannotAttest as fault:
        form.add_error(fault.field or None, str(fault))
        return False
    messages.success(request, "Attested. The list is read by it; nothing has changed yet.")
    return True


def shown_attestation(request: HttpRequest, taken: ContactImport) -> dict[str, Any]:
    """Return what the import's page shows of its attestation."""
    found = (
        ImportAttestation.objects.select_related("disclosure__topic", "attested_by")
        .prefetch_related("proofs")
        .filter(in_force_for=taken)
        .first()
    )
    return {"attestation": found, "sees_proof": _may_see_proof(request, taken)}


def proof(request: HttpRequest, taken: ContactImport, proof_id: int) -> Any:
    """Hand a file of proof out, never to be opened on our own site, and write down to whom."""
    if not _may_see_proof(request, taken):
        raise PermissionDenied
    kept = ImportProof.objects.filter(pk=proof_id, attestation__contact_import=taken).first()
    if kept is None or not kept.file.storage.exists(kept.file.name or ""):
        messages.error(request, "This file is not kept any more.")
        return None
    write_down(request, taken, f"Downloaded proof #{kept.pk}.")
    ending = Path(kept.file.name or "").suffix
    answer = FileResponse(
        kept.file.open("rb"),
        as_attachment=True,
        filename=f"proof-{kept.pk}{ending}",
        content_type="application/octet-stream",
    )
    answer["Cache-Control"] = "no-store"
    return answer


def _may_see_proof(request: HttpRequest, taken: ContactImport) -> bool:
    return request.user.has_perm(SEES_PROOF) or taken.uploaded_by_id == request.user.pk
