"""What an audit export is about, in which forms it comes, and what it masks."""

import hashlib
from datetime import timedelta

import pytest

from campaigns import claiming, outbox
from campaigns.house_policy import rulebook_to_read
from campaigns.models import Message, Reply
from campaigns.vocabulary import Meaning, MessageKind, ReplyState
from consent import audit_files, clock
from consent.audit_files import blurred
from consent.models import Contact, OptInEvent
from consent.vocabulary import EventKind, Source
from tests.builders import (
    a_contact,
    a_number,
    a_topic,
    an_event,
    an_opted_in_contact,
    some_evidence,
)
from tests.campaigns.exports import an_export, built, lines, proved, sheet, tab

pytestmark = pytest.mark.django_db(transaction=True)


def numbers_in(export, name="consents.csv"):
    return {row["number"] for row in sheet(export, name)}


def test_an_export_is_about_the_people_listed_and_nobody_else(business_hours):
    topic = a_topic()
    a_number(topic)
    people = [an_opted_in_contact(topic, f"+1212555010{n}") for n in range(4)]
    for person in people:
        outbox.enqueue(kind=MessageKind.LIST_AUDIT, contact=person, topic=topic)
        an_event(person, EventKind.OPTED_OUT, source=Source.EMAIL)
    export = an_export(several=True, unknown=3)
    export.people.set(people[1:3])
    export = _built(export)
    wanted = {"'+12125550101", "'+12125550102"}
    assert numbers_in(export) == wanted
    assert numbers_in(export, "messages.csv") == wanted
    left = {row["event"] for row in sheet(export, "revocations.csv")}
    assert left == {
        str(row["event"]) for row in lines(export, "consents.jsonl") if row["kind"] == "opted_out"
    }
    with export.file.open("rb") as stored:
        query = proved(stored)["query"]
    assert (query["number"], query["numbers"], query["numbers_not_on_record"]) == (None, 2, 3)


def _built(export):
    from campaigns import message_export
    from consent import audit_export

    audit_export.build(export.pk, message_export.SHEETS)
    export.refresh_from_db()
    return export


def test_nobody_listed_means_nobody():
    an_opted_in_contact(a_topic())
    assert sheet(built(several=True), "consents.csv") == []


def test_a_sample_can_be_drawn_again_by_anybody_who_has_its_seed():
    topic = a_topic()
    for n in range(12):
        an_opted_in_contact(topic, f"+121255501{n:02d}")
    export, again = (built(sample=3, seed="spring") for _ in range(2))
    opt_ins = OptInEvent.objects.filter(kind__in=["opted_in", "confirmed"])
    drawn = sorted(
        opt_ins.values_list("pk", flat=True),
        key=lambda pk: hashlib.md5(f"spring:{pk}".encode()).hexdigest(),
    )[:3]
    marked = [int(row["event"]) for row in sheet(export, "consents.csv") if row["drawn"] == "yes"]
    assert marked == sorted(drawn) == export.sampled == again.sampled
    people = Contact.objects.filter(events__in=drawn)
    assert numbers_in(export) == {f"'{person.number}" for person in people}
    with export.file.open("rb") as stored:
        query = proved(stored)["query"]
    assert (query["sample"], query["seed"]) == (3, "spring")
    assert built(sample=12, seed="autumn").sampled != drawn


def test_json_lines_hold_values_as_they_are_and_the_workbook_what_the_csv_does():
    person = a_contact("+12125550101")
    an_event(
        person,
        EventKind.OPTED_IN,
        a_topic(),
        note="=1+1",
        evidence=some_evidence(form_fields={"agree": "on"}, page="\x07bell"),
    )
    export = built()
    [row] = lines(export, "consents.jsonl")
    assert (row["number"], row["note"], row["form_fields"], row["expires_at"]) == (
        "+12125550101",
        "=1+1",
        {"agree": "on"},
        None,
    )
    headings, cells = tab(export, "consents")
    told = dict(zip(headings, cells, strict=True))
    [said] = sheet(export, "consents.csv")
    assert (told["number"], told["note"], told["event"]) == (
        "'+12125550101",
        "'=1+1",
        row["event"],
    )
    assert list(said) == list(headings) == list(row)


