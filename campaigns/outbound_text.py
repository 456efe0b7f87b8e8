"""What is handed over for a message: its words with the person's own link, and what Amazon asks."""

from collections.abc import Mapping
from datetime import datetime

from campaigns import unsubscribe_links
from campaigns.gateways.protocol import OutboundText
from campaigns.models import Message, OriginationNumber
from consent.vocabulary import MessageClass


def outbound_text(
    message: Message,
    number: OriginationNumber,
    links: Mapping[int, str],
    expires_at: datetime | None,
) -> OutboundText:
    """Return the text as it is handed over, all that Amazon is told from the records."""
    of_class = message.topic.message_class if message.topic else number.message_class
    template = message.campaign or message.topic
    return OutboundText(
        to=message.contact.number,
        body=unsubscribe_links.as_sent(message, links),
        origination_number=number.number,
        promotional=of_class == MessageClass.PROMOTIONAL,
        is_sender_id=number.is_sender_id,
        message=message.pk,
        max_price=number.max_price,
        entity_id=number.entity_id,
        template_id=template.template_id if template and number.entity_id else "",
        configuration_set=number.configuration_set,
        expires_at=expires_at,
    )
