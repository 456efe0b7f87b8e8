"""Look back: which of the texts that Amazon took would a rulebook not let go, and why."""

from collections.abc import Iterator

from django.db.models import QuerySet

from campaigns.clearance import Outcome
from campaigns.findings import Finding
from campaigns.house_policy import rulebook_in_force
from campaigns.models import ClearanceReview, Message
from campaigns.redeciding import Decided, of_messages, sent_between
from campaigns.rulebook.changes import changed, read_change, standing_on
from campaigns.rulebook.rows import Rulebook
from campaigns.vocabulary import MessageStatus
from consent import clock

ACCEPTED = "accepted"


def rulebook_for(review: ClearanceReview) -> Rulebook:
    """Return the rows in force on the day asked for, else today, with the changes asked for."""
    asked = changed(rulebook_in_force(clock.now()), map(read_change, review.changes))
    return standing_on(asked, review.rules_on or clock.now().date())


def messages(review: ClearanceReview) -> QuerySet[Message]:
    """Return the accepted texts that a review asks about."""
    found = Message.objects.filter(
        sent_between(review.since, review.until), status=MessageStatus.ACCEPTED
    )
    if review.topic_id:
        found = found.filter(topic=review.topic_id)
    if review.brand_id:
        found = found.filter(origination_number__brand=review.brand_id)
    if review.campaign_id:
        found = found.filter(campaign=review.campaign_id)
    return found


def found(review: ClearanceReview) -> Iterator[tuple[int, list[Finding]]]:
    """Yield, chunk by chunk, how many texts were looked at and those that would fail.

    Each is asked about with the facts of the moment at which it was sent.
    """
    again = Decided(rulebook_for(review))
    for chunk in of_messages(messages(review), again.rulebook):
        failing = []
        for ask, moment, facts in chunk:
            answer = again.of(facts, moment)
            if answer.outcome is not Outcome.CLEAR:
                failing.append(Finding.of(ask, moment, ACCEPTED, answer, again.rulebook))
        yield len(chunk), failing
