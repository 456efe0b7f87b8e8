import smsutil
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.sms_parts import GSM_BASIC, GSM_EXTENSION, Parts, beyond_gsm, parts

GSM = st.sampled_from(sorted(GSM_BASIC | GSM_EXTENSION))
ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\x1b")


def test_parts_at_every_boundary() -> None:
    assert parts("") == Parts("GSM-7", 0, 1)
    assert parts("a" * 160) == Parts("GSM-7", 160, 1)
    assert parts("a" * 161) == Parts("GSM-7", 161, 2)
    assert parts("a" * 306) == Parts("GSM-7", 306, 2)
    assert parts("a" * 307) == Parts("GSM-7", 307, 3)
    assert parts("€" * 80) == Parts("GSM-7", 160, 1)
    assert parts("ж" * 70) == Parts("UCS-2", 70, 1)
    assert parts("ж" * 71) == Parts("UCS-2", 71, 2)
    assert parts("😀" * 35) == Parts("UCS-2", 70, 1)
    assert parts("a€ç") == Parts("UCS-2", 3, 1)


def test_an_escaped_character_is_never_split_over_two_parts() -> None:
    assert parts("a" * 152 + "€" + "a" * 152) == Parts("GSM-7", 306, 3)
    assert parts("a" * 151 + "€" + "a" * 153) == Parts("GSM-7", 306, 2)


def test_a_surrogate_pair_is_never_split_over_two_parts() -> None:
    assert parts("ж" * 66 + "😀" + "ж" * 66) == Parts("UCS-2", 134, 3)


def test_the_characters_that_cost_are_named_once_each() -> None:
    assert beyond_gsm("“é” “") == ("“", "”")


@given(st.text(GSM, min_size=1, max_size=700) | st.text(ANY, min_size=1, max_size=400))
@example("a" * 152 + "€" + "a" * 152)
def test_parts_agree_with_another_implementation(text: str) -> None:
    other = smsutil.split(text)
    ours = parts(text)
    width = 1 if ours.encoding == "GSM-7" else 2
    assert (ours.encoding == "GSM-7", ours.units * width, ours.parts) == (
        other.encoding == "gsm0338",
        other.total_bytes,
        max(len(other.parts), 1),
    )
