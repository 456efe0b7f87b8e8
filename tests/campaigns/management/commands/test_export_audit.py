import hashlib

import pytest
from django.core.management import CommandError, call_command

from consent.models import AuditExport
from tests.builders import a_brand, a_number, a_topic, a_user, an_opted_in_contact
from tests.campaigns.exports import proved

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_command_writes_a_proved_zip_and_a_record(capsys, tmp_path):
    topic = a_topic()
    person = an_opted_in_contact(topic, "+12125550101")
    an_opted_in_contact(topic, "+12125550102")
    a_user("olive")
    output = tmp_path / "audit.zip"
    call_command(
        "export_audit",
        reason="A letter of counsel",
        number="(212) 555-0101",
        topic=[topic.slug],
        brand=[topic.brand.name],
        since="2025-01-01",
        until="2025-12-31T00:00:00-05:00",
        user="olive",
        output=str(output),
    )
    export = AuditExport.objects.get()
    assert (export.contact, export.asked_by.username) == (person, "olive")
    assert export.since.isoformat() == "2025-01-01T05:00:00+00:00"
    assert hashlib.sha256(output.read_bytes()).hexdigest() == export.digest
    assert proved(output)["files"][0]["rows"] == 2
    assert export.digest in capsys.readouterr().out
    assert output.stat().st_mode & 0o777 == 0o600


def test_a_file_of_numbers_may_name_its_column_and_a_slip_is_told_by_its_line(tmp_path):
    person = an_opted_in_contact(a_topic(), "+12125550101")
    numbers, output = tmp_path / "numbers.csv", tmp_path / "audit.zip"
    asked = {"reason": "An audit", "numbers": numbers, "output": str(output)}
    numbers.write_text("Phone number\n(212) 555-0101\n", "utf-8")
    call_command("export_audit", **asked)
    assert AuditExport.objects.get().contact == person
    for text, line in (("+12125550101\nnobody\n", 2), ("n0body\n+12125550101\n", 1)):
        numbers.write_text(text, "utf-8")
        with pytest.raises(CommandError, match=f"^--numbers: Line {line}: "):
            call_command("export_audit", **asked)


def test_options_given_again_ask_for_several(tmp_path):
    acme = a_brand("Acme, Inc.")
    alerts, news = a_topic(), a_topic("acme-news", brand=acme, opt_in_keywords=["NEWS"])
    for topic, number in ((alerts, "12345"), (news, "54321")):
        a_number(topic, number=number)
        an_opted_in_contact(topic)
    asked = ["--topic", "acme-news", "--topic", "example-alerts", "--brand", "Acme, Inc."]
    asked += ["--brand", "Example Corp.", "--short-code", "12345", "--short-code", "54321"]
    output = tmp_path / "audit.zip"
    call_command("export_audit", *asked, reason="An audit", output=str(output))
    manifest = proved(output)
    assert manifest["files"][0]["rows"] == 4
    query = manifest["query"]
    assert [each["slug"] for each in query["topics"]] == ["acme-news", "example-alerts"]
    assert [each["name"] for each in query["brands"]] == ["Acme, Inc.", "Example Corp."]
    assert [each["number"] for each in query["short_codes"]] == ["12345", "54321"]
    assert query["in_words"] == (
        "Records of everybody, about Acme, Inc. news or Example Corp. alerts, of Acme, Inc. or "
        "Example Corp., over 12345 or 54321 (carried: Acme, Inc. news, Example Corp. alerts)."
    )


def test_a_name_that_is_not_known_is_answered_by_what_there_is(tmp_path):
    a_number(a_topic())
    a_number(
        a_topic("acme-news", brand=a_brand("Acme, Inc."), opt_in_keywords=["N"]), number="54321"
    )
    for option, name, said in (
        ("topic", "news", 'There is no topic "news". There are: acme-news, example-alerts.'),
        ("brand", "Acme", 'There is no brand "Acme". There are: Acme, Inc.; Example Corp.'),
        ("short_code", "5432", 'There is no short code "5432". There are: 12345, 54321.'),
    ):
        with pytest.raises(CommandError) as fault:
            call_command(
                "export_audit", reason="x", output=str(tmp_path / "a.zip"), **{option: [name]}
            )
        assert str(fault.value) == said
    assert AuditExport.objects.count() == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"reason": " "}, "Say why with --reason"),
        ({"number": "+12125550199"}, "Nothing is on record of that number."),
        ({"number": "nobody"}, "--number: This has letters in it"),
        ({"topic": ["none"]}, 'There is no topic "none". There are none.'),
        ({"brand": ["none"]}, 'There is no brand "none". There are none.'),
        ({"short_code": ["54321"]}, 'There is no short code "54321". There are none.'),
        ({"user": "none"}, 'There is no user "none".'),
        ({"since": "31/01/2026"}, "--since: write it as 2026-01-31"),
        ({"until": "2026-02-31"}, "--until: write it as 2026-01-31"),
        ({"output": "/nowhere/at/all.zip"}, "There is no folder /nowhere/at."),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(tmp_path, options, said):
    with pytest.raises(CommandError, match=said.replace("(", r"\(")):
        call_command(
            "export_audit",
            **{"reason": "An audit", "output": str(tmp_path / "a.zip"), **options},
        )
    assert AuditExport.objects.count() == 0
