"""Small files of records that staff edit: brands, and answers of the inbox."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns.models import SavedAnswer
from consent.models import Brand
from tests.builders import a_brand, a_user

pytestmark = pytest.mark.django_db

ANSWERS = reverse("admin:campaigns_savedanswer_import")
HOURS = "We are open Monday to Friday, 9 to 5. {brand}"


@pytest.fixture
def olive(client):
    return staff(client, "add_savedanswer", "change_savedanswer", "view_savedanswer")


def staff(client, *permissions):
    user = a_user("olive")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return user


def preview(client, text, address=ANSWERS):
    file = SimpleUploadedFile("answers.csv", text.encode())
    return client.post(address, {"file": file})


def confirm(client, shown, address=ANSWERS, reason="Letter of the brand"):
    return client.post(address, {"rows": shown.context["payload"], "reason": reason})


def told(shown):
    return [(row.line, row.words, row.called, list(row.details)) for row in shown.context["rows"]]


def test_records_are_shown_first_and_saved_with_history_once_confirmed(client, olive):
    brand = a_brand("Example Corp.")
    SavedAnswer.objects.create(title="Address", text="1 Main St, {brand}")
    SavedAnswer.objects.create(title="Hours", text=HOURS)
    shown = preview(
        client,
        f"title,brand,text,in use\nHours,,{HOURS!r},yes\n".replace("'", '"')
        + "Address,Example Corp.,2 Main St. {brand},no\n"
        + "Parking,,Park behind the shop. {brand},yes\n",
    )
    assert told(shown) == [
        (2, "Same", "Hours", []),
        (
            3,
            "Changed",
            "Address",
            [
                "brand: nothing → Example Corp.",
                "text: 1 Main St, {brand} → 2 Main St. {brand}",
                "in use: yes → no",
            ],
        ),
        (4, "New", "Parking", []),
    ]
    assert SavedAnswer.objects.count() == 2
    assert SavedAnswer.objects.get(title="Address").live
    answer = confirm(client, shown)
    assert (answer.status_code, answer.url) == (
        302,
        reverse("admin:campaigns_savedanswer_changelist"),
    )
    address = SavedAnswer.objects.get(title="Address")
    assert (address.brand, address.text, address.live) == (brand, "2 Main St. {brand}", False)
    last = address.history.latest()
    assert (last.history_change_reason, last.history_user) == ("Letter of the brand", olive)
    assert SavedAnswer.objects.get(title="Parking").history.count() == 1
    assert SavedAnswer.objects.get(title="Hours").history.count() == 1
    assert LogEntry.objects.latest("pk").change_message == (
        "Imported: 1 new, 1 changed, 1 same. Reason: Letter of the brand"
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",,Hello. {brand},yes", "title: This field is required."),
        ("Hi,,,yes", "text: This field is required."),
        ("Hi,No Brand,Hello. {brand},yes", 'brand: There is no brand "No Brand".'),
        ("Hi,,Hello. {brand},maybe", "in use: Say yes or no."),
    ],
)
def test_a_row_is_refused_as_the_form_refuses_it_and_then_nothing_is_saved(
    client, olive, row, said
):
    shown = preview(client, f"title,brand,text,live\nGood,,Hello. {{brand}},yes\n{row}\n")
    (good, bad) = told(shown)
    assert (good[1], bad[1], bad[3]) == ("New", "Refused", [said])
    assert shown.context["told"] == "1 new, 0 changed, 0 same, 1 refused"
    again = confirm(client, shown)
    assert (again.status_code, SavedAnswer.objects.count()) == (200, 0)


def test_words_that_could_never_be_sent_are_refused_as_on_the_form(client, olive):
    shown = preview(client, "title,text\nHi,Hello {nobody}\n")
    assert [row[1] for row in told(shown)] == ["Refused"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The submitted file is empty."),
        ("text,live\nHello,yes\n", "The column &quot;title&quot; is missing."),
        ("title,colour\nHi,red\n", "The column &quot;colour&quot; is none of these: title,"),
        ("title,live,in use\nHi,yes,no\n", "Two columns have the same name: leave one."),
        ("title,text\n" + "Hi,Hello\n" * 501, "This file has more than 500 rows: split it."),
        ('title,text\n"Hi,Hello\n', "is opened on line 2 and never closed"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(client, olive, text, said):
    assert said in preview(client, text).content.decode()


def test_what_our_own_export_wrote_comes_back_as_the_same(client):
    staff(client, "add_brand", "change_brand", "view_brand", "export_lists")
    a_brand("Example Corp.", support_phone="+1 202-555-0199")
    exported = client.post(reverse("admin:consent_brand_export"), {"reason": "To edit it"})
    text = b"".join(exported.streaming_content).decode()
    assert "'+1 202-555-0199" in text
    shown = preview(client, text, reverse("admin:consent_brand_import"))
    assert [row[1] for row in told(shown)] == ["Same"]
    assert "There is nothing to import." in shown.content.decode()


def test_no_import_without_a_reason_by_nobody_else_and_after_no_long_time(client, olive):
    shown = preview(client, "title,text\nHi,Hello. {brand}\n")
    assert "This field is required." in confirm(client, shown, reason=" ").content.decode()
    other = a_user("lee", superuser=True)
    client.force_login(other)
    answer = confirm(client, shown)
    assert (answer.status_code, answer.url) == (302, ANSWERS)
    assert "choose the file again" in client.get(ANSWERS).content.decode()
    assert not SavedAnswer.objects.exists()


def test_only_who_may_add_and_change_records_imports_them(client):
    staff(client, "view_brand", "change_brand")
    address = reverse("admin:consent_brand_import")
    assert client.get(address).status_code == 403
    assert address not in client.get(reverse("admin:consent_brand_changelist")).content.decode()
    client.logout()
    client.force_login(a_user("boss", superuser=True))
    assert address in client.get(reverse("admin:consent_brand_changelist")).content.decode()
    assert client.get(address).status_code == 200
    assert not Brand.objects.exists()
