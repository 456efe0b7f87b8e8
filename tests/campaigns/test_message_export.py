import hashlib
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile

from campaigns import claiming, outbox
from campaigns.house_policy import rulebook_to_read
from campaigns.models import Reply
from campaigns.vocabulary import Meaning, MessageKind, ReplyState
from consent import clock
from consent.importing import applying, attestations, previewing
from consent.importing.attestations import Stated
from consent.models import Evidence
from consent.vocabulary import EventKind, ExportState, Source
from tests.builders import (
    LONG_AGO,
    a_brand,
    a_contact,
    a_disclosure,
    a_number,
    a_topic,
    a_user,
    an_event,
    an_opted_in_contact,
    some_evidence,
)
from tests.campaigns.exports import built, proved, sheet
from tests.consent.importing.lists import a_list, a_row, applied

pytestmark = pytest.mark.django_db(transaction=True)


def events_in(export):
    return [int(row["event"]) for row in sheet(export, "consents.csv")]


def test_an_export_tells_who_agreed_when_how_and_in_which_words():
    topic = a_topic()
    wording = a_disclosure(topic)
    person = a_contact("+12125550101")
    event = an_event(
        person,
        EventKind.OPTED_IN,
        topic,
        disclosure=wording.pk,
        occurred_at=LONG_AGO,
        recorded_by=a_user("olive").pk,
        evidence=some_evidence(words_shown=wording.wording, form_fields={"agree": "on"}),
    )
    export = built()
    [row] = sheet(export, "consents.csv")
    wanted = {
        "event": str(event.pk),
        "number": "'+12125550101",
        "topic": "example-alerts",
        "brand": "Example Corp.",
        "kind": "opted_in",
        "source": "web_form",
        "legal_basis": "express_written",
        "occurred_at": "2025-03-04T15:00:00Z",
        "recorded_by": "olive",
        "disclosure_version": "1",
        "words_shown": wording.wording,
        "ip_address": "192.0.2.7",
        "user_agent": "A browser",
        "page": "/join/example-alerts/",
        "form_fields": '{"agree": "on"}',
    }
    assert {name: row[name] for name in wanted} == wanted
    assert row["evidence_digest"] == bytes(event.evidence_digest).hex()
    assert [each["wording"] for each in sheet(export, "disclosures.csv")] == [wording.wording]


def test_an_export_tells_what_was_seen_as_far_as_evidence_is_kept():
    topic = a_topic()
    wording = a_disclosure(topic)
    row = some_evidence(words_shown="", list_row='{"phone":"2125550101"}')
    for evidence in (row, some_evidence(words_shown="I agree"), some_evidence(), None):
        an_event(a_contact(), EventKind.OPTED_IN, topic, disclosure=wording.pk, evidence=evidence)
    Evidence.objects.order_by("-pk")[0].delete()
    told = [(row["words_shown"], row["list_row"]) for row in sheet(built(), "consents.csv")]
    assert told == [
        (wording.wording, '{"phone":"2125550101"}'),
        ("I agree", ""),
        ("", ""),
        ("", ""),
    ]
    kept = [evidence.words for evidence in Evidence.objects.order_by("pk")]
    assert kept == [wording.wording, "I agree"]


def test_an_export_tells_every_message_with_its_clearance(business_hours):
    topic = a_topic()
    number = a_number(topic)
    person = an_opted_in_contact(topic, "+12125550101")
    stranger = a_contact("+12125550102")
    for contact in (person, stranger):
        outbox.enqueue(kind=MessageKind.LIST_AUDIT, contact=contact, topic=topic)
    claiming.claim(number.pk, "a worker")
    export = built()
    sent, refused = sheet(export, "messages.csv")
    assert (sent["number"], sent["status"], sent["decision"]) == (
        "'+12125550101",
        "sending",
        "clear",
    )
    assert sent["authorised_kind"] == "confirmed"
    assert sent["text"].startswith("Example Corp.") or "Example Corp." in sent["text"]
    assert (refused["status"], refused["decision"], refused["decision_code"]) == (
        "refused",
        "refuse",
        "standing",
    )
    assert any(line.startswith("Refuse: ") for line in refused["verdicts"].splitlines())
    [attempt] = sheet(export, "attempts.csv")
    assert (attempt["message"], attempt["outcome"]) == (sent["message"], "begun")


def test_the_zip_agrees_with_its_manifest_and_the_record_with_the_zip():
    topic, officer = a_topic(), a_user("olive")
    a_number(topic)
    person = an_opted_in_contact(topic)
    outbox.enqueue(kind=MessageKind.LIST_AUDIT, contact=person, topic=topic)
    applied(a_list(a_row("+12125550199")))
    export = built(contact=person, topics=[topic], reason="A letter of counsel", asked_by=officer)
    with export.file.open("rb") as stored:
        assert hashlib.file_digest(stored, "sha256").hexdigest() == export.digest
        manifest = proved(stored)
    assert export.state == ExportState.READY
    told = {each["name"]: each["rows"] for each in manifest["files"]}
    assert told.pop("audit-export.xlsx") == sum(export.counts.values())
    assert told == export.counts | {
        name.replace(".csv", ".jsonl"): rows for name, rows in export.counts.items()
    }
    rules = export.counts.pop("rules.csv")
    assert rules == len(rulebook_to_read().rules)
    assert export.counts == {
        "consents.csv": 2,
        "disclosures.csv": 1,
        "imports.csv": 0,
        "reassigned.csv": 0,
        "messages.csv": 1,
        "attempts.csv": 0,
        "receipts.csv": 0,
        "replies.csv": 0,
        "revocations.csv": 0,
        "rulebooks.csv": 0,
    }
    assert (manifest["software"], manifest["reason"], manifest["asked_by"]) == (
        "smscompliance",
        "A letter of counsel",
        "olive",
    )
    assert manifest["query"] == {
        "in_words": "Records of one person, about Example Corp. alerts, of every brand, over every "
        "number of ours.",
        "number": person.number,
        "numbers": None,
        "numbers_not_on_record": None,
        "sample": None,
        "seed": None,
        "topics": [{"id": topic.pk, "slug": "example-alerts", "name": "Example Corp. alerts"}],
        "brands": None,
        "short_codes": None,
        "topics_of_short_codes": None,
        "since": None,
        "until": None,
    }


