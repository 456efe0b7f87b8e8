import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import Reply
from consent import clock
from consent.models import ContactImport
from consent.vocabulary import EventKind, ImportState
from tests.builders import a_topic, a_user, an_event, an_opted_in_contact
from tests.smscompliance.rows import a_row_of_everything

pytestmark = pytest.mark.django_db

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
NEVER_CHANGED = {
    *("optinevent", "evidence", "subscription", "suppression", "message"),
    *("receipt", "optoutcomparison", "accountcheck"),
}


def address(model, page="changelist"):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_list_page_loads(admin_client, model):
    assert admin_client.get(address(model)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_form_that_is_offered_loads(admin_client, model):
    offered = f'href="{address(model, "add")}"' in admin_client.get("/admin/").content.decode()
    response = admin_client.get(address(model, "add"))
    assert response.status_code == (200 if offered else 403)


def queries_of(client, url):
    client.get(url)  # what is asked once and remembered
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


def test_lists_the_dashboard_and_forms_cost_the_same_with_one_row_and_with_three(admin_client):
    pages = [address(model) for model in MODELS]
    pages += [
        reverse("admin:index"),
        reverse("admin:campaigns_campaign_add"),
        reverse("admin:campaigns_originationnumber_add"),
        reverse("admin:consent_disclosure_add"),
        reverse("admin:campaigns_sendingpolicy_add") + "?kind=hours",
    ]
    a_row_of_everything(1)
    with_one = {page: queries_of(admin_client, page) for page in pages}
    a_row_of_everything(2)
    a_row_of_everything(3)
    assert {page: queries_of(admin_client, page) for page in pages} == with_one
    assert with_one[reverse("admin:index")] <= 14


@pytest.mark.parametrize(
    "model",
    [model for model in MODELS if model._meta.model_name in NEVER_CHANGED],
    ids=lambda model: model._meta.label,
)
def test_not_even_a_superuser_writes_what_only_the_software_writes(admin_client, model):
    a_row_of_everything(1)
    row = model.objects.first()
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert admin_client.post(reverse(f"{name}_change", args=[row.pk]), {}).status_code == 403
    assert admin_client.post(reverse(f"{name}_delete", args=[row.pk]), {}).status_code == 403


@pytest.fixture
def dashboard_of(client):
    call_command("setup_roles", verbosity=0)

    def read(role):
        person = a_user(role.lower().replace(" ", "-"))
        person.groups.add(Group.objects.get(name=role))
        client.force_login(person)
        return client.get(reverse("admin:index"))

    return read


@pytest.mark.parametrize(
    ("role", "waiting", "looks_up"),
    [
        (
            "Compliance officers",
            [
                "campaign to approve",
                "reply to read",
                "unconfirmed messages",
                "trouble with the account at Amazon",
                "disclosures to publish",
                "lists to confirm",
                "rules in force to sign off",
                "rules past their review date",
            ],
            True,
        ),
        ("Campaign authors", ["drafts of yours"], False),
        ("List managers", ["lists to confirm"], True),
        ("Auditors", [], True),
    ],
)
def test_the_dashboard_shows_each_role_what_waits_for_it(dashboard_of, role, waiting, looks_up):
    a_row_of_everything(1)
    shown = dashboard_of(role)
    assert [item.words for item in shown.context["waiting"]] == waiting
    assert (shown.context["look_up"] is not None) == looks_up


def test_a_list_whose_consent_is_to_be_stated_waits_for_who_brings_lists(dashboard_of):
    ContactImport.objects.create(
        file_name="list.csv", state=ImportState.UNATTESTED, uploaded_at=clock.now()
    )
    shown = dashboard_of("List managers")
    assert [item.words for item in shown.context["waiting"]] == [
        "list whose consent is to be stated",
        "lists to confirm",
    ]


def test_today_counts_what_happened_today(dashboard_of):
    topic = a_topic()
    contact = an_opted_in_contact(topic, at=clock.now())
    an_event(contact, EventKind.OPTED_OUT, topic)
    shown = dashboard_of("Auditors")
    figures = {figure.label: figure.count for figure in shown.context["figures"]}
    assert figures == {
        "Texts accepted": 0,
        "On hold now": 0,
        "Refused": 0,
        "Opt-ins": 1,
        "Opt-outs": 1,
    }
    assert "Opt-ins and opt-outs, last 14 days: 1 opt-in, 1 opt-out." in shown.text


def test_somebody_without_a_role_is_told_so(client):
    client.force_login(a_user("nobody"))
    assert "Your account has no role yet." in client.get(reverse("admin:index")).text


def test_setting_up_roles_twice_changes_nothing_and_repairs_what_was_changed():
    call_command("setup_roles", verbosity=0)

    def rights():
        return {
            group.name: sorted(group.permissions.values_list("codename", flat=True))
            for group in Group.objects.all()
        }

    before = rights()
    assert sorted(before) == [
        "Auditors",
        "Campaign authors",
        "Compliance officers",
        "List managers",
    ]
    Group.objects.get(name="Auditors").permissions.clear()
    call_command("setup_roles", verbosity=0)
    assert rights() == before


def test_auditors_change_nothing():
    call_command("setup_roles", verbosity=0)
    held = Group.objects.get(name="Auditors").permissions.values_list("codename", flat=True)
    writes = {"add", "change", "delete", "approve", "submit", "stop", "settle", "publish", "apply"}
    # Asking for an export is how an auditor reads
    assert [name for name in held if name.split("_")[0] in writes] == ["add_auditexport"]


def test_pages_are_closed_to_strangers(client):
    for model in MODELS:
        assert client.get(address(model)).status_code == 302
    assert client.get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize("page", ["inbox", "clock", "changelist"])
def test_the_menu_marks_one_entry_alone(admin_client, page):
    menu = admin_client.get(address(Reply, page)).content.decode()
    marked = re.findall(r'<a href="([^"]+)" aria-current="page"', menu)
    assert marked == [address(Reply, page)]
