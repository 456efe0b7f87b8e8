"""How a list comes to be read: by itself, or as a person settles it."""

import io

import pytest
from django.utils import timezone

from consent.importing import list_mappings
from consent.importing.effects import effects
from consent.importing.survey import HEAD, Choice
from consent.models import ContactImport, OptInEvent, Suppression
from consent.vocabulary import ImportState, ListKind, RowOutcome
from tests.builders import a_topic
from tests.consent.importing.lists import LISTS, a_list, a_row, applied, previewed

pytestmark = pytest.mark.django_db

OF_SUPPRESSIONS = {"holds": ListKind.SUPPRESSIONS}


def drawn():
    from consent.importing.previewing import Drawn

    return Drawn("National Do Not Call Registry", timezone.localdate())


def questions(taken: ContactImport) -> list[str]:
    return [about for about, _ in taken.survey["questions"]]


def mapped(taken: ContactImport, **said) -> ContactImport:
    from consent.importing import previewing

    choice = Choice.of({**taken.mapping, **said})
    assert list_mappings.choose(taken, choice)
    previewing.preview(taken.pk)
    taken.refresh_from_db()
    return taken


@pytest.mark.parametrize(
    ("data", "number"),
    [
        (b"201,5550123\n212,5550101\n", "+12015550123"),
        (b"2015550123\r\n2125550101\r\n", "+12015550123"),
        (b"\n(201) 555-0123\n(212) 555-0101", "+12015550123"),
    ],
)
def test_a_registry_without_header_is_read_as_it_comes(data, number):
    taken = applied(io.BytesIO(data), drawn=drawn(), **OF_SUPPRESSIONS)
    assert (taken.state, taken.counts) == (ImportState.APPLIED, {"new": 2})
    assert taken.mapped_as == "Numbers alone, without a header"
    numbers = Suppression.objects.values_list("contact__number", flat=True)
    assert sorted(numbers) == [number, "+12125550101"]


def test_people_who_left_may_be_bare_numbers_too_but_never_consents():
    data = b"2015550123\n2125550101\n"
    assert applied(io.BytesIO(data), holds=ListKind.OPT_OUTS).counts == {"new": 2}
    taken = previewed(io.BytesIO(data), topic=a_topic())
    assert (taken.state, questions(taken)) == (ImportState.NEEDS_MAPPING, ["columns"])


def test_a_list_without_header_that_holds_more_than_numbers_is_asked_of():
    file = io.BytesIO(b"2015550123,Anna\n2125550101,Bob\n")
    taken = previewed(file, drawn=drawn(), **OF_SUPPRESSIONS)
    assert (taken.state, questions(taken)) == (ImportState.NEEDS_MAPPING, ["columns"])
    assert mapped(taken, columns={"phone": "column 1"}, headed=False).counts == {"new": 2}


def test_a_column_of_area_codes_completes_only_numbers_that_lack_one():
    file = a_list("212,5550101", "212,201-555-0123", header="area code,phone")
    taken = applied(file, holds=ListKind.OPT_OUTS)
    numbers = OptInEvent.objects.values_list("contact__number", flat=True)
    assert (taken.counts, sorted(numbers)) == ({"new": 2}, ["+12015550123", "+12125550101"])


def test_the_profiles_of_a_contact_manager_are_read_once_their_time_zone_is_said():
    taken = previewed((LISTS / "crm_profiles.csv").open("rb"), topic=a_topic())
    assert (taken.state, questions(taken)) == (ImportState.NEEDS_MAPPING, ["zone"])
    mapped(taken, time_zone="America/New_York")
    said = "The list itself says that this person left."
    assert taken.import_rows.filter(reason=said).count() == 195
    said = "The list itself does not say that this person agreed."
    assert taken.import_rows.filter(reason=said).count() == 97
    row = taken.import_rows.get(line=2)
    assert (row.outcome, row.occurred_at.isoformat()) == ("new", "2026-05-01T09:54:52+00:00")


def test_a_spreadsheet_with_the_day_first_is_asked_for_form_and_zone():
    a_topic("acme-alerts"), a_topic("acme-offers")
    taken = previewed((LISTS / "excel_unicode_text.txt").open("rb"))
    assert questions(taken) == ["dates", "zone"]
    assert "can only be day first" in taken.survey["questions"][0][1]
    mapped(taken, date_form="dmy", time_zone="Europe/Paris")
    assert taken.state == ImportState.PREVIEWED
    no_proof = taken.import_rows.filter(outcome=RowOutcome.NO_PROOF)
    assert (no_proof.count(), taken.rows) == (0, 250)


def test_what_nobody_knows_is_left_out():
    file = a_list(a_row(), a_row("+12125550102", at="03/04/2025 10:00"))
    a_topic()
    taken = previewed(file)
    assert questions(taken) == ["dates", "zone"]
    mapped(taken, date_form="unknown", time_zone="unknown")
    assert (taken.state, taken.counts) == (ImportState.PREVIEWED, {"new": 1, "no_proof": 1})


def test_a_date_that_does_not_fit_the_form_is_never_turned_round():
    a_topic()
    rows = [a_row(at="25/04/2025 10:00"), a_row("+12125550102", at="04/25/2025 10:00")]
    taken = previewed(a_list(*rows))
    assert "rows of one form stay out" in taken.survey["questions"][0][1]
    mapped(taken, date_form="dmy", time_zone="UTC")
    assert taken.counts == {"new": 1, "no_proof": 1}
    assert taken.import_rows.get(line=3).reason == (
        "The date is not written as was said of the list (day first)."
    )


