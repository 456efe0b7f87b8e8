"""Say in numbers what a preview would do, and what an import did."""

from django.db.models import Count
from django.utils import timezone

from consent.importing.checking import SAID_LEFT
from consent.models import ContactImport, Topic
from consent.vocabulary import ACTING, RECORDED, ImportState, ListKind, RowOutcome


def effects(taken: ContactImport) -> list[str]:
    """Say in numbers what confirming does."""
    per_topic = (
        taken.import_rows.filter(outcome__in=RECORDED)
        .order_by()
        .values_list("topic")
        .annotate(count=Count("line"))
    )
    topics = {topic.pk: str(topic) for topic in Topic.objects.select_related("brand")}
    found = again(taken)
    for topic, count in sorted(per_topic, key=lambda each: topics.get(each[0], "")):
        people = "person is" if count == 1 else "people are"
        named = topics.get(topic, "")
        if taken.holds == ListKind.OPT_OUTS:
            found.append(f"{count:,} {people} opted out of {named or 'everything'}.")
        elif taken.holds == ListKind.SUPPRESSIONS:
            found.append(_suppressed(taken, count, named))
        elif taken.ask_again:
            found.append(f"{count:,} {people} asked by a text to confirm {named}.")
        else:
            proof = "what was attested" if taken.attestation_id else "the row"
            each = "with" if count == 1 else "each with"
            found.append(f"{count:,} {people} opted in to {named}, {each} {proof} as proof.")
    undated = taken.figures.get("undated", 0)
    if taken.holds == ListKind.OPT_OUTS and undated and _tells_when(taken):
        found.append(
            f"Of {undated:,} of them it is unclear when they left: the date can be read in two "
            "ways, or not at all. They count from the moment they are recorded. If you know how "
            "the dates are written, change the mapping."
        )
    updated = taken.counts.get(RowOutcome.UPDATED, 0)
    if updated:
        known = "1 known contact" if updated == 1 else f"{updated:,} known contacts"
        found.append(f"Blanks of {known} are filled in.")
    if left := _said_left(taken):
        rows = "row says" if left == 1 else "rows say"
        found.append(
            f"{left:,} {rows} that the person left. To keep their no, bring the same file as a "
            "list of people who left."
        )
    rest = taken.rows - acting(taken)
    if rest:
        rows = "row changes nothing; it" if rest == 1 else "rows change nothing; each"
        found.append(f"{rest:,} {rows} says why.")
    if not acting(taken):
        return found
    if taken.holds != ListKind.CONSENTS:
        found.append("Texts that still wait to go to these people are not sent.")
    elif taken.ask_again:
        found.append("Who does not answer YES in time is not opted in.")
    else:
        them = "this person" if acting(taken) == 1 else "these people"
        found.append(f"Nothing is sent by this. Later campaigns and list audits reach {them}.")
    return found


def again(taken: ContactImport) -> list[str]:
    """Say of a file that was recorded before that it was, and whether it changes anything now."""
    before = ContactImport.objects.filter(
        file_digest=taken.file_digest, state=ImportState.APPLIED, pk__lt=taken.pk
    ).first()
    if before is None:
        return []
    when = f"{timezone.localdate(before.applied_at):%B %-d, %Y}"
    now = "it changes what it says below" if acting(taken) else "it changes nothing"
    return [f"This same file was recorded on {when} as contact import #{before.pk}: now {now}."]


def _tells_when(taken: ContactImport) -> bool:
    return "left_at" in taken.mapping.get("columns", {})


def _said_left(taken: ContactImport) -> int:
    if taken.holds != ListKind.CONSENTS or not taken.counts.get(RowOutcome.NO_PROOF):
        return 0
    return taken.import_rows.filter(outcome=RowOutcome.NO_PROOF, reason=SAID_LEFT).count()


def _suppressed(taken: ContactImport, count: int, named: str) -> str:
    numbers = "number gets" if count == 1 else "numbers get"
    until = f"up to {taken.expires_on:%B %-d, %Y}" if taken.expires_on else "until that is lifted"
    return f"{count:,} {numbers} no texts of {named or 'any topic'} {until}, whoever agreed."


def acting(taken: ContactImport) -> int:
    """Return how many rows change anything."""
    return sum(taken.counts.get(outcome, 0) for outcome in ACTING)


def recorded(taken: ContactImport) -> tuple[int, str]:
    """Return how many rows bring an event, and what those are called."""
    count, events = sum(taken.counts.get(each, 0) for each in RECORDED), events_of(taken)
    return count, events.removesuffix("s") if count == 1 else events


def recorded_in_words(taken: ContactImport) -> str:
    """Say how many events a list brought."""
    count, events = recorded(taken)
    if count == 1:
        return f"1 {events} was recorded, with its row as proof."
    return f"{count:,} {events} were recorded, each with its row as proof."


def events_of(taken: ContactImport) -> str:
    """Say what the list brings, in the plural."""
    if taken.holds == ListKind.OPT_OUTS:
        return "opt-outs"
    if taken.holds == ListKind.SUPPRESSIONS:
        return "suppressions"
    return "requests" if taken.ask_again else "consents"
