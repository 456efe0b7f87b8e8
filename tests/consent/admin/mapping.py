"""What tests of the mapping page and of kept mappings begin with."""

from django.contrib.auth.models import Permission
from django.urls import reverse

from tests.builders import a_user
from tests.consent.importing.lists import a_list

MAPS = ("view_contactimport", "add_contactimport", "apply_contactimport")
KEEPS = ("view_listmapping", "add_listmapping", "change_listmapping")
HEADER = "Cell no.,Joined,Where from,SMS status"


def staff(client, *permissions, name="lisa"):
    user = a_user(name)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="consent", codename__in=permissions)
    )
    client.force_login(user)
    return user


def url(page, record):
    return reverse(f"admin:consent_{record._meta.model_name}_{page}", args=[record.pk])


def text_of(answer):
    return " ".join(answer.content.decode().split())


def a_strange_list():
    return a_list(
        "+12125550101,03/04/2025 2:05 PM,till,In",
        "+12125550102,25/04/2025 2:05 PM,web form,Gone",
        "+12125550103,05/04/2025 2:05 PM,web form,Yes please",
        header=HEADER,
    )


ANSWERS = {
    "headed": "yes",
    "column_0": "phone",
    "column_1": "consented_at",
    "column_2": "source",
    "column_3": "agreed",
    "word_3_0": "agreed",
    "word_3_1": "left",
    "word_3_2": "agreed",
    "date_form": "dmy",
    "time_zone": "America/New_York",
}
