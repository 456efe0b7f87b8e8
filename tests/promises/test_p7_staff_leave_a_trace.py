"""P7: what staff do is in the history, with who, when and why; so is looking at evidence."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from consent.models import Topic
from tests.builders import a_topic, a_user, an_opted_in_contact

pytestmark = pytest.mark.django_db


def as_the_form_has_it(admin_client, topic):
    form = admin_client.get(f"/admin/consent/topic/{topic.pk}/change/").context["adminform"].form
    given = {name: form[name].value() for name in form.fields}
    given["opt_in_keywords"] = ",".join(topic.opt_in_keywords)
    return {name: value for name, value in given.items() if value not in {None, False}}


def test_p7_a_change_needs_a_reason_and_names_who_made_it(admin_client, admin_user):
    topic = a_topic()
    given = as_the_form_has_it(admin_client, topic) | {"frequency_count": 4}
    address = f"/admin/consent/topic/{topic.pk}/change/"
    assert admin_client.post(address, given | {"change_reason": ""}).status_code == 200
    assert Topic.objects.get().frequency_count == 2
    given["change_reason"] = "Board decision"
    assert admin_client.post(address, given).status_code == 302
    newest = Topic.history.latest("history_date", "history_id")
    assert (newest.frequency_count, newest.history_user, newest.history_change_reason) == (
        4,
        admin_user,
        "Board decision",
    )


def test_p7_looking_at_evidence_is_on_record(client):
    call_command("setup_roles", verbosity=0)
    auditor = a_user("auditor")
    auditor.groups.add(Group.objects.get(name="Auditors"))
    client.force_login(auditor)
    contact = an_opted_in_contact(a_topic())
    assert client.get(f"/admin/consent/contact/{contact.pk}/change/").status_code == 200
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (auditor, str(contact.pk))
    assert entry.get_change_message() == "Looked at the evidence"


def test_p7_the_history_itself_cannot_be_rewritten():
    a_topic()
    for sql in (
        "UPDATE consent_historicaltopic SET history_change_reason = 'nothing'",
        "DELETE FROM consent_historicaltopic",
    ):
        with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
            connection.cursor().execute(sql)
