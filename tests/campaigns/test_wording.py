import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.wording import (
    DEFAULTS,
    SHORTENERS,
    UnknownPlaceholder,
    lint,
    placeholders_in,
    program_name,
    render,
    values_for,
)
from consent.vocabulary import FrequencyUnit, MessageClass

EXAMPLE = {
    "brand": "Example Corp.",
    "topic": "alerts",
    "message_class": MessageClass.TRANSACTIONAL,
    "frequency_count": 2,
    "frequency_unit": FrequencyUnit.MONTH,
    "email": "help@example.com",
    "phone": "202-555-0199",
}


def rendered(name: str, **changed: object) -> str:
    return render(DEFAULTS[name], values_for(**(EXAMPLE | changed)))


def codes(text: str, **asked: object) -> list[str]:
    return [finding.code for finding in lint(text, values_for(**EXAMPLE), **asked)]


def test_the_default_confirmation_request_reads_as_laid_down() -> None:
    assert rendered("confirmation_request") == (
        "Text YES to join Example Corp. alerts. 2 msgs/month. Msg & data rates may apply. "
        "Reply HELP for help, STOP to cancel."
    )


def test_the_default_help_reply_reads_as_laid_down() -> None:
    assert rendered("help_reply") == (
        "HELP: Example Corp. alerts: email help@example.com or call 202-555-0199. 2 msgs/month. "
        "Msg & data rates may apply. Reply STOP to cancel."
    )


def test_the_default_stop_confirmation_reads_as_laid_down() -> None:
    assert rendered("stop_confirmation") == (
        "STOP: You're unsubscribed from Example Corp. alerts. No more messages will be sent. "
        "Reply HELP, email help@example.com, or call 202-555-0199 for more info."
    )


def test_the_default_welcome_reads_as_laid_down() -> None:
    assert rendered("welcome") == (
        "You're subscribed to Example Corp. alerts. Msg & data rates may apply. "
        "Reply HELP for help, STOP to unsubscribe."
    )


def test_the_default_list_audit_says_that_one_is_subscribed_and_how_to_leave() -> None:
    assert rendered("list_audit") == (
        "Example Corp. alerts: you're still subscribed. 2 msgs/month. Msg & data rates may apply. "
        "Reply HELP for help, STOP to unsubscribe."
    )


@pytest.mark.parametrize(
    ("missing", "help_reply", "more_info"),
    [
        (
            {"email": ""},
            "HELP: Example Corp. alerts: call 202-555-0199. 2 msgs/month.",
            "Reply HELP or call 202-555-0199 for more info.",
        ),
        (
            {"phone": ""},
            "HELP: Example Corp. alerts: email help@example.com. 2 msgs/month.",
            "Reply HELP or email help@example.com for more info.",
        ),
        (
            {"email": "", "phone": ""},
            "HELP: Example Corp. alerts. 2 msgs/month.",
            "Reply HELP for more info.",
        ),
    ],
)
def test_help_and_stop_read_well_without_mail_or_phone(
    missing: dict[str, str], help_reply: str, more_info: str
) -> None:
    assert rendered("help_reply", **missing).startswith(help_reply)
    assert rendered("stop_confirmation", **missing).endswith(f"will be sent. {more_info}")


def test_a_frequency_that_varies_is_said_so() -> None:
    text = rendered("welcome", frequency_count=None, frequency_unit="")
    assert text == rendered("welcome")
    assert ". Msg frequency varies. Msg & data" in rendered(
        "help_reply", frequency_count=None, frequency_unit="varies"
    )


def test_a_name_that_ends_with_a_full_stop_is_not_followed_by_another() -> None:
    values = values_for(**EXAMPLE)
    assert render("News from {brand}. Bye.", values) == "News from Example Corp. Bye."
    assert render("From {brand}... soon", values) == "From Example Corp.... soon"


def test_an_empty_value_closes_up_the_sentence() -> None:
    assert render("Call: {phone}!", {}) == "Call!"
    assert render("Text {keyword} to us", {}) == "Text to us"
    assert render("{email}", {}) == ""


def test_a_topic_without_a_name_goes_by_its_class() -> None:
    values = values_for(**(EXAMPLE | {"topic": "", "message_class": MessageClass.PROMOTIONAL}))
    assert render("{program}/{class}", values) == "Example Corp. offers/offers"


def test_a_topic_named_after_its_brand_is_not_named_twice() -> None:
    assert program_name("Acme", "Acme alerts") == "Acme alerts"
    assert program_name("Acme", "alerts") == "Acme alerts"


def test_an_unknown_placeholder_names_the_known_ones() -> None:
    with pytest.raises(UnknownPlaceholder) as refused:
        render("Hi {first_name}", {})
    assert str(refused.value).startswith("Nothing fills {first_name}: use one of {brand}, ")
    assert "keyword" in refused.value.known


def test_placeholders_are_named_in_order_and_each_once() -> None:
    assert placeholders_in("{brand} {odd one} {brand} {topic} {") == ("brand", "odd one", "topic")


def test_no_default_has_a_fault() -> None:
    for template in DEFAULTS.values():
        assert codes(template, brand_name="Example Corp.", campaign=True) == []


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("", ["text.empty"]),
        ("{nobody}", ["placeholder.unknown"]),
        ("x" * 1600, []),
        ("x" * 1601, ["length.too_long"]),
        ("é" * 800 + "|" * 401, ["length.too_long"]),
        ("ж" * 630, ["characters.beyond_gsm"]),
        ("ж" * 631, ["length.too_long", "characters.beyond_gsm"]),
        ("See https://bit.ly/2x", ["link.shortener"]),
        ("See HTTP://BIT.LY.", ["link.shortener"]),
        ("See my.app.link/a and t.co/b", ["link.shortener", "link.shortener"]),
        ("See https://walmart.com/t.co.html", []),
    ],
)
def test_faults_of_a_text_are_found(template: str, found: list[str]) -> None:
    assert codes(template) == found


@pytest.mark.parametrize(
    ("frequency", "found"),
    [("Msg frequency varies", ["frequency.varies"]), ("2 msgs/month", [])],
)
def test_a_topic_that_promises_no_number_is_warned_of(frequency: str, found: list[str]) -> None:
    findings = lint("Example Corp.: sale", {"frequency": frequency}, campaign=True)
    assert [finding.code for finding in findings] == found


def test_the_warning_names_the_characters_that_cost() -> None:
    (finding,) = lint("It\u2019s \u201cnew\u201d", {})
    assert finding.sentence.startswith(
        "These characters more than halve what fits in a part: \u2019 \u201c \u201d."
    )
    assert not finding.stops


def test_a_campaign_says_who_is_writing() -> None:
    asked = {"brand_name": "Example Corp.", "campaign": True}
    assert codes("Sale today", **asked) == ["brand.missing"]
    assert codes("{brand}: sale today", **asked) == []
    assert codes("EXAMPLE CORP.: sale today", **asked) == []


@pytest.mark.parametrize("host", sorted(SHORTENERS))
def test_every_shortener_is_found(host: str) -> None:
    assert codes(f"Look: {host}/x") == ["link.shortener"]


@given(st.text(), st.text(), st.text())
def test_text_without_placeholders_is_left_as_it_is(before: str, value: str, after: str) -> None:
    before, after = (part.replace("{", "").replace("}", "") for part in (before, after))
    assert render(before, {}) == before
    assert value.strip(" .:,-") in render(before + "{topic}" + after, {"topic": value})
