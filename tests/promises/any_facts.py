"""Hypothesis strategies for the facts of clearance and for moments to ask at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from campaigns.clearance import Facts, Suppression
from campaigns.vocabulary import MessageKind
from consent.vocabulary import MessageClass, Standing
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
    country=st.sampled_from(["US", "CA", "DE", ""]),
    state=st.sampled_from(["NY", ""]),
    answers_reply=st.booleans(),
)

well_placed = st.builds(
    lambda facts, zones: replace(facts, time_zones=zones),
    st.sampled_from([CLEAR[MessageKind.CAMPAIGN], CLEAR[MessageKind.LIST_AUDIT]]),
    st.lists(st.sampled_from(ZONES[:6]), min_size=1, max_size=3, unique=True).map(tuple),
)
facts = wild | well_placed | st.sampled_from(list(CLEAR.values()))
