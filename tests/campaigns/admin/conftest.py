from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from campaigns.models import Campaign
from tests.builders import a_number, a_topic, a_user, an_opted_in_contact

MONDAY = datetime(2030, 3, 4, 15, 0, tzinfo=UTC)  # ten in the morning in New York


@pytest.fixture
def staff():
    call_command("setup_roles", verbosity=0)

    def make(name, *roles):
        person = a_user(name)
        person.groups.set(Group.objects.filter(name__in=roles))
        return person

    return make


@pytest.fixture
def author(staff):
    return staff("author", "Campaign authors")


@pytest.fixture
def officer(staff):
    return staff("officer", "Compliance officers")


@pytest.fixture
def topic():
    return a_topic("example-offers")


@pytest.fixture
def draft(author, topic):
    number = a_number(topic)
    an_opted_in_contact(topic)
    return Campaign.objects.create(
        name="Spring",
        topic=topic,
        origination_number=number,
        text="{brand}: still here. Reply STOP to cancel.",
        scheduled_at=MONDAY,
        author=author,
    )
