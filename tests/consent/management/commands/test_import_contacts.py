import json

import pytest
from django.core.management import CommandError, call_command

from consent.models import Contact, ContactImport, ImportAttestation, OptInEvent, Suppression
from consent.vocabulary import ImportState, Place
from tests.builders import a_disclosure, a_topic, a_user
from tests.consent.importing.lists import LISTS, a_list, a_row

pytestmark = pytest.mark.django_db


def run(capsys, *args):
    call_command("import_contacts", *map(str, args))
    return capsys.readouterr().out


def test_the_spring_list_gives_exactly_the_expected_tallies(capsys):
    a_topic("acme-alerts"), a_topic("acme-offers")
    expected = json.loads((LISTS / "expected.json").read_text())["spring_signup.csv"]
    spring = LISTS / "spring_signup.csv"
    assert json.loads(run(capsys, spring, "--topic", "acme-alerts", "--json")) == expected
    assert OptInEvent.objects.count() == expected["new"]

    again = json.loads(run(capsys, spring, "--topic", "acme-alerts", "--json"))
    assert again == {**{k: n for k, n in expected.items() if k != "new"}, "known": expected["new"]}
    assert OptInEvent.objects.count() == expected["new"]


@pytest.mark.parametrize(
    "name", ["empty", "no_header", "ragged", "nul_bytes", "broken_quotes", "not_a_list"]
)
def test_an_unreadable_file_ends_with_a_sentence(name):
    a_topic("acme-alerts")
    with pytest.raises(CommandError, match=r"Nothing was imported\. \w.+\.|phone,topic"):
        call_command("import_contacts", str(LISTS / f"{name}.csv"), "--topic", "acme-alerts")
    assert Contact.objects.count() == 0
    assert ContactImport.objects.get().state == ImportState.FAILED


def test_a_dry_run_changes_nothing(capsys, tmp_path):
    a_topic()
    (tmp_path / "a.csv").write_bytes(a_list(a_row()).getvalue())
    said = run(capsys, tmp_path / "a.csv", "--dry-run")
    assert said.splitlines() == [
        "a.csv: Text in UTF-8, divided by commas. Preview:",
        "  1 person is opted in to Example Corp. alerts, with the row as proof.",
        "  Nothing is sent by this. Later campaigns and list audits reach this person.",
        "1 rows in a.csv",
        "           1  new",
        "Nothing was changed: this was a dry run.",
    ]
    assert Contact.objects.count() == 0
    assert ContactImport.objects.get().state == ImportState.DISCARDED


def test_the_import_names_the_member_of_staff(capsys, tmp_path):
    a_topic()
    officer = a_user("olive")
    (tmp_path / "a.csv").write_bytes(a_list(a_row()).getvalue())
    run(capsys, tmp_path / "a.csv", "--user", "olive")
    taken = ContactImport.objects.get()
    assert (taken.uploaded_by, taken.confirmed_by) == (officer, officer)
    assert OptInEvent.objects.get().recorded_by == officer


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nowhere.csv"], "nowhere.csv: No such file or directory"),
        (["a.csv", "--topic", "none"], 'There is no topic "none". Topics: example-alerts.'),
        (["a.csv", "--user", "none"], 'There is no user "none".'),
    ],
)
def test_what_does_not_exist_is_named(args, said):
    a_topic()
    with pytest.raises(CommandError, match=said):
        call_command("import_contacts", *args)


def test_a_preview_may_be_left_for_the_admin(capsys, tmp_path):
    a_topic()
    a_user("olive")
    (tmp_path / "a.csv").write_bytes(a_list(a_row()).getvalue())
    said = run(capsys, tmp_path / "a.csv", "--as", "olive", "--leave")
    taken = ContactImport.objects.get()
    assert said.splitlines()[-1] == f"Contact import #{taken.pk} waits to be confirmed."
    assert (taken.state, taken.uploaded_by.username) == (ImportState.PREVIEWED, "olive")
    assert Contact.objects.count() == 0


def test_who_left_is_opted_out_by_the_command_too(capsys):
    a_topic("acme-alerts")
    said = run(
        capsys,
        LISTS / "opt_outs_from_last_vendor.csv",
        *("--holds", "opt_outs", "--topic", "acme-alerts", "--json"),
    )
    assert json.loads(said) == {"rows": 500, "new": 500}


