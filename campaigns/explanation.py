"""Explain to staff whether a contact may be texted about a topic, and why."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from campaigns.clearance import Clearance, Facts, Outcome, decide
from campaigns.clearance_facts import Ask, facts_of
from campaigns.delivery_report import IN_WORDS
from campaigns.house_policy import rulebook_in_force, rulebook_to_read
from campaigns.models import OriginationNumber, Receipt
from campaigns.past_facts import facts_then, number_then
from campaigns.vocabulary import MessageKind, ReceiptOutcome
from consent import clock, phone_numbers
from consent.importing import attestations
from consent.models import Contact, ImportAttestation, Topic


class CannotExplain(Exception):  # noqa: N818  reads as what it is where it is caught
    """A question that names nobody or nothing we know; the sentence is for staff."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer with all it rests on. `possible_at` is the next moment at which it may go."""

    contact: Contact
    topic: Topic
    kind: MessageKind
    at: datetime
    number: OriginationNumber | None
    facts: Facts
    clearance: Clearance
    possible_at: datetime | None
    last_receipt: Receipt | None = None
    attestation: ImportAttestation | None = None

    @property
    def blocked_at_amazon(self) -> bool:
        """Say whether Amazon's opt-out list holds the number."""
        return bool(self.facts.on_amazons_list)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values, without the number."""
        clearance = asdict(self.clearance)
        return _plain(
            {
                "contact": self.contact.pk,
                "topic": self.topic.slug,
                "kind": self.kind.value,
                "at": self.at,
                "facts": asdict(self.facts),
                "verdicts": [
                    each | {"status": status_of(each["code"])} for each in clearance["verdicts"]
                ],
                "decision": self.clearance.outcome.value,
                "code": self.clearance.code,
                "sentence": self.clearance.sentence,
                "authorised_by": self.clearance.authorised_by,
                "exemption": self.clearance.exemption.value,
                "rulebook": self.clearance.rulebook_version,
                "next_possible": self.possible_at,
                "last_receipt": self.last_receipt
                and {
                    "at": self.last_receipt.logged_at,
                    "outcome": self.last_receipt.outcome,
                    "in_words": IN_WORDS[ReceiptOutcome(self.last_receipt.outcome)],
                },
                "blocked_at_amazon": self.blocked_at_amazon,
                "attested_for_list": self.attestation
                and {
                    "attestation": self.attestation.pk,
                    "by": self.attestation.name,
                    "at": self.attestation.attested_at,
                    "proofs": len(self.attestation.proofs.all()),
                },
            }
        )


def explain(
    contact: Contact,
    topic: Topic,
    *,
    kind: MessageKind = MessageKind.CAMPAIGN,
    at: datetime | None = None,
) -> Explanation:
    """Ask clearance what it would say of a text to a contact about a topic, now or at a moment.

    The facts of a past moment are those of then, and so are the rows of the rulebook. Where the
    answer is to hold, it may go when the hold ends; where it is no, never by itself, but for who
    agreed anew and whom Amazon may be asked to let go of from a day on. A campaign is taken to be
    approved.
    """
    moment = at or clock.now()
    is_past = moment < clock.now() and at is not None
    number = _number(topic, moment) if is_past else OriginationNumber.objects.for_topic(topic)
    ask = Ask(kind, contact.pk, topic.pk, number.pk if number else None)
    (facts,) = facts_then([(ask, moment)]) if is_past else facts_of([ask], as_of=at)
    if kind is MessageKind.CAMPAIGN:
        facts = replace(facts, campaign_approved=True)
    clearance = decide(facts, rulebook_in_force(moment), moment)
    return Explanation(
        contact,
        topic,
        kind,
        moment,
        number,
        facts,
        clearance,
        _possible_at(clearance, facts, moment),
        contact.receipts.filter(logged_at__lte=moment).order_by("-published_at").first(),
        attestations.of_event(facts.authorising_event),
    )


def status_of(code: str) -> str:
    """Say how sure we are of a row of the rulebook, or "" for a rule that is no row of it."""
    row = rulebook_to_read().rule(code)
    return row.status.value if row else ""


def _number(topic: Topic, moment: datetime) -> OriginationNumber | None:
    pk = number_then(topic.pk, moment)
    return None if pk is None else OriginationNumber.objects.get(pk=pk)


def contact_named(text: str) -> Contact:
    """Find a contact by its number as typed, or by its id; raise `CannotExplain` for nobody."""
    if text.isdigit() and len(text) < 10:
        found = Contact.objects.filter(pk=int(text)).first()
        if found is None:
            raise CannotExplain(f"There is no contact #{int(text)}.")
        return found
    try:
        number = phone_numbers.parse(text)
    except ValueError as fault:
        raise CannotExplain("That is neither a contact's id nor a phone number.") from fault
    found = Contact.objects.filter(number=number.e164).first()
    if found is None:
        raise CannotExplain("We have never heard of that number.")
    return found


def topic_named(slug: str) -> Topic:
    """Find a topic by its slug; raise `CannotExplain`, with the slugs there are, for none."""
    found = Topic.objects.select_related("brand").filter(slug=slug).first()
    if found is None:
        known = ", ".join(Topic.objects.order_by("slug").values_list("slug", flat=True)[:20])
        raise CannotExplain(f"There is no topic {slug!r}. Topics: {known or 'none yet'}.")
    return found


def _possible_at(clearance: Clearance, facts: Facts, moment: datetime) -> datetime | None:
    if clearance.outcome is not Outcome.REFUSE:
        return clearance.until or moment
    # Amazon may be asked to let go of the number from a day that is known
    ends = [each.until for each in facts.on_amazons_list or () if each.until]
    if not ends or max(ends) <= moment:
        return None
    later = decide(facts, rulebook_in_force(max(ends)), max(ends))
    return None if later.outcome is Outcome.REFUSE else later.until or max(ends)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value
