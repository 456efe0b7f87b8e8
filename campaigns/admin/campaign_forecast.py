"""What clearance would say to a campaign's readers at the hour it is planned for."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from campaigns.admin.campaign_progress import reason_in_words
from campaigns.clearance import Outcome
from campaigns.clearance_facts import Ask, Decisions, facts_of
from campaigns.models import Campaign
from campaigns.vocabulary import MessageKind
from consent import clock
from consent.models import Subscription

SAMPLE = 2000  # people asked about; enough to show what is wrong, quick enough for a page


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of the people asked about: how many would go out, wait until when, or be refused and why."""

    asked: int
    audience: int
    moment: datetime
    clear: int
    held: tuple[tuple[datetime, int], ...]
    refused: tuple[tuple[str, int], ...]

    def sentences(self) -> list[str]:
        """Say it in words."""
        if not self.audience:
            return ["Nobody is opted in now: nobody would get it."]
        of = f" of the first {self.asked:,} asked about" if self.asked < self.audience else ""
        said = [f"{self.audience:,} people are opted in now."]
        said.append(f"{self.clear:,}{of} would be texted at once when it starts.")
        said += [f"{count:,} would wait until {_at(until)}." for until, count in self.held]
        said += [f"{count:,} would be refused: {words}." for words, count in self.refused]
        return said


def forecast(campaign: Campaign) -> Forecast:
    """Ask clearance about the first of a campaign's readers, as if it were approved."""
    moment = max(campaign.scheduled_at, clock.now())
    readers = Subscription.objects.opted_in(campaign.topic)
    people = list(readers.order_by("contact").values_list("contact", flat=True)[:SAMPLE])
    number = campaign.origination_number_id
    asks = [
        Ask(MessageKind.CAMPAIGN, contact, campaign.topic_id, number, campaign.pk)
        for contact in people
    ]
    decisions = Decisions(moment)
    clear, held, refused = 0, Counter[datetime](), Counter[str]()
    for facts in facts_of(asks):
        decided, _ = decisions.of(replace(facts, campaign_approved=True))
        if decided.outcome is Outcome.CLEAR:
            clear += 1
        elif decided.until is not None:
            held[decided.until] += 1
        else:
            refused[reason_in_words(decided.code)] += 1
    return Forecast(
        len(people),
        readers.count(),
        moment,
        clear,
        tuple(sorted(held.items())[:5]),
        tuple(refused.most_common(5)),
    )


def _at(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%A, %B %-d, %H:%M %Z}"
