import pytest

from campaigns.clearance import Promise
from campaigns.promised import promised_in
from consent.disclosures import frequency_text
from consent.vocabulary import FrequencyUnit

DAY, WEEK, MONTH = FrequencyUnit.DAY, FrequencyUnit.WEEK, FrequencyUnit.MONTH


@pytest.mark.parametrize(
    ("wording", "promise"),
    [
        ("I agree to texts. 2 msgs/month. Reply STOP.", Promise(2, MONTH)),
        ("1 message per day", Promise(1, DAY)),
        ("Get 3 messages per month", Promise(3, MONTH)),
        ("Up to 4 texts a week", Promise(4, WEEK)),
        ("10 marketing messages each mo.", Promise(10, MONTH)),
        ("2 mensajes al mes", Promise(2, MONTH)),
        ("4 SMS par semaine", Promise(4, WEEK)),
        ("Message frequency varies", Promise()),
        ("Msg frequency may vary", Promise()),
        ("La frecuencia de mensajes varía", Promise()),
        ("2 msgs/week. Msg frequency varies", Promise(2, WEEK)),
        ("1 msg/day, and 2 msgs/month on offers", Promise(2, MONTH)),
        ("I agree to texts.", None),
        ("One-time message", None),
        ("I am over 18 a month from now", None),
        ("0 msgs/month", Promise(0, MONTH)),
        ("", None),
    ],
)
def test_a_promise_is_read_from_the_wording(wording: str, promise: Promise | None) -> None:
    assert promised_in(wording) == promise


@pytest.mark.parametrize("unit", list(FrequencyUnit))
@pytest.mark.parametrize("count", [1, 2, 30])
def test_what_our_own_wordings_say_is_read_back(count: int, unit: FrequencyUnit) -> None:
    assert promised_in(frequency_text(count, unit)) == Promise(count, unit)
    assert promised_in(frequency_text(None)) == Promise()
