"""The page on which staff say how a list is read."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from consent.admin.base import SEES_WHOLE, RecordPages
from consent.admin.import_rows import blurred
from consent.admin.mapping_forms import LEFT_OUT, MappingForm, form_choices
from consent.admin.staff_log import write_down
from consent.importing import attestations, list_mappings
from consent.importing.dates import NOBODY_KNOWS, written
from consent.importing.header_names import LABELS
from consent.importing.survey import Choice, Held
from consent.models import ContactImport
from consent.tasks import wake_import
from consent.vocabulary import ListKind
from consent.zone_names import zone_name

BRINGS = "consent.add_contactimport"
SHORTEST = 7  # digits of a number that somebody could be called by
SAVES = "consent.add_listmapping"
TOO_LATE = "Somebody confirmed or discarded this list before you."


def may_map(request: HttpRequest, taken: ContactImport) -> bool:
    """Say whether this person may say now how a list is read."""
    may = bool(request.user.has_perm(BRINGS))
    return may and taken.state in list_mappings.MAPPABLE and bool(taken.survey)


def mapping_page(request: HttpRequest, admin: RecordPages, taken: ContactImport) -> HttpResponse:
    """Show what the list holds, and have it read as this person says."""
    if not request.user.has_perm(BRINGS):
        raise PermissionDenied
    back = admin.page_url("change", taken)
    if not may_map(request, taken):
        messages.warning(request, "How this list is read is settled.")
        return HttpResponseRedirect(back)
    found = [Held.of(each) for each in taken.survey["columns"]]
    form = MappingForm(
        request.POST or None,
        found=found,
        choice=Choice.of(taken.mapping),
        holds=ListKind(taken.holds),
        topic_given=taken.default_topic_id is not None,
        headed=taken.survey["headed"],
        attested=attestations.attested(taken).fields,
    )
    saves = request.user.has_perm(SAVES)
    if not saves:
        del form.fields["save_as"]
    if request.method == "POST" and form.is_valid():
        said = _read_anew(request, taken, form) if form.reads_anew else _map(request, taken, form)
        (messages.success if said else messages.warning)(request, said or TOO_LATE)
        return HttpResponseRedirect(back)
    return TemplateResponse(
        request,
        "admin/consent/contactimport/mapping.html",
        {
            **admin.admin_site.each_context(request),
            "title": f"How {taken.file_name} is read",
            "opts": admin.model._meta,
            "original": taken,
            "back": back,
            "form": form,
            "questions": [words for _, words in taken.survey["questions"]],
            "columns": _columns(form, found, whole=request.user.has_perm(SEES_WHOLE)),
            "words": _words(form, whole=request.user.has_perm(SEES_WHOLE)),
            "saves": saves,
        },
    )


def _map(request: HttpRequest, taken: ContactImport, form: MappingForm) -> str:
    """Have the list read as said; return what was done, or "" where it was too late."""
    name = form.cleaned_data.get("save_as", "")
    with transaction.atomic():
        mapped_as = f'The mapping "{name}"' if name else "By a person"
        if not list_mappings.choose(taken, form.choice, mapped_as=mapped_as):
            return ""
        if name:
            saved = list_mappings.save_as(
                name,
                form.choice,
                form.header,
                holds=taken.holds,
                why=f"Kept while mapping contact import #{taken.pk}",
                user=request.user,
            )
            ContactImport.objects.filter(pk=taken.pk).update(saved_mapping=saved)
        if topic := form.cleaned_data.get("topic"):
            ContactImport.objects.filter(pk=taken.pk).update(default_topic=topic)
            write_down(request, taken, f"Rows that name no topic are about {topic}.")
        kept = f' Kept as the mapping "{name}".' if name else ""
        write_down(request, taken, f"Said how the list is read.{kept}")
        wake_import(taken.pk)
    return f"The list is read as you say.{kept}"


def _read_anew(request: HttpRequest, taken: ContactImport, form: MappingForm) -> str:
    headed = form.cleaned_data["headed"] == "yes"
    with transaction.atomic():
        if not list_mappings.choose(taken, Choice(headed=headed), mapped_as=""):
            return ""
        line = "names the columns" if headed else "is a row"
        write_down(request, taken, f"Said that the first line {line}.")
        wake_import(taken.pk)
    return "The list is read anew; its columns are to be looked at again."


def _columns(form: MappingForm, found: list[Held], *, whole: bool) -> list[dict[str, Any]]:
    return [
        {
            "field": form[f"column_{at}"],
            "name": held.name if whole else blurred(held.name),
            "samples": [shown(sample, whole=whole) for sample in held.samples],
        }
        for at, held in enumerate(found)
    ]


def _words(form: MappingForm, *, whole: bool) -> list[dict[str, Any]]:
    if form.spoken is None:
        return []
    held = form.found[form.spoken]
    return [
        {
            "field": form[f"word_{form.spoken}_{at}"],
            "word": shown(held.as_written.get(word, ""), whole=whole) or "(empty)",
            "rows": f"{count:,}",
        }
        for at, (word, count) in enumerate(held.words.items())
    ]


def shown(cell: str, *, whole: bool) -> str:
    """Return a cell of a list; without the right to whole numbers, what may be one is masked."""
    short = sum(map(str.isdigit, cell)) < SHORTEST
    dated = not cell.isdigit() and written(cell) != "none"
    return cell if whole or short or dated else blurred(cell)


def read_as(taken: ContactImport) -> list[tuple[str, str]]:
    """Return which column is read as what, and how dates and times are, in words."""
    chosen = taken.mapping.get("columns") or {}
    found = [(LABELS[field], chosen[field]) for field in LABELS if field in chosen]
    form, zone = taken.mapping.get("date_form"), taken.mapping.get("time_zone")
    if form:
        found.append(("Dates", dict(form_choices())[form].lower()))
    if zone:
        said = LEFT_OUT.lower() if zone == NOBODY_KNOWS else zone_name(zone)
        found.append(("Times without a zone", said))
    return found
