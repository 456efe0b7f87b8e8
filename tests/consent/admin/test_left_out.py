import csv
import io

import openpyxl
import pytest
from django.urls import reverse

from consent.admin.staff_log import written_about
from consent.models import Contact
from tests.builders import a_topic, an_opted_in_contact
from tests.consent.admin.test_contact_import import MANAGES, staff, text_of, url
from tests.consent.importing.lists import a_list, a_row, applied, previewed

pytestmark = pytest.mark.django_db


def test_rows_left_out_come_back_to_be_mended_and_uploaded_again(client):
    a_topic()
    lisa = staff(client, *MANAGES)
    good, bad = a_row("+12125550101"), a_row("+12125550102", how="=cmd|x")
    late = a_row("+12125550103", at="")
    taken = applied(a_list(good, bad, late, a_row("+12125550101")), user=lisa)
    answer = client.get(url("left-out", taken))
    data = b"".join(answer.streaming_content)
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert list(rows[0])[4:] == ["line", "outcome", "reason"]
    assert [(row["phone"], row["line"], row["outcome"]) for row in rows] == [
        ("'+12125550103", "4", "no_proof"),
        ("'+12125550101", "5", "duplicate_in_file"),
    ]
    assert rows[0]["reason"] == "The row does not say when the person agreed."
    assert "Downloaded the rows" in written_about(taken)[0].change_message

    mended = data.replace(b"example-alerts,,", b"example-alerts,2025-01-01T00:00:00Z,")
    again = previewed(io.BytesIO(mended), user=lisa)
    assert again.counts == {"new": 1, "known": 1}
    staff(client, *MANAGES, name="other")
    assert client.get(url("left-out", taken)).status_code == 403


def test_rows_left_out_come_back_in_the_marks_and_letters_of_the_list(client):
    a_topic()
    lisa = staff(client, *MANAGES)
    text = "phone;topic;consented_at;source;name\n+12125550101;example-alerts;;web form;Zoë\n"
    for encoding, begins in (("utf-16", b"\xff\xfe"), ("cp1252", b"phone;"), ("utf-8", b"phone;")):
        taken = previewed(io.BytesIO(text.encode(encoding)), user=lisa)
        data = b"".join(client.get(url("left-out", taken)).streaming_content)
        assert data.startswith(begins)
        header, row = data.decode(encoding).splitlines()
        assert header == "phone;topic;consented_at;source;name;line;outcome;reason"
        assert row == (
            "'+12125550101;example-alerts;;web form;Zoë;2;no_proof;"
            "The row does not say when the person agreed."
        )


def test_rows_left_out_of_a_workbook_come_back_as_one(client):
    a_topic()
    lisa = staff(client, *MANAGES)
    book = openpyxl.Workbook()
    book.active.append(["phone", "topic", "consented_at", "source"])
    book.active.append(["2125550101", "example-alerts", "", "web form"])
    file = io.BytesIO()
    book.save(file)
    taken = previewed(file, user=lisa)
    assert "Rows left out (Excel)" in text_of(client.get(url("change", taken)))
    answer = client.get(url("left-out", taken))
    data = io.BytesIO(b"".join(answer.streaming_content))
    assert answer["Content-Disposition"].endswith('-left-out.xlsx"')
    assert [[cell.value for cell in row] for row in openpyxl.load_workbook(data).active] == [
        ["phone", "topic", "consented_at", "source", "line", "outcome", "reason"],
        [
            *("2125550101", "example-alerts", None, "web form", 2, "no_proof"),
            "The row does not say when the person agreed.",
        ],
    ]
    # Handed back twice, it bears each of our columns once
    taken = previewed(data, user=lisa)
    again = b"".join(client.get(url("left-out", taken)).streaming_content)
    header, _ = openpyxl.load_workbook(io.BytesIO(again)).active
    assert [cell.value for cell in header][4:] == ["line", "outcome", "reason"]


def test_the_same_file_again_changes_nothing_and_says_so(client):
    a_topic()
    staff(client, *MANAGES)
    first = applied(a_list(a_row()))
    again = previewed(a_list(a_row()))
    said = f"as contact import #{first.pk}: now it changes nothing."
    page = text_of(client.get(url("change", again)))
    assert "This same file was recorded on " in page
    assert said in page
    # Nothing is recorded, so nothing is said of what follows from it
    assert "Later campaigns" not in page
    assert "This same file" not in text_of(client.get(url("change", previewed(a_list()))))


def test_a_contacts_page_names_the_lists_they_came_in(client):
    topic = a_topic()
    staff(client, "view_contactimport", "view_contact")
    brought = applied(a_list(a_row()), name="spring.csv")
    header = "phone,topic,consented_at,source,language"
    told = applied(a_list(a_row() + ",es", header=header), name="summer.csv")
    applied(a_list(a_row("+12125550102")), name="others.csv")
    person = Contact.objects.get(number="+12125550101")
    page = client.get(reverse("admin:consent_contact_change", args=[person.pk]))
    assert list(page.context["imports"]) == [told, brought]
    assert f'<a href="{url("change", brought)}">spring.csv</a>' in text_of(page)
    assert "others.csv" not in text_of(page)
    staff(client, "view_contact", name="other")
    page = client.get(reverse("admin:consent_contact_change", args=[person.pk]))
    assert url("change", brought) not in text_of(page)
    newcomer = an_opted_in_contact(topic, "+12125550103")
    page = client.get(reverse("admin:consent_contact_change", args=[newcomer.pk]))
    assert "Lists they came in" not in text_of(page)


def test_rows_of_a_list_without_header_come_back_with_one(client):
    lisa = staff(client, *MANAGES)
    data = io.BytesIO(b"201,5550123\n212,5550101\n000,0000000\n")
    taken = applied(data, user=lisa, holds="opt_outs")
    handed = b"".join(client.get(url("left-out", taken)).streaming_content).decode()
    lines = handed.splitlines()
    assert lines[0] == "area_code,phone,line,outcome,reason"
    assert lines[1].startswith("000,0000000,3,invalid_number,")
    mended = handed.replace("000,0000000", "213,5550101").encode()
    again = previewed(io.BytesIO(mended), holds="opt_outs")
    assert again.counts == {"new": 1}
