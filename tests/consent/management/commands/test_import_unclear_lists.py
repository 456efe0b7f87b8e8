"""Lists that can be read in several ways, at the command."""

import json
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from consent.importing import list_mappings
from consent.importing.survey import Choice
from consent.models import ContactImport, OptInEvent
from consent.vocabulary import ImportState
from tests.builders import a_topic
from tests.consent.importing.lists import LISTS

pytestmark = pytest.mark.django_db


def run(capsys, *args):
    call_command("import_contacts", *map(str, args))
    return capsys.readouterr().out


CRM = LISTS / "crm_profiles.csv"


def test_what_is_unclear_is_named_with_the_option_that_settles_it():
    a_topic()
    with pytest.raises(CommandError) as caught:
        call_command("import_contacts", str(CRM), "--topic", "example-alerts")
    assert str(caught.value).splitlines() == [
        (
            "Nothing was imported. Times of this list do not say their time zone: say in which one "
            "they were kept."
        ),
        "Give --time-zone, e.g. America/New_York or UTC. Or give --leave, and say it in the admin.",
    ]
    taken = ContactImport.objects.get()
    assert (taken.state, bool(taken.file), taken.survey) == (ImportState.FAILED, False, {})


def test_options_settle_how_dates_and_times_are_written(capsys):
    a_topic("acme-alerts"), a_topic("acme-offers")
    excel = LISTS / "excel_unicode_text.txt"
    with pytest.raises(CommandError, match=r"Give --dates dmy, mdy or ymd\. Give --time-zone"):
        call_command("import_contacts", str(excel))
    told = json.loads(run(capsys, excel, "--dates", "dmy", "--time-zone", "UTC", "--json"))
    assert (told["rows"], told.get("no_proof")) == (250, None)
    with pytest.raises(CommandError, match="Mars/Base is no time zone"):
        call_command("import_contacts", str(excel), "--time-zone", "Mars/Base")


def test_an_unclear_list_may_be_left_to_be_mapped_in_the_admin(capsys):
    a_topic()
    said = run(capsys, CRM, "--topic", "example-alerts", "--leave")
    taken = ContactImport.objects.get()
    assert said.splitlines()[-1] == f"Contact import #{taken.pk} waits to be mapped."
    assert (taken.state, bool(taken.file)) == (ImportState.NEEDS_MAPPING, True)


def test_a_mapping_is_named_for_a_list(capsys, tmp_path):
    a_topic()
    choice = Choice({"phone": "column 1", "consented_at": "column 3", "source": "column 2"})
    header = ["column 1", "column 2", "column 3"]
    list_mappings.save_as(
        "Till",
        replace(choice, headed=False, date_form="dmy", time_zone="Europe/London"),
        header,
        holds="consents",
        why="Test",
    )
    (tmp_path / "a.csv").write_text("2125550101,till,03/04/2025\n")
    args = (tmp_path / "a.csv", "--topic", "example-alerts", "--mapping")
    assert json.loads(run(capsys, *args, "Till", "--json")) == {"rows": 1, "new": 1}
    assert OptInEvent.objects.get().occurred_at.isoformat() == "2025-04-02T23:00:00+00:00"
    with pytest.raises(CommandError, match=r'no mapping "Shop"\. Mappings: Till\.'):
        run(capsys, *args, "Shop")
    with pytest.raises(CommandError, match='"Till" is of lists that hold consents'):
        run(capsys, *args, "Till", "--holds", "opt_outs")
