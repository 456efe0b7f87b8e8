"""What if: which decisions would a changed rulebook turn, before it binds anybody."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from campaigns.clearance import Outcome
from campaigns.findings import Finding
from campaigns.house_policy import rulebook_in_force
from campaigns.models import ClearanceReview, Message
from campaigns.redeciding import Answer, Chunk, Decided, of_audience, of_messages, sent_between
from campaigns.rulebook.changes import changed, read_change
from campaigns.rulebook.rows import Rulebook
from campaigns.vocabulary import MessageStatus
from consent import clock
from consent.models import Subscription

NOT_BY_RULE = {MessageStatus.CANCELLED, MessageStatus.EXPIRED}
DECIDED = [each.value for each in MessageStatus if each not in NOT_BY_RULE]


def rulebooks_for(review: ClearanceReview) -> tuple[Rulebook, Rulebook]:
    """Return the rulebook as it is, with what is given, and as it would be."""
    changes = [read_change(each) for each in review.changes]
    before = changed(rulebook_in_force(clock.now()), (each for each in changes if each.given))
    return before, changed(before, (each for each in changes if not each.given))


def messages(review: ClearanceReview) -> QuerySet[Message] | None:
    """Return the texts that a review asks about, or None where it asks about an audience.

    A campaign whose audience is not written down yet has no texts; without one, texts that left
    between two moments.
    """
    if review.campaign_id is None:
        return Message.objects.filter(sent_between(review.since, review.until), status__in=DECIDED)
    written = Message.objects.filter(campaign=review.campaign_id, status__in=DECIDED)
    return written if written.exists() else None


def total(review: ClearanceReview) -> int:
    """Return how many texts or people there are to look at."""
    written = messages(review)
    if written is not None:
        return written.count()
    assert review.campaign is not None  # no texts without a campaign
    return Subscription.objects.opted_in(review.campaign.topic).count()


def found(review: ClearanceReview) -> Iterator[tuple[int, list[Finding]]]:
    """Yield, chunk by chunk, how many were looked at and those that would be decided anew."""
    before, after = map(Decided, rulebooks_for(review))
    for chunk in _chunks(review, before.rulebook, after.rulebook):
        turned = []
        for ask, moment, facts in chunk:
            old, new = before.of(facts, moment), after.of(facts, moment)
            if _differ(old, new):
                was = old.outcome.value
                turned.append(Finding.of(ask, moment, was, new, after.rulebook, old))
        yield len(chunk), turned


def _chunks(review: ClearanceReview, *rulebooks: Rulebook) -> Iterator[Chunk]:
    written = messages(review)
    if written is not None:
        return of_messages(written, *rulebooks)
    assert review.campaign is not None  # no texts without a campaign
    return of_audience(review.campaign, _begins(review), *rulebooks)


def _begins(review: ClearanceReview) -> datetime:
    assert review.campaign is not None  # asked for an audience
    return max(clock.now(), review.campaign.scheduled_at)


def _differ(old: Answer, new: Answer) -> bool:
    """Say whether the answer is another one, a hold that ends at another time included."""
    held = old.outcome is new.outcome is Outcome.HOLD
    return old.outcome is not new.outcome or (held and old.until != new.until)
