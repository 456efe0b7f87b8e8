import pytest

from consent.importing import applying, figures
from consent.importing.figures import Bar
from consent.vocabulary import ImportState
from tests.builders import a_contact, a_topic, a_user, an_event
from tests.consent.importing.lists import a_list, a_row, previewed

pytestmark = pytest.mark.django_db


def test_a_preview_says_whence_the_new_people_are_and_how_old_their_consents():
    a_topic()
    an_event(a_contact("+12145550104"), "opted_out")
    taken = previewed(
        a_list(
            a_row("+12125550101"),
            a_row("+12125550102", at="2019-07-01T03:00:00Z"),
            a_row("+13055550103"),
            a_row("+12145550104", at="2018-01-01T00:00:00Z"),
            a_row("+447911123456"),
            a_row("+12125550101"),
            a_row("nobody"),
        )
    )
    assert figures.countries(taken) == [Bar("United States", 3, 100.0), Bar("Guernsey", 1, 100 / 3)]
    assert figures.states(taken) == [Bar("NY", 2, 100.0), Bar("FL", 1, 50.0)]
    # The evening before in New York; who opted out is not of those who come in
    assert str(figures.oldest(taken)) == "2019-06-30"
    assert figures.share_opted_out(taken) == 100 / 5


@pytest.mark.parametrize(("limit", "warns"), [(20, False), (19, True), (0, True)])
def test_a_list_of_many_who_left_before_is_warned_of(settings, limit, warns):
    settings.IMPORT_WARN_OPTED_OUT_PERCENT = limit
    a_topic()
    an_event(a_contact("+12125550101"), "opted_out")
    taken = previewed(a_list(*(a_row(f"+1212555010{n}") for n in range(1, 6))))
    assert figures.warning(taken).startswith("20.0 % of these people opted out before") == warns


def test_places_beyond_the_largest_are_one_line():
    bars = figures._bars({f"S{n:02}": 20 - n for n in range(14)})
    # More than the largest place has, so a bar beside it would dwarf all of them
    assert (len(bars), bars[0], bars[-1]) == (13, Bar("S00", 20, 100.0), Bar("2 others", 15, None))
    assert figures._bars({f"S{n:02}": 20 - n for n in range(13)})[-1] == Bar("1 other", 8, None)


def test_a_long_list_is_confirmed_by_somebody_else_than_who_brought_it(settings):
    settings.IMPORT_SECOND_PERSON_ROWS = 1
    a_topic()
    lisa, olive = a_user("lisa"), a_user("olive")
    long = previewed(a_list(a_row(), a_row("+12125550102")), user=lisa)
    short = previewed(a_list(a_row("+12125550103")), user=lisa)
    assert (applying.needs_another(long, lisa), applying.needs_another(long, olive)) == (
        True,
        False,
    )
    assert not applying.needs_another(short, lisa)
    assert not applying.confirm(long.pk, user=lisa)
    long.refresh_from_db()
    assert long.state == ImportState.PREVIEWED
    assert applying.confirm(short.pk, user=lisa)
    assert applying.confirm(long.pk, user=olive)
