import pytest

from consent.disclosures import LANGUAGES, faults, frequency_text
from consent.vocabulary import FrequencyUnit

ENGLISH = (
    "By ticking this box you agree to recurring automated marketing texts from Example Corp. at "
    "this number. Consent is not a condition of purchase. 2 msgs/month. Msg & data rates may "
    "apply. Reply HELP for help, STOP to cancel. Terms: example.com/terms. "
    "Privacy policy: example.com/privacy."
)
SPANISH = (
    "Acepta recibir mensajes automáticos de Example Corp. No es una condición de compra. "
    "2 mensajes al mes. Pueden aplicarse tarifas de mensajes y datos. Responda HELP para ayuda, "
    "STOP para cancelar. Términos: example.com/t. Privacidad: example.com/p."
)
FRENCH = (
    "Vous acceptez des SMS automatisés d'Example Corp. Ce n'est pas une condition d'achat. "
    "2 messages par mois. Des frais de messagerie et de données peuvent s'appliquer. HELP pour "
    "de l'aide, STOP pour arrêter. Conditions : example.com/c. Confidentialité : example.com/p."
)


def codes(wording: str, *, promotional: bool = True, language: str = "en") -> list[str]:
    found = faults(
        wording,
        brand_name="Example Corp.",
        frequency_text="2 msgs/month",
        promotional=promotional,
        language=language,
    )
    return [fault.code for fault in found]


@pytest.mark.parametrize(
    ("wording", "language"),
    [(ENGLISH, "en"), (ENGLISH, "en-US"), (SPANISH, "es"), (FRENCH, "fr")],
)
def test_a_complete_call_to_action_has_no_fault(wording: str, language: str) -> None:
    assert codes(wording, language=language) == []


def test_an_empty_wording_leaves_out_everything_in_order() -> None:
    informational = ["brand", "frequency", "rates", "stop", "help", "terms", "privacy"]
    assert codes("", promotional=False) == informational
    assert codes("") == [*informational, "automated", "no_condition"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Example Corp.", "brand"),
        ("2 msgs/month. ", "frequency"),
        ("Msg & data rates may apply. ", "rates"),
        ("STOP", "stop"),
        ("Reply HELP for help", "help"),
        ("Terms: ", "terms"),
        ("Privacy policy: example.com/privacy.", "privacy"),
        ("recurring automated ", "automated"),
        ("Consent is not a condition of purchase. ", "no_condition"),
    ],
)
def test_each_element_left_out_is_named(said: str, code: str) -> None:
    wording = ENGLISH.replace(said, "").replace("example.com/terms", "example.com/t")
    assert codes(wording) == [code]


def test_another_number_than_the_one_promised_is_a_fault() -> None:
    assert codes(ENGLISH.replace("2 msgs/month", "4 msgs/month")) == ["frequency"]
    assert codes(ENGLISH.replace("2 msgs/month", "up to 2 messages per month")) == []


def test_a_language_that_we_cannot_read_is_said_to_need_a_reader() -> None:
    assert codes("Tekst", language="nl") == ["language.unknown"]
    assert sorted(LANGUAGES) == ["en", "es", "fr"]


@pytest.mark.parametrize(
    ("count", "unit", "text"),
    [
        (2, FrequencyUnit.MONTH, "2 msgs/month"),
        (1, "week", "1 msg/week"),
        (1, FrequencyUnit.DAY, "1 msg/day"),
        (None, FrequencyUnit.MONTH, "Msg frequency varies"),
        (None, "", "Msg frequency varies"),
        (3, "varies", "Msg frequency varies"),
    ],
)
def test_a_promised_frequency_is_said_as_texts_do(
    count: int | None, unit: FrequencyUnit | str, text: str
) -> None:
    assert frequency_text(count, unit) == text
