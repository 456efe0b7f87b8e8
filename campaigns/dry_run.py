"""Have Amazon check a text without sending it, for staff: nothing is sent, charged or recorded."""

from dataclasses import dataclass

from campaigns.gateways.configured import checking_gateway
from campaigns.gateways.protocol import OPTED_OUT, HandOver, OutboundText
from campaigns.models import OriginationNumber
from campaigns.remedies import REMEDIES
from campaigns.vocabulary import AttemptOutcome as O
from consent.phone_numbers import PhoneNumber
from consent.vocabulary import MessageClass

LONGEST = 1_600  # characters, as Amazon has it

REASONS = {
    OPTED_OUT: "the number is on Amazon's opt-out list",
    "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": "the account's country rules block "
    "texts to that country",
    "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": "the account's country rules "
    "block this number",
    "DESTINATION_COUNTRY_BLOCKED": "the account may not text that country",
    "PRICE_OVER_THRESHOLD": "it would cost more than the most per text that the number allows",
    "SENDER_ID_NOT_REGISTERED": "the sender ID is not registered for that country",
    "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY": "this number may not text that country",
    "FIELD_VALIDATION_FAILED": "something in it is not as Amazon wants it",
}


class CannotCheck(Exception):  # noqa: N818  reads as what it is where it is caught
    """A number whose gateway has no such question."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What Amazon says it would do: `state` as a pill has it, words for staff, its own code."""

    state: str
    answer: str
    says: str
    code: str


def can_check(number: OriginationNumber) -> bool:
    """Say whether texts from this number can be checked without sending them."""
    return checking_gateway(number.gateway) is not None


def check(
    number: OriginationNumber, to: PhoneNumber, body: str, *, template_id: str = ""
) -> Checked:
    """Ask once whether Amazon would take a text from this number; raise `CannotCheck` for SNS.

    No fault found so stops the sender, and nobody is opted out by it: it is a question of staff's,
    not a text of ours.
    """
    asks = checking_gateway(number.gateway)
    if asks is None:
        raise CannotCheck
    return _in_words(
        asks.dry_run(
            OutboundText(
                to=to.e164,
                body=body,
                origination_number=number.number,
                promotional=number.message_class == MessageClass.PROMOTIONAL,
                is_sender_id=number.is_sender_id,
                max_price=number.max_price,
                entity_id=number.entity_id,
                template_id=template_id if number.entity_id else "",
                configuration_set=number.configuration_set,
            )
        )
    )


def _in_words(became: HandOver) -> Checked:
    match became.outcome:
        case O.ACCEPTED:
            state, answer = "ready", "Amazon would take it"
            says = "Whether its carrier would deliver it, no check can tell."
        case O.REJECTED:
            state, answer = "refused", "Amazon would refuse this text"
            reason = REASONS.get(became.code, "it says no more than the code below")
            says = f"The reason: {reason}."
        case O.ACCOUNT_FAULT if became.fault is not None:
            remedy = REMEDIES[became.fault]
            state, answer = "trouble", "Amazon would refuse any such text"
            says = f"{remedy.trouble} {remedy.remedy}"
        case O.THROTTLED:
            state, answer = "warning", "Not checked"
            says = "Too many checks at once: Amazon allows five a second. Try again."
        case _:
            state, answer = "unknown", "Not checked"
            says = "Amazon did not answer, or not so that we understand it. Try again later."
    return Checked(state, answer, says, became.code)
