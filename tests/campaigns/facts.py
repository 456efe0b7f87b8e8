"""Facts under which each kind of text is clear, plain and without a database."""

from dataclasses import replace
from datetime import UTC, datetime

from campaigns.clearance import Facts, Promise
from campaigns.vocabulary import MessageKind
from consent.vocabulary import FrequencyUnit, LegalBasis, MessageClass, Standing

MONDAY_NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)  # 12:00 in New York
MONDAY_NIGHT = datetime(2026, 3, 3, 4, tzinfo=UTC)  # 23:00 in New York

CLEAR_CAMPAIGN = Facts(
    kind=MessageKind.CAMPAIGN,
    message_class=MessageClass.PROMOTIONAL,
    topic_open=True,
    standing=Standing.OPTED_IN,
    authorising_event=7,
    double_opt_in_needed=True,
    confirmed=True,
    suppressions=(),
    number_live=True,
    number_carries_topic=True,
    number_brand_matches=True,
    number_class_matches=True,
    campaign_approved=True,
    time_zones=("America/New_York",),
    country="US",
    state="NY",
    basis=LegalBasis.EXPRESS_WRITTEN,
    disclosure_lacks=(),
    promise=Promise(4, FrequencyUnit.MONTH),
    sent_on_topic=(),
    sent_of_brand=(),
    sent_at_all=(),
    unanswered=0,
    on_amazons_list=(),
)

CLEAR = {
    MessageKind.CAMPAIGN: CLEAR_CAMPAIGN,
    MessageKind.LIST_AUDIT: replace(CLEAR_CAMPAIGN, kind=MessageKind.LIST_AUDIT),
    MessageKind.WELCOME: replace(CLEAR_CAMPAIGN, kind=MessageKind.WELCOME, answers_reply=True),
    MessageKind.CONFIRMATION_REQUEST: replace(
        CLEAR_CAMPAIGN,
        kind=MessageKind.CONFIRMATION_REQUEST,
        standing=Standing.PENDING,
        authorising_event=None,
        confirmed=None,
    ),
    MessageKind.STOP_CONFIRMATION: Facts(
        kind=MessageKind.STOP_CONFIRMATION,
        standing=Standing.OPTED_OUT,
        opted_out_event=9,
        number_live=True,
        on_amazons_list=(),
    ),
    MessageKind.HELP_REPLY: Facts(
        kind=MessageKind.HELP_REPLY,
        number_live=True,
        answers_reply=True,
        on_amazons_list=(),
    ),
    MessageKind.ANSWER: Facts(
        kind=MessageKind.ANSWER,
        standing=Standing.UNKNOWN,
        suppressions=(),
        number_live=True,
        answers_reply=True,
        on_amazons_list=(),
    ),
}