def test_what_is_unclear_far_below_the_first_rows_is_asked_too():
    a_topic()
    header = "phone,topic,consented_at,source,status"
    good = [f"{a_row(f'+1212555{n:04d}')},subscribed" for n in range(HEAD + 50)]
    late = [f"{a_row('+12135550101', at='2025-01-01 10:00')},subscribed"]
    word = [f"{a_row('+12135550102')},Maybe so"]
    taken = previewed(a_list(*good, *late, *word, header=header))
    assert (taken.state, questions(taken)) == (ImportState.NEEDS_MAPPING, ["zone", "words"])
    assert (taken.rows, taken.import_rows.count()) == (0, 0)
    (status,) = [each for each in taken.survey["columns"] if each["name"] == "status"]
    assert status["words"]["maybe so"] == ["Maybe so", 1]
    mapped(taken, time_zone="UTC", words={"maybe so": "neither"})
    assert taken.state == ImportState.PREVIEWED
    assert taken.import_rows.get(line=HEAD + 52).outcome == "new"
    assert taken.import_rows.get(line=HEAD + 53).outcome == "no_proof"


def test_two_columns_of_numbers_are_not_chosen_between():
    header = "phone,mobile,topic,consented_at,source"
    a_topic()
    taken = previewed(a_list(f"+12015550123,{a_row()}", header=header))
    assert (taken.state, questions(taken)) == (ImportState.NEEDS_MAPPING, ["columns"])
    said = {"phone": "mobile", "topic": "topic", "consented_at": "consented_at", "source": "source"}
    assert mapped(taken, columns=said).counts == {"new": 1}
    assert taken.import_rows.get().number == "+12125550101"


def test_an_export_says_which_of_its_columns_is_meant():
    header = "Record ID,Phone Number,Mobile Phone Number,Lifecycle Stage,Consented at,Source"
    row = "77,+12015550123,+12125550101,lead,2025-01-01T00:00:00Z,web form"
    taken = previewed(a_list(row, header=header), topic=a_topic())
    assert (taken.mapped_as, taken.counts) == ("Export of HubSpot contacts", {"new": 1})
    found = taken.import_rows.get()
    assert (found.number, found.external_id) == ("+12125550101", "77")


def test_a_mapping_is_chosen_for_a_list_by_name():
    topic, header = a_topic(), ["column 1", "column 2", "column 3"]
    choice = Choice(
        {"phone": "column 2", "consented_at": "column 1", "source": "column 3"},
        {},
        "mdy",
        "America/Chicago",
        headed=False,
    )
    saved = list_mappings.save_as("Till", choice, header, holds="consents", why="Test")
    data = b"03/04/2025 10:00,2125550101,till\n"
    taken = previewed(io.BytesIO(data), topic=topic, mapping=saved)
    assert (taken.state, taken.counts) == (ImportState.PREVIEWED, {"new": 1})
    assert taken.import_rows.get().occurred_at.isoformat() == "2025-03-04T16:00:00+00:00"
    unasked = previewed(io.BytesIO(data), topic=topic)
    assert unasked.state == ImportState.NEEDS_MAPPING


def test_a_mapping_is_recognised_whatever_the_order_and_case_of_its_columns():
    topic = a_topic()
    choice = Choice({"phone": "Ruf", "consented_at": "Wann", "source": "Wie"})
    saved = list_mappings.save_as(
        "Vendor", choice, ["Ruf", "Wann", "Wie"], holds="consents", why="Test"
    )
    file = a_list("till,+12125550101,2025-01-01T00:00:00Z", header="wie,RUF,wann")
    taken = previewed(file, topic=topic)
    assert (taken.saved_mapping, taken.counts) == (saved, {"new": 1})
    opt_outs = previewed(a_list("till,+12125550101,x", header="wie,RUF,wann"), holds="opt_outs")
    assert opt_outs.state == ImportState.NEEDS_MAPPING


def test_a_preview_says_how_the_no_of_a_list_is_kept():
    header = "phone,topic,consented_at,source,status"
    a_topic()
    rows = [f"{a_row()},subscribed", f"{a_row('+12125550102')},unsubscribed"]
    taken = previewed(a_list(*rows, header=header))
    assert (
        "1 row says that the person left. To keep their no, bring the same file as a list of "
        "people who left."
    ) in effects(taken)


def test_dates_of_people_who_left_hold_nothing_up_and_may_be_settled_in_the_preview():
    file = (LISTS / "opt_outs_from_last_vendor.csv").open("rb")
    taken = previewed(file, holds=ListKind.OPT_OUTS)
    (said,) = [each for each in effects(taken) if "when they left" in each]
    assert said.startswith("Of 500 of them it is unclear when they left")
    mapped(taken, date_form="mdy", time_zone="America/New_York")
    assert taken.counts == {"new": 500}
    assert not [each for each in effects(taken) if "when they left" in each]
    row = taken.import_rows.get(line=2)
    assert row.occurred_at.isoformat() == "2026-08-14T16:41:00+00:00"


def test_a_mapping_that_was_changed_by_hand_is_no_longer_called_the_kept_one():
    topic = a_topic()
    header = ["Ruf", "Wann", "Wie"]
    choice = Choice({"phone": "Ruf", "consented_at": "Wann", "source": "Wie"})
    list_mappings.save_as("Vendor", choice, header, holds="consents", why="Test")
    rows = "+12125550101,2025-01-01T00:00:00Z,till"
    taken = previewed(a_list(rows, header=",".join(header)), topic=topic)
    assert taken.saved_mapping is not None
    mapped(taken, time_zone="UTC")
    assert (taken.saved_mapping, taken.mapped_as) == (None, "By a person")
