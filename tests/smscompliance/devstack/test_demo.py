"""The demo data: lawful wordings, whole stories, and nothing new on a second run."""

import json
import stat

import phonenumbers
import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import call_command

from campaigns import approval, wording
from campaigns.models import Campaign, OriginationNumber, SavedAnswer
from campaigns.outbox import values_of
from campaigns.vocabulary import CampaignStatus
from consent.disclosures import faults, frequency_text
from consent.models import Brand, Contact, Disclosure, Evidence, OptInEvent, Subscription, Topic
from consent.vocabulary import MessageClass, Place, Standing
from smscompliance.devstack import demo_contacts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    """Hash passwords in no time: six users a test would take seconds."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def logins(tmp_path):
    return tmp_path / "local" / "demo_logins.json"


def load(logins, **options):
    call_command("load_demo", logins=logins, verbosity=0, **options)


def tables():
    models = (
        *(Brand, Topic, Disclosure, OriginationNumber, Campaign, Contact, OptInEvent, Evidence),
        SavedAnswer,
    )
    histories = [model.history.model for model in models if hasattr(model, "history")]
    return {
        model.__name__: sorted(map(repr, model.objects.values_list()))
        for model in (*models, Subscription, User, *histories)
    }


def test_a_second_run_changes_nothing(logins):
    load(logins)
    before, passwords = tables(), logins.read_text()
    load(logins)
    assert tables() == before
    assert logins.read_text() == passwords


def test_every_role_can_log_in_and_its_password_is_private(logins, rf):
    load(logins)
    known = json.loads(logins.read_text())
    assert [login["role"] for login in known] == [
        "admin", "officer", "author", "approver", "lists", "auditor",
    ]  # fmt: skip
    assert stat.S_IMODE(logins.stat().st_mode) == 0o600
    for login in known:
        user = authenticate(
            rf.post("/admin/login/"), username=login["username"], password=login["password"]
        )
        assert user.is_staff
        assert user.is_superuser == (login["role"] == "admin")
    assert User.objects.get(username="approver").has_perm("campaigns.approve_campaign")
    assert not User.objects.get(username="author").has_perm("campaigns.approve_campaign")


def test_passwords_outlive_the_database(logins, rf):
    load(logins)
    passwords = logins.read_text()
    User.objects.filter(username="auditor").delete()
    load(logins)
    assert logins.read_text() == passwords
    password = {one["username"]: one["password"] for one in json.loads(passwords)}["auditor"]
    assert authenticate(rf.post("/admin/login/"), username="auditor", password=password)


def test_every_wording_says_what_a_call_to_action_must_say(logins):
    load(logins)
    found = {}
    for disclosure in Disclosure.objects.select_related("topic__brand"):
        topic = disclosure.topic
        found[str(disclosure)] = faults(
            disclosure.wording,
            brand_name=topic.brand.name,
            frequency_text=frequency_text(topic.frequency_count, topic.frequency_unit),
            promotional=topic.is_promotional,
            language=disclosure.language,
        )
    assert len(found) == 3 * 4 * 2 * 2
    assert {name: missing for name, missing in found.items() if missing} == {}
    assert all(disclosure.is_published for disclosure in Disclosure.objects.all())


def test_a_number_serves_one_brand_and_one_class(logins):
    load(logins)
    for topic in Topic.objects.all():
        number = OriginationNumber.objects.for_topic(topic)
        assert (number.brand, number.message_class) == (topic.brand, topic.message_class)
    assert OriginationNumber.objects.count() == Topic.objects.count() == 3


def test_people_stand_where_their_stories_end(logins):
    load(logins)
    counts = {
        standing: Subscription.objects.filter(standing=standing).count() for standing in Standing
    }
    assert {standing: count for standing, count in counts.items() if count} == {
        Standing.OPTED_IN: demo_contacts.OPTED_IN,
        Standing.PENDING: demo_contacts.PENDING,
        Standing.OPTED_OUT: demo_contacts.OPTED_OUT,
    }
    assert OptInEvent.objects.filter(evidence=None).count() == 0
    places = set(OptInEvent.objects.values_list("disclosure__place", flat=True))
    assert places >= {Place.WEB_FORM, Place.KEYWORD, Place.PAPER_FORM, Place.POINT_OF_SALE}
    call_command("rebuild_standings", check=True, verbosity=0)


def test_every_number_is_valid_and_kept_free_for_stories(logins):
    load(logins, contacts=300)
    numbers = list(Contact.objects.values_list("number", flat=True))
    assert len(numbers) == 300 + len(demo_contacts.people())
    assert {number[5:10] for number in numbers} == {"55501"}
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in numbers)


def test_a_crowd_grows_to_the_size_asked_and_no_further(logins):
    load(logins, contacts=50)
    load(logins, contacts=80)
    load(logins, contacts=80)
    assert (
        Subscription.objects.filter(standing=Standing.OPTED_IN).count()
        == demo_contacts.OPTED_IN + 80
    )


def test_the_first_campaign_waits_for_two_people(logins):
    load(logins)
    campaign = Campaign.objects.get()
    assert campaign.status == CampaignStatus.DRAFT
    assert campaign.author.username == "author"
    assert campaign.origination_number.topics.filter(pk=campaign.topic.pk).exists()


def test_the_first_campaign_can_be_submitted_and_approved_as_it_is(logins):
    load(logins)
    users = {user.username: user for user in User.objects.all()}
    submitted = approval.submit(Campaign.objects.get(), by=users["author"])
    assert approval.approve(submitted, by=users["approver"]).status == CampaignStatus.APPROVED


def test_every_saved_answer_could_be_sent_as_one_part_on_its_numbers(logins):
    load(logins)
    brands = list(Brand.objects.all())
    for answer in SavedAnswer.objects.select_related("brand"):
        for brand in [answer.brand] if answer.brand else brands:
            values = values_of(None, brand, MessageClass.TRANSACTIONAL)
            assert wording.lint(answer.text, values) == []
            assert wording.parts(wording.render(answer.text, values)).parts == 1
    assert {answer.brand for answer in SavedAnswer.objects.all()} == {None, *brands}
