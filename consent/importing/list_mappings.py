"""Settle how a list is to be read: by its header, by a saved mapping, or by what a person says."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from django.db import transaction

from consent.importing import attestations, survey
from consent.importing.contact_list import ContactList, Row
from consent.importing.mapping import Columns, columns, plain
from consent.importing.survey import Choice
from consent.importing.unsettled import MOST_WORDS, Unsettled
from consent.models import ContactImport, ListMapping
from consent.vocabulary import ImportState, ListKind

MAPPABLE = (ImportState.NEEDS_MAPPING, ImportState.PREVIEWED)


class Unclear(Exception):  # noqa: N818  reads as what it is where it is caught
    """A list that can be read in several ways; `found` is kept with the import and asked of."""

    def __init__(self, found: dict[str, Any]) -> None:
        super().__init__("What the list holds is unclear.")
        self.found = found


@dataclass(frozen=True, slots=True)
class Settled:
    """How a list is read: its columns, its words and dates, and what to keep of that."""

    columns: Columns
    choice: Choice
    kept: dict[str, Any]
    found: Sequence[survey.Held]


def settle(taken: ContactImport, contact_list: ContactList, head: Sequence[Row]) -> Settled:
    """Return how a list is read, given its first rows; raise `Unclear` where a person must say."""
    choice, saved, mapped_as = Choice.of(taken.mapping), None, taken.mapped_as
    holds, topic_given = ListKind(taken.holds), taken.default_topic_id is not None
    found = survey.surveyed(contact_list.header, head)
    if not choice.columns:
        saved = recognised(contact_list.header, holds) if contact_list.headed else None
        if saved is not None:
            choice, mapped_as = _laid_over(choice_of(saved), choice), f'The mapping "{saved}"'
        elif not contact_list.headed and holds is not ListKind.CONSENTS:
            choice = replace(choice, columns=survey.bare_numbers(found, head))
            mapped_as = "Numbers alone, without a header" if choice.columns else ""
    choice = fitted(choice, contact_list.header)
    attested = attestations.attested(taken).fields

    def asked_of() -> list[survey.Question]:
        return survey.questions(
            choice, found, holds=holds, topic_given=topic_given, attested=attested
        )

    asked = asked_of()
    if asked:
        survey.walk(found, islice(contact_list.rows, survey.FURTHER))
        asked = asked_of()
    kept: dict[str, Any] = {
        "survey": {
            "questions": asked,
            "headed": contact_list.headed,
            "columns": [held.kept() for held in found],
        }
    }
    if saved is not None:
        kept |= {"saved_mapping": saved}
    if asked:
        # What is known already is offered on the page
        known = replace(choice, headed=contact_list.headed)
        raise Unclear({**kept, "mapping": known.kept(), "mapped_as": mapped_as})
    mapped = columns(
        contact_list.header,
        topic_given=topic_given,
        holds=holds,
        chosen=choice.columns,
        attested=attested,
    )
    if not choice.columns:
        mapped_as = f"Export of {mapped.program}" if mapped.program else "By the columns' names"
    choice = replace(choice, columns=mapped.header_of, headed=contact_list.headed)
    kept |= {"mapping": choice.kept(), "mapped_as": mapped_as}
    return Settled(mapped, choice, kept, found)


def reconsider(taken: ContactImport, settled: Settled, unsettled: Unsettled) -> None:
    """Raise `Unclear` where rows beyond the first ones hold what a person must settle."""
    if taken.holds != ListKind.CONSENTS:
        return
    held = {each.name: each for each in settled.found}
    for name, column in settled.columns.header_of.items():
        if name == "agreed":
            held[column].words.update(unsettled.as_counts())
            held[column].as_written.update(unsettled.words)
            held[column].few &= len(unsettled.words) < MOST_WORDS
        elif name == "consented_at":
            held[column].dates.counts.update(unsettled.dates.counts)
    asked = survey.questions(
        settled.choice,
        settled.found,
        holds=ListKind.CONSENTS,
        topic_given=True,
        attested=attestations.attested(taken).fields,
    )
    if asked:
        found = {**settled.kept["survey"], "questions": asked}
        found["columns"] = [each.kept() for each in settled.found]
        raise Unclear({**settled.kept, "survey": found})


def choice_of(saved: ListMapping) -> Choice:
    """Return what a saved mapping says."""
    headed = saved.headed
    return Choice(saved.columns, saved.words, saved.date_form, saved.time_zone, headed)


def fitted(choice: Choice, header: Sequence[str]) -> Choice:
    """Return a choice with the columns as a header spells them; those it lacks are left out."""
    spelt = {plain(name): name for name in header}
    held = {field: spelt.get(plain(name)) for field, name in choice.columns.items()}
    return replace(choice, columns={field: name for field, name in held.items() if name})


def recognised(header: Sequence[str], holds: ListKind) -> ListMapping | None:
    """Return the mapping saved last for lists with these columns, in whatever order."""
    return (
        ListMapping.objects.filter(
            header_digest=digest_of(header), holds=holds, headed=True, recognise=True
        )
        .order_by("-pk")
        .first()
    )


def digest_of(header: Sequence[str]) -> str:
    """Return SHA-256 over the names of columns, whatever their order, case and accents."""
    return hashlib.sha256("\0".join(sorted(map(plain, header))).encode()).hexdigest()


def choose(taken: ContactImport, choice: Choice, *, mapped_as: str = "By a person") -> bool:
    """Have a list read as a person says; False if it was confirmed or discarded before.

    A preview is begun anew. The caller wakes a worker.
    """
    return bool(
        ContactImport.objects.filter(pk=taken.pk, state__in=MAPPABLE).update(
            state=ImportState.UPLOADED,
            mapping=choice.kept(),
            mapped_as=mapped_as,
            saved_mapping=None,
            rows=0,
            counts={},
            figures={},
            lease_until=None,
        )
    )


def save_as(
    name: str, choice: Choice, header: Sequence[str], *, holds: str, why: str, user: Any = None
) -> ListMapping:
    """Keep a choice under a name, with its history; one of the same name is replaced."""
    saved = ListMapping.objects.filter(name=name).first() or ListMapping(name=name)
    saved.holds = holds
    saved.header, saved.header_digest = list(header), digest_of(header)
    saved.headed = choice.headed is not False
    saved.columns, saved.words = dict(choice.columns), dict(choice.words)
    saved.date_form, saved.time_zone = choice.date_form, choice.time_zone
    saved._change_reason = why[:500]
    if user is not None:
        saved._history_user = user
    saved.save()
    return saved


def refuse(taken: ContactImport, reason: str) -> None:
    """Give up a list that nobody is there to map: its file goes, the record says why."""
    with transaction.atomic():
        gone = ContactImport.objects.filter(pk=taken.pk, state=ImportState.NEEDS_MAPPING).update(
            state=ImportState.FAILED, fault=reason[:500], file="", survey={}
        )
        if gone:
            transaction.on_commit(lambda: taken.file.storage.delete(taken.file.name or ""))


def columns_of(taken: ContactImport) -> Columns:
    """Return which column of an import's rows holds what."""
    mapped: Mapping[str, str] = taken.mapping.get("columns") or {}
    return Columns(dict(mapped), ())


def _laid_over(saved: Choice, said: Choice) -> Choice:
    """Return a saved choice with what was said of this one list instead."""
    return replace(
        saved,
        date_form=said.date_form or saved.date_form,
        time_zone=said.time_zone or saved.time_zone,
    )
