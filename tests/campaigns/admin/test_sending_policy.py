import pytest
from django.urls import reverse

from campaigns.models import SendingPolicy
from tests.builders import a_cap_policy, an_hours_policy

pytestmark = pytest.mark.django_db

ADD = reverse("admin:campaigns_sendingpolicy_add")
HOURS = {
    "kind": "hours",
    "message_class": "promotional",
    "place": "",
    "live": "on",
    "weekday_from": "09:00",
    "weekday_until": "17:00",
}
CAP = {"kind": "cap", "message_class": "", "place": "", "live": "on", "counts": "any"}


@pytest.fixture
def desk(client, officer):
    client.force_login(officer)
    return client


def add(client, given):
    return client.post(f"{ADD}?kind={given['kind']}", {"change_reason": "Counsel asked", **given})


def change(client, policy, **changed):
    address = reverse("admin:campaigns_sendingpolicy_change", args=[policy.pk])
    return client.post(address, {**HOURS, "change_reason": "Counsel asked", **changed})


def faults(answer):
    return answer.context["adminform"].form.non_field_errors()


def test_an_officer_chooses_first_what_a_rule_limits(desk):
    page = desk.get(ADD).text
    kinds = ("hours", "cap", "staleness", "engagement")
    assert [f'href="?kind={kind}"' in page for kind in kinds] == [True] * 4


@pytest.mark.parametrize("kind", ["hours", "cap", "staleness", "engagement"])
def test_the_form_asks_only_for_what_its_kind_says(desk, kind):
    fields = desk.get(f"{ADD}?kind={kind}").context["adminform"].form.fields
    asked = {"weekday_from", "counts", "months", "unanswered"} & set(fields)
    of_kind = {"hours": "weekday_from", "cap": "counts", "staleness": "months"}
    assert asked == {of_kind.get(kind, "unanswered")}


def test_hours_a_cap_and_an_age_of_consent_are_added(desk):
    add(desk, {**HOURS, "weekday_until": "19:00"})
    add(desk, {**CAP, "count": "4", "per_hours": "168"})
    add(desk, {"kind": "staleness", "live": "on", "months": "24"})
    assert sorted(SendingPolicy.objects.values_list("kind", flat=True)) == [
        "cap",
        "hours",
        "staleness",
    ]


def test_limits_of_engagement_are_added_and_each_says_what_it_does(desk):
    given = {"kind": "engagement", "live": "on", "message_class": "promotional"}
    add(desk, {**given, "unanswered": "5", "count": "1", "per_hours": "744"})
    add(desk, {**given, "unanswered": "10"})
    listed = desk.get(reverse("admin:campaigns_sendingpolicy_changelist")).text
    assert (
        "After 5 texts without an answer at most 1 in 744 hours on any subject." in listed,
        "After 10 texts without an answer nothing more until the person answers." in listed,
    ) == (True, True)
    (fault,) = faults(add(desk, {**given, "unanswered": "12"}))
    assert fault.startswith("Your own policy stays: after 10 texts without an answer nothing more")
    again = {**given, "unanswered": "10", "count": "1", "per_hours": "9"}
    assert "There is one after as many texts: change that." in faults(add(desk, again))


def test_the_default_hours_may_be_widened_as_far_as_some_law_lets_texts_arrive(desk):
    (fault,) = faults(add(desk, {**HOURS, "weekday_from": "02:00"}))
    assert fault == "The widest law that we know opens at 08:00; your 02:00 changes nothing."
    assert add(desk, {**HOURS, "weekday_until": "20:30"}).status_code == 302


def test_hours_past_the_law_of_their_place_are_refused_with_what_the_law_says(desk):
    an_hours_policy(weekday_from="08:00", weekday_until="21:00")
    answer = add(desk, {**HOURS, "place": "US-FL", "weekday_until": "21:00"})
    assert faults(answer) == [
        "The law closes at 20:00 in Florida; your 21:00 changes nothing there."
    ]
    assert SendingPolicy.objects.count() == 1


def test_hours_that_some_states_cut_are_saved_and_the_states_are_named(desk):
    answer = desk.post(
        f"{ADD}?kind=hours",
        {
            **HOURS,
            "weekday_from": "08:00",
            "weekday_until": "21:00",
            "change_reason": "Counsel asked",
        },
        follow=True,
    )
    assert SendingPolicy.objects.count() == 1
    assert "The law closes at 20:00 in " in answer.text
    policy = SendingPolicy.objects.get()
    page = desk.get(reverse("admin:campaigns_sendingpolicy_change", args=[policy.pk])).text
    assert "Florida" in page
    assert "Texts may arrive Mon-Fri 08:00-21:00 where the person is." in page


