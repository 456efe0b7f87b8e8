"""Put each person's own link in the place of {unsubscribe_link} in a campaign's text.

The approved text keeps the placeholder: the link differs from person to person and is made when
their text is about to leave. It is always of the same length, so parts are counted beforehand.
"""

from collections.abc import Iterable, Mapping

from campaigns import wording
from campaigns.models import Message
from consent.unsubscribing import LENGTH, address_of, codes_for

PLACEHOLDER = "{" + wording.UNSUBSCRIBE_LINK + "}"
SAMPLE = "x" * LENGTH


def values_to_read() -> Mapping[str, str]:
    """Return what fills the placeholder where a text is shown, linted or counted."""
    return {wording.UNSUBSCRIBE_LINK: address_of(SAMPLE)}


def as_staff_read(text: str) -> str:
    """Return a kept text without the placeholder. The link itself is the person's own key."""
    return text.replace(PLACEHOLDER, "[own link to leave]")


def values_to_keep() -> Mapping[str, str]:
    """Return what fills the placeholder where a text is kept: itself."""
    return {wording.UNSUBSCRIBE_LINK: PLACEHOLDER}


def parts_of(text: str) -> int:
    """Return in how many parts a kept text goes out."""
    return wording.parts(text.replace(PLACEHOLDER, address_of(SAMPLE))).parts


def links_of(messages: Iterable[Message]) -> dict[int, str]:
    """Return the links of those messages whose text has a place for it, by contact.

    Codes are made where there are none; nobody else's are looked up.
    """
    contacts = [row.contact_id for row in messages if PLACEHOLDER in row.text]
    if not contacts:
        return {}
    return {contact: address_of(code) for contact, code in codes_for(contacts).items()}


def as_sent(message: Message, links: Mapping[int, str]) -> str:
    """Return the words as they go to this person."""
    if PLACEHOLDER not in message.text:
        return message.text
    return message.text.replace(PLACEHOLDER, links[message.contact_id])
