"""A campaign's text as people will read it, with what is to be said about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns import unsubscribe_links, wording
from campaigns.models import Campaign
from campaigns.outbox import values_of
from consent.admin.topic import frequency_in_words
from consent.models import Subscription


@dataclass(frozen=True, slots=True)
class Draft:
    """A text, its size, the findings that stop it, mere advice, and how many would get it now."""

    text: str
    size: wording.Parts
    stops: Sequence[str]
    advice: Sequence[str]
    opted_in: int
    promised: str

    @property
    def parts_in_all(self) -> int:
        """Return how many parts Amazon would bill for, at most."""
        return self.size.parts * self.opted_in


def read_draft(campaign: Campaign) -> Draft:
    """Fill the text in from the records, lint it, count its parts and its readers."""
    topic = campaign.topic
    values = {
        **values_of(topic, topic.brand, topic.message_class),
        **unsubscribe_links.values_to_read(),
    }
    findings = wording.lint(campaign.text, values, brand_name=topic.brand.name, campaign=True)
    try:
        text = wording.render(campaign.text, values)
    except wording.UnknownPlaceholder:
        text = campaign.text
    return Draft(
        text,
        wording.parts(text),
        [each.sentence for each in findings if each.stops],
        [each.sentence for each in findings if not each.stops],
        Subscription.objects.opted_in(topic).count(),
        frequency_in_words(topic),
    )