def test_a_cap_above_the_laws_is_refused_since_the_laws_stays(desk):
    answer = add(
        desk,
        {**CAP, "message_class": "promotional", "place": "US-OR", "count": "5", "per_hours": "24"},
    )
    (fault,) = faults(answer)
    assert fault.startswith("The law's cap stays: 3 in 24 hours on any subject in Oregon;")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({**HOURS, "weekday_until": "08:00"}, "weekday_until"),
        ({**HOURS, "weekday_until": ""}, "weekday_until"),
        ({**HOURS, "weekday_from": "", "weekday_until": ""}, "__all__"),
        ({**HOURS, "place": "Florida"}, "place"),
        ({**HOURS, "place": "UK"}, "place"),
        ({**HOURS, "place": "US-ZZ"}, "place"),
        ({**HOURS, "place": "US-unknown"}, "place"),
        ({**CAP, "count": "", "per_hours": "24"}, "count"),
        ({**CAP, "count": "0", "per_hours": "24"}, "count"),
        ({**CAP, "count": "1", "per_hours": "745"}, "per_hours"),
        ({"kind": "staleness", "live": "on", "months": ""}, "months"),
        ({"kind": "engagement", "live": "on", "unanswered": ""}, "unanswered"),
        ({"kind": "engagement", "live": "on", "unanswered": "0"}, "unanswered"),
        ({"kind": "engagement", "live": "on", "unanswered": "3", "count": "1"}, "per_hours"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_at_the_form(desk, given, field):
    answer = add(desk, given)
    assert field in answer.context["adminform"].form.errors
    assert SendingPolicy.objects.count() == 0


def test_what_is_wrong_is_said_once_and_in_words(desk):
    answer = add(desk, {**HOURS, "weekday_from": "", "weekday_until": ""})
    assert faults(answer) == ["It opens on no day: nothing would ever be sent."]


def test_a_second_rule_of_hours_for_the_same_texts_is_refused_at_the_form(desk):
    an_hours_policy()
    assert faults(add(desk, HOURS)) == ["There is one for these texts and this place: change that."]


def test_a_new_rule_says_why(desk, officer):
    answer = add(desk, {**HOURS, "change_reason": ""})
    assert "change_reason" in answer.context["adminform"].form.errors
    add(desk, {**HOURS, "change_reason": "The works council asked"})
    kept = SendingPolicy.objects.get().history.get()
    assert (kept.history_change_reason, kept.history_user) == ("The works council asked", officer)


def test_a_change_says_why_and_each_version_stays(desk, officer):
    policy = an_hours_policy()
    assert change(desk, policy, weekday_until="16:00", change_reason="").status_code == 200
    assert change(desk, policy, weekday_until="16:00", kind="cap").status_code == 302
    kept = policy.history.first()
    assert (kept.kind, kept.weekday_until.hour, kept.history_change_reason, kept.history_user) == (
        "hours",
        16,
        "Counsel asked",
        officer,
    )
    assert policy.history.count() == 2


def test_a_rule_is_switched_off_and_never_deleted(desk):
    policy = an_hours_policy()
    given = {key: value for key, value in HOURS.items() if key != "live"}
    address = reverse("admin:campaigns_sendingpolicy_change", args=[policy.pk])
    desk.post(address, {**given, "change_reason": "No longer wanted"})
    policy.refresh_from_db()
    assert policy.live is False
    delete = reverse("admin:campaigns_sendingpolicy_delete", args=[policy.pk])
    assert desk.post(delete, {"post": "yes"}).status_code == 403


def test_auditors_read_the_house_policy_and_change_nothing(client, staff):
    policy = a_cap_policy()
    client.force_login(staff("auditor", "Auditors"))
    address = reverse("admin:campaigns_sendingpolicy_change", args=[policy.pk])
    assert "At most 2 texts in 24 hours on any subject." in client.get(address).text
    assert client.post(address, {**CAP, "count": "9"}).status_code == 403
    assert client.get(f"{ADD}?kind=cap").status_code == 403
    assert client.get(ADD).status_code == 403
