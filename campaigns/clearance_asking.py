"""Put what the tables say of a person and of an errand together as the facts of clearance."""

from dataclasses import dataclass
from functools import cached_property

from campaigns.clearance import Facts, OnAmazonsList, Suppression
from campaigns.clearance_grounds import Ground
from campaigns.clearance_history import Moments
from campaigns.models import Campaign, OriginationNumber
from campaigns.vocabulary import MessageKind
from consent.models import Topic
from consent.vocabulary import MessageClass, Source, Standing
from consent.whereabouts import Whereabouts

# Whoever comes by these roads only typed or texted a number, so topics ask whether it is theirs
SELF_SERVICE = frozenset({Source.WEB_FORM, Source.KEYWORD})
NOWHERE = Whereabouts("", "", (), ())


@dataclass(frozen=True, slots=True)
class Stand:
    """What the ledger amounts to for one person and topic; events are ids."""

    standing: Standing
    authorised_by: int | None
    opted_out_by: int | None
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Person:
    """What the tables say of one person, as far as one topic goes.

    `proven` says that the consent came by a list or on paper, None that nobody knows its road.
    """

    stand: Stand
    proven: bool | None
    place: Whereabouts
    bars: tuple[Suppression, ...]
    ground: Ground | None
    sent_on_topic: Moments
    sent_of_brand: Moments
    sent_at_all: Moments
    unanswered: int | None
    on_amazons_list: tuple[OnAmazonsList, ...]


@dataclass(frozen=True)
class Errand:
    """What is to be sent from where: the same for everyone whom it goes to."""

    kind: MessageKind
    topic: Topic | None
    number: OriginationNumber | None
    campaign: Campaign | None
    number_carries_topic: bool

    def facts(
        self, person: Person, *, opted_out_event: int | None = None, answers_reply: bool = False
    ) -> Facts:
        """Return the facts of this errand to a person; a given opt-out is the one it is about."""
        topic, number, stand, ground = self.topic, self.number, person.stand, person.ground
        both = (topic, number) if topic and number else None
        return Facts(
            kind=self.kind,
            message_class=MessageClass(topic.message_class) if topic else None,
            topic_open=topic.open if topic else None,
            standing=stand.standing,
            authorising_event=stand.authorised_by,
            opted_out_event=opted_out_event or stand.opted_out_by,
            double_opt_in_needed=topic.double_opt_in and not person.proven if topic else None,
            confirmed=stand.confirmed,
            suppressions=person.bars,
            number_live=number.live if number else None,
            number_carries_topic=self.number_carries_topic,
            number_brand_matches=both[1].brand_id == both[0].brand_id if both else None,
            number_class_matches=both[1].message_class == both[0].message_class if both else None,
            campaign_approved=self._approved,
            time_zones=person.place.time_zones,
            country=person.place.country,
            state=person.place.state,
            stated_places=person.place.stated_places,
            basis=ground.basis if ground else None,
            implied_by=ground.implied_by if ground else None,
            consented_at=ground.consented_at if ground else None,
            consent_ends_at=ground.consent_ends_at if ground else None,
            disclosure_lacks=ground.disclosure_lacks if ground else None,
            soft_opt_in=ground.soft_opt_in if ground else None,
            promise=ground.promise if ground else None,
            sent_on_topic=person.sent_on_topic,
            sent_of_brand=person.sent_of_brand,
            sent_at_all=person.sent_at_all,
            unanswered=person.unanswered,
            on_amazons_list=person.on_amazons_list,
            answers_reply=answers_reply,
        )

    @cached_property
    def _approved(self) -> bool | None:
        return self.campaign.is_approved if self.campaign else None


def is_proven(source: str | None, *, by_list: bool) -> bool | None:
    """Say whether a road proves by itself whose number it is; None where nobody knows the road."""
    if source is None:
        return None
    return by_list or source not in SELF_SERVICE
