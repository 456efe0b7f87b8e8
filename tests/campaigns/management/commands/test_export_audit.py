import hashlib

import pytest
from django.core.management import CommandError, call_command

from consent.models import AuditExport
from tests.builders import a_topic, a_user, an_opted_in_contact
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
        topic=topic.slug,
        brand=topic.brand.name,
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


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"reason": " "}, "Say why with --reason"),
        ({"number": "+12125550199"}, "Nothing is on record of that number."),
        ({"number": "nobody"}, "--number: This has letters in it"),
        ({"topic": "none"}, 'There is no topic "none".'),
        ({"brand": "none"}, 'There is no brand "none".'),
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
