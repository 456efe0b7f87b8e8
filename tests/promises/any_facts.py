"""Hypothesis strategies for the facts of clearance and for moments to ask at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from campaigns.clearance import Facts, OnAmazonsList, Promise, SoftOptIn, Suppression
from campaigns.vocabulary import MessageKind
from consent.vocabulary import (
    FrequencyUnit,
    ImpliedBy,
    LegalBasis,
    MessageClass,
    Standing,
)
from tests.campaigns.facts import CLEAR

ZONES = [
    *("America/New_York", "America/Chicago", "America/Phoenix", "America/Los_Angeles"),
    *("Pacific/Honolulu", "America/Puerto_Rico", "Pacific/Guam", "Europe/Berlin", "Mars/Olympus"),
]

moments = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
truths = st.sampled_from([True, True, True, False, None])
events = st.none() | st.integers(1, 10**12)
zones = st.lists(st.sampled_from(ZONES), max_size=3, unique=True).map(tuple)
suppressions = st.builds(
    Suppression,
    st.sampled_from(["all", "brand", "topic"]),
    st.sampled_from(["asked by letter", "complaint {odd}", ""]),
    st.none() | moments,
)

listed = st.builds(OnAmazonsList, st.booleans(), st.none() | moments)

promises = st.builds(
    Promise, st.sampled_from([None, 0, 1, 2, 4]), st.sampled_from([None, *FrequencyUnit])
)
sent = st.none() | st.lists(moments, max_size=6).map(tuple)
places = st.lists(
    st.sampled_from(["US-NY", "US-FL", "US-MS", "US-RI", "US", "FR", "CA-ON", "IN"]), max_size=2
).map(tuple)

wild = st.builds(
    Facts,
    kind=st.none() | st.sampled_from(MessageKind),
    message_class=st.none() | st.sampled_from(MessageClass),
    topic_open=truths,
    standing=st.none() | st.sampled_from(Standing),
    authorising_event=events,
    opted_out_event=events,
    double_opt_in_needed=truths,
    confirmed=truths,
    suppressions=st.none() | st.lists(suppressions, max_size=2).map(tuple),
    number_live=truths,
    number_carries_topic=truths,
    number_brand_matches=truths,
    number_class_matches=truths,
    campaign_approved=truths,
    time_zones=zones,
    country=st.sampled_from(["US", "CA", "DE", "FR", "IN", "GB", "BR", ""]),
    state=st.sampled_from(["NY", "FL", "MS", "VA", ""]),
    answers_reply=st.booleans(),
    stated_places=places,
    basis=st.none() | st.sampled_from(LegalBasis),
    implied_by=st.none() | st.sampled_from(ImpliedBy),
    consented_at=st.none() | moments,
    consent_ends_at=st.none() | moments,
    disclosure_lacks=st.sampled_from([None, (), ("automated",), ("terms",)]),
    soft_opt_in=st.none() | st.builds(SoftOptIn, truths, truths, truths, truths),
    promise=st.none() | promises,
    sent_on_topic=sent,
    sent_of_brand=sent,
    sent_at_all=sent,
    unanswered=st.none() | st.integers(0, 9),
    on_amazons_list=st.sampled_from([(), (), None]) | listed.map(lambda each: (each,)),
)

# Times near each other, so that caps and promises bar
busy = st.lists(st.integers(0, 40 * 24 * 4), max_size=5)
well_placed = st.builds(
    lambda facts, zones, state, promise, first, quarters: replace(
        facts,
        time_zones=zones,
        state=state,
        promise=promise,
        sent_on_topic=tuple(first + timedelta(minutes=15 * n) for n in quarters),
        sent_of_brand=tuple(first + timedelta(minutes=15 * n) for n in quarters),
        sent_at_all=tuple(first + timedelta(minutes=15 * n) for n in quarters),
    ),
    st.sampled_from([CLEAR[MessageKind.CAMPAIGN], CLEAR[MessageKind.LIST_AUDIT]]),
    st.lists(st.sampled_from(ZONES[:6]), min_size=1, max_size=3, unique=True).map(tuple),
    st.sampled_from(["NY", "FL", "OR", "MS", "RI", "TX", "LA", ""]),
    st.sampled_from([Promise(), *(Promise(n, unit) for n in (1, 3) for unit in FrequencyUnit)]),
    moments,
    busy,
)
facts = wild | well_placed | st.sampled_from(list(CLEAR.values()))