def test_an_export_may_come_without_its_workbook():
    export = built(with_workbook=False)
    with export.file.open("rb") as stored:
        names = {each["name"] for each in proved(stored)["files"]}
    assert "audit-export.xlsx" not in names
    assert {"consents.csv", "consents.jsonl"} <= names


def test_a_sheet_longer_than_a_tab_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(audit_files, "ROWS_OF_A_TAB", 3)
    topic = a_topic()
    for n in range(5):
        an_event(a_contact(f"+1212555010{n}"), EventKind.OPTED_IN, topic)
    export = built()
    first, second, third = (tab(export, f"consents{n}") for n in ("", " 2", " 3"))
    assert [len(first), len(second), len(third)] == [3, 3, 2]
    assert first[0] == second[0] == third[0]
    events = [row[0] for rows in (first, second, third) for row in rows[1:]]
    assert events == list(OptInEvent.objects.order_by("pk").values_list("pk", flat=True))


def test_revocations_and_rulebooks_are_told(business_hours):
    topic = a_topic()
    number = a_number(topic)
    person = an_opted_in_contact(topic, "+12125550101")
    outbox.enqueue(kind=MessageKind.LIST_AUDIT, contact=person, topic=topic)
    claiming.claim(number.pk, "a worker")
    left = an_event(person, EventKind.OPTED_OUT, topic, source=Source.LETTER)
    export = built(topics=[topic])
    [act] = sheet(export, "revocations.csv")
    assert (act["event"], act["road"], act["topics"], act["in_time"]) == (
        str(left.pk),
        "letter",
        "1",
        "yes",
    )
    [book] = sheet(export, "rulebooks.csv")
    message = Message.objects.get()
    assert (book["rulebook"], book["messages"], book["first_message"]) == (
        message.clearance["r"],
        "1",
        str(message.pk),
    )
    rules = [row["rule"] for row in sheet(export, "rules.csv")]
    assert rules == [rule.id for rule in rulebook_to_read().rules]
    assert sheet(built(topics=[a_topic("other")]), "revocations.csv") == []


def test_who_may_not_see_numbers_gets_none_in_any_file():
    topic = a_topic()
    person = an_opted_in_contact(topic, "+12125550101")
    an_event(
        person,
        EventKind.OPTED_OUT,
        note="Called from 212-555-0101",
        evidence=some_evidence(form_fields={"phone": "(212) 555-0101", "deep": [2125550101]}),
    )
    Reply.objects.create(
        inbound_message_id="1",
        contact=person,
        destination="12345",
        body="my number is 212 555 0101",
        meaning=Meaning.OTHER,
        rule="other",
        state=ReplyState.NEEDS_PERSON,
        received_at=clock.now() - timedelta(minutes=1),
    )
    export = built(contact=person, masked=True)
    with export.file.open("rb") as stored:
        manifest = proved(stored)
        from tests.campaigns.exports import files_of

        files = files_of(stored)
    assert (manifest["numbers_masked"], manifest["query"]["number"]) == (True, "+1 ••• ••• 0101")
    text = b"".join(data for name, data in files.items() if not name.endswith(".xlsx")).decode()
    for spelt in ("2125550101", "212-555-0101", "(212) 555-0101", "212 555 0101"):
        assert spelt not in text
    assert {row[1] for row in tab(export, "consents")[1:]} == {"'+1 ••• ••• 0101"}


def test_only_what_may_be_a_number_is_blurred():
    assert blurred({"a": ["call 212-555-0101", 5, True, None]}) == {
        "a": ["call •••-•••-0101", 5, True, None]
    }