def test_no_cell_runs_as_a_formula():
    topic = a_topic()
    hostile = "=cmd|' /C calc'!A0"
    person = a_contact("+12125550101")
    an_event(
        person,
        EventKind.OPTED_IN,
        topic,
        note=hostile,
        evidence=some_evidence(words_received=hostile, user_agent="@SUM(A1)", page="-1+1"),
    )
    Reply.objects.create(
        inbound_message_id="1",
        contact=person,
        destination="12345",
        body=hostile,
        meaning=Meaning.OTHER,
        rule="other",
        state=ReplyState.NEEDS_PERSON,
        received_at=clock.now(),
    )
    export = built()
    [row] = sheet(export, "consents.csv")
    assert (row["words_received"], row["note"]) == (f"'{hostile}", f"'{hostile}")
    cells = [
        cell
        for name in export.counts
        for row in sheet(export, name)
        for cell in row.values()
        if cell.lstrip().startswith(("=", "+", "-", "@"))
    ]
    assert cells == []


def test_topic_and_brand_take_in_what_concerned_everything():
    topic, other = a_topic(), a_topic("other-alerts", brand=a_brand("Other Inc."))
    mine, theirs = an_opted_in_contact(topic), an_opted_in_contact(other)
    left = an_event(mine, EventKind.OPTED_OUT, source=Source.REPLY)
    an_event(theirs, EventKind.OPTED_OUT, source=Source.REPLY)
    wanted = [*mine.events.exclude(pk=left.pk).values_list("pk", flat=True), left.pk]
    assert events_in(built(topics=[topic])) == wanted
    assert events_in(built(brands=[topic.brand])) == wanted
    assert events_in(built(contact=mine)) == wanted
    assert len(events_in(built())) == 6


def test_dates_run_from_the_first_up_to_but_not_the_last():
    topic = a_topic()
    person = an_opted_in_contact(topic, at=LONG_AGO)
    asked, confirmed = person.events.values_list("pk", flat=True)
    hour = timedelta(hours=1)
    assert events_in(built(since=LONG_AGO, until=LONG_AGO + hour)) == [asked]
    assert events_in(built(since=LONG_AGO + hour)) == [confirmed]
    assert events_in(built(until=LONG_AGO)) == []


def test_an_export_names_the_lists_that_people_came_in():
    topic = a_topic()
    taken = applied(a_list(a_row()), name="spring.csv")
    applied(a_list(a_row("call me")), name="nobody.csv")
    [row] = sheet(built(topics=[topic]), "imports.csv")
    assert (row["import"], row["file_name"], row["sha256"], row["rows_by_outcome"]) == (
        str(taken.pk),
        "spring.csv",
        taken.file_digest,
        '{"new": 1}',
    )
    assert (row["holds"], row["list_name"], row["list_date"], row["expires_on"]) == (
        "consents",
        *("", "", ""),
    )
    [event] = sheet(built(topics=[topic]), "consents.csv")
    assert (event["import"], event["import_sha256"]) == (str(taken.pk), taken.file_digest)


def test_an_export_holds_what_was_attested_of_a_list_and_the_digests_of_its_proof():
    topic = a_topic()
    lisa = a_user("lisa", first_name="Lisa", last_name="Listwright")
    taken = previewing.receive(
        a_list("+12125550101", header="phone"), "fair.csv", default_topic=topic, to_attest=True
    )
    made = attestations.attest(
        taken,
        Stated(Source.PAPER_FORM, None, date(2025, 3, 4), ZoneInfo("America/New_York")),
        [ContentFile(b"%PDF-1", name="a.pdf"), ContentFile(b"%PDF-2", name="b.pdf")],
        name="Lisa Listwright",
        by=lisa,
    )
    previewing.preview(taken.pk)
    applying.confirm(taken.pk)
    applying.apply(taken.pk)
    export = built(topics=[topic])
    [row] = sheet(export, "imports.csv")
    attested = {name: said for name, said in row.items() if name.startswith("attest")}
    assert attested == {
        "attestation": str(made.pk),
        "attested_by": "lisa",
        "attested_name": "Lisa Listwright",
        "attested_at": made.attested_at.isoformat().replace("+00:00", "Z"),
        "attested_words": made.words,
        "attested_source": "paper_form",
        "attested_basis": "",
        "attested_day": "2025-03-04",
        "attested_time_zone": "America/New_York",
        "attested_disclosure": "",
    }
    assert row["proofs_sha256"].split() == [
        hashlib.sha256(data).hexdigest() for data in (b"%PDF-1", b"%PDF-2")
    ]
    [event] = sheet(export, "consents.csv")
    assert event["attestation"] == str(made.pk)
    assert event["note"].startswith(f"Attested for the whole list, attestation #{made.pk}.")