def test_a_suppression_list_names_itself_and_its_end(capsys, tmp_path):
    (tmp_path / "dnc.csv").write_bytes(b"phone\n+12125550101\n")
    said = run(
        capsys,
        *(tmp_path / "dnc.csv", "--holds", "suppressions", "--list-name", "Texas DNC"),
        *("--list-date", "2025-03-01", "--expires", "2097-03-31"),
    )
    assert said.splitlines() == [
        "dnc.csv: Text in UTF-8, divided by commas. Preview:",
        "  1 number gets no texts of any topic up to March 31, 2097, whoever agreed.",
        "  Texts that still wait to go to these people are not sent.",
        "1 rows in dnc.csv",
        "           1  new",
        f"Applied as contact import #{ContactImport.objects.get().pk}.",
    ]
    assert Suppression.objects.get().reason.startswith("Texas DNC of 2025-03-01. Line 2 of")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--holds", "suppressions"], "Say by --list-name whose suppression list it is."),
        (
            ["--holds", "suppressions", "--list-name", "A", "--expires", "2025-01-01"],
            "The day of --expires is over: the list would bar nothing.",
        ),
        (
            ["--list-name", "A"],
            "--list-name, --list-date and --expires go with suppressions alone.",
        ),
    ],
)
def test_a_suppression_list_says_whence_and_how_long(tmp_path, words, fault):
    (tmp_path / "dnc.csv").write_bytes(b"phone\n+12125550101\n")
    with pytest.raises(CommandError) as said:
        call_command("import_contacts", str(tmp_path / "dnc.csv"), *words)
    assert str(said.value) == fault
    assert ContactImport.objects.count() == 0


@pytest.fixture
def fair(tmp_path):
    """Give a list of bare numbers, what is said of it, and who says it."""
    a_user("lisa", first_name="Lisa", last_name="Listwright")
    (tmp_path / "fair.csv").write_bytes(a_list("+12125550101", header="phone").getvalue())
    (tmp_path / "sheet.pdf").write_bytes(b"%PDF-1.7")
    return [
        *(tmp_path / "fair.csv", "--topic", "example-alerts", "--source", "paper_form"),
        *("--basis", "express_written", "--agreed-on", "2025-03-04"),
        *("--time-zone", "America/New_York", "--disclosure", "1"),
        *("--proof", tmp_path / "sheet.pdf", "--as", "lisa"),
    ]


def test_one_consent_is_attested_for_all_rows(capsys, fair):
    wording = a_disclosure(a_topic(), place=Place.PAPER_FORM)
    said = run(capsys, *fair, "--attested-by", "Lisa Listwright")
    made = ImportAttestation.objects.get()
    assert said.startswith(
        f"{made.words}\n\nAttested by Lisa Listwright as attestation #{made.pk}."
    )
    event = OptInEvent.objects.get()
    assert (event.legal_basis, event.source, event.disclosure) == (
        *("express_written", "paper_form"),
        wording,
    )
    assert event.occurred_at.isoformat() == "2025-03-04T05:00:00+00:00"
    assert made.proofs.get().file.read() == b"%PDF-1.7"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ((), "give --attested-by NAME"),
        (("--attested-by", "Liz"), r"Nothing was imported\. --attested-by: This is not your name"),
        (("--attested-by", "Lisa Listwright", "--disclosure", "7"), "--disclosure: No published"),
        (("--attested-by", "Lisa Listwright", "--proof", "/none.pdf"), "/none.pdf: No such file"),
        (("--attested-by", "Lisa Listwright", "--as", ""), "There is no user|named by --as"),
    ],
)
def test_what_nobody_can_attest_imports_nothing(fair, more, says):
    a_disclosure(a_topic(), place=Place.PAPER_FORM)
    with pytest.raises(CommandError, match=says):
        call_command("import_contacts", *map(str, [*fair, *more]))
    assert (OptInEvent.objects.count(), ImportAttestation.objects.count()) == (0, 0)
    assert set(ContactImport.objects.values_list("state", flat=True)) <= {ImportState.DISCARDED}
