"""The form by which staff say how a list is read."""

from collections.abc import Collection
from typing import Any
from zoneinfo import available_timezones

from django import forms

from consent.importing.contact_list import ListFault
from consent.importing.dates import IN_WORDS as FORMS_IN_WORDS
from consent.importing.dates import NOBODY_KNOWS, Tally
from consent.importing.header_names import LABELS
from consent.importing.mapping import columns, plain, recognised
from consent.importing.survey import Choice, Held, needed_of_dates
from consent.importing.words import IN_WORDS, KNOWN
from consent.models import ListMapping, Topic
from consent.vocabulary import ListKind
from consent.zone_names import zone_name

READ = {
    ListKind.CONSENTS: tuple(LABELS),
    ListKind.OPT_OUTS: ("phone", "area_code", "topic", "left_at", "source", "agreed"),
    ListKind.SUPPRESSIONS: ("phone", "area_code", "topic"),
}
"""What is read of each kind of list."""
USUAL_ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix"),
    *("America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico"),
    *("America/Toronto", "Europe/London", "UTC"),
)
LEFT_OUT = "Nobody knows: leave such rows out"
MEANINGS = [("", "Say what it means"), *((each.value, words) for each, words in IN_WORDS.items())]


def column_choices(holds: str) -> list[tuple[str, str]]:
    """Return what a column of a list may hold."""
    return [("", "Not used"), *((name, LABELS[name]) for name in READ[ListKind(holds)])]


def zone_choices() -> list[Any]:
    """Return all time zones, the usual ones first."""
    usual = [(name, zone_name(name)) for name in USUAL_ZONES]
    # With their ids, since cities of the same name lie on several continents
    every = sorted((f"{zone_name(name)}, {name}", name) for name in available_timezones())
    return [
        ("", "Not said"),
        (NOBODY_KNOWS, LEFT_OUT),
        ("Usual", usual),
        ("All", [(name, said) for said, name in every]),
    ]


def form_choices() -> list[tuple[str, str]]:
    """Return the forms of dates."""
    forms_in_words = ((form.value, words) for form, words in FORMS_IN_WORDS.items())
    return [("", "Not said"), *forms_in_words, (NOBODY_KNOWS, LEFT_OUT)]


class MappingForm(forms.Form):
    """Ask which column holds what, what its words mean, and how its dates are written.

    The words are those of the column that is chosen for them; where another one is chosen, they
    are asked for once it has been sent.
    """

    date_form = forms.ChoiceField(
        label="Dates are written",
        required=False,
        choices=form_choices,
        help_text="Of dates that do not begin with four digits of the year. A date that does not "
        "fit stays unread; it is never turned round.",
    )
    time_zone = forms.ChoiceField(
        label="Times were kept in",
        required=False,
        choices=zone_choices,
        help_text="For times that do not say their own zone. A day without an hour counts from its "
        "first minute there; of people who left, up to its last.",
    )
    topic = forms.ModelChoiceField(
        Topic.objects.open().select_related("brand"),
        label="Topic of rows that name none",
        required=False,
        empty_label="None: as the list says",
    )
    headed = forms.ChoiceField(
        label="The first line",
        choices=[("yes", "names the columns"), ("no", "is a row like the others")],
    )
    save_as = forms.CharField(
        label="Keep this mapping as",
        required=False,
        max_length=80,
        help_text="Lists with the same columns are then read like this by themselves. E.g. the "
        "program or vendor that the list comes from. Empty: for this list alone.",
    )

    def __init__(
        self,
        data: Any = None,
        *,
        found: list[Held],
        choice: Choice,
        holds: ListKind,
        topic_given: bool,
        headed: bool,
        attested: Collection[str] = (),
    ) -> None:
        self.found, self.holds, self.topic_given = found, holds, topic_given
        self.header = [held.name for held in found]
        self.was_headed, self.attested = headed, attested
        known = dict(choice.columns) or (recognised(self.header) if headed else {})
        field_of = {name: field for field, name in known.items() if field in READ[holds]}
        first: dict[str, Any] = {"headed": "yes" if headed else "no"}
        first |= {f"column_{at}": field_of.get(name, "") for at, name in enumerate(self.header)}
        first |= {"date_form": choice.date_form or self._proposed(field_of)}
        first |= {"time_zone": choice.time_zone}
        super().__init__(data, initial=first)
        for at, held in enumerate(found):
            self.fields[f"column_{at}"] = forms.ChoiceField(
                label=held.name, required=False, choices=column_choices(holds)
            )
        if topic_given:
            del self.fields["topic"]
        self._ask_for_words(choice)

    def _proposed(self, field_of: dict[str, str]) -> str:
        for held in self.found:
            if field_of.get(held.name) in {"consented_at", "left_at", "implied_on"}:
                return held.dates.proposed or ""
        return ""

    def _ask_for_words(self, choice: Choice) -> None:
        said = {at: self.value_of(f"column_{at}") for at in range(len(self.found))}
        self.spoken = next((at for at, field in said.items() if field == "agreed"), None)
        if self.spoken is None:
            return
        for at, word in enumerate(self.found[self.spoken].words):
            name = f"word_{self.spoken}_{at}"
            meaning = choice.words.get(word) or KNOWN.get(word, "")
            self.fields[name] = forms.ChoiceField(
                label=self.found[self.spoken].as_written.get(word) or "(empty)",
                required=False,
                choices=MEANINGS,
                initial=meaning,
            )
            if self.is_bound and name not in self.data:  # its column was chosen just now
                self.data = {**{each: self.data[each] for each in self.data}, name: meaning}

    def value_of(self, name: str) -> Any:
        """Return what a field holds as the page shows it."""
        return self[name].value()

    def clean(self) -> dict[str, Any]:
        """Hold the choice to what the list needs."""
        given: dict[str, Any] = super().clean() or {}
        if self.reads_anew:
            return given
        chosen: dict[str, str] = {}
        for at, name in enumerate(self.header):
            field = given.get(f"column_{at}")
            if field and field in chosen:
                self.add_error(f"column_{at}", f"{LABELS[field]}: chosen for two columns.")
            elif field:
                chosen[field] = name
        self.choice = Choice(
            chosen,
            self._words(given),
            given.get("date_form", ""),
            given.get("time_zone", ""),
            self.was_headed,
        )
        if not chosen:
            self.add_error(None, "Say at least which column holds the phone number.")
            return given
        try:
            mapped = columns(
                self.header,
                topic_given=self.topic_given or given.get("topic") is not None,
                holds=self.holds,
                chosen=chosen,
                attested=self.attested,
            )
        except ListFault:
            self.add_error(None, self._missing(chosen))
            return given
        if self.holds is ListKind.CONSENTS:
            self._hold_dates(*needed_of_dates(self.found, mapped))
        return given

    @property
    def reads_anew(self) -> bool:
        """Say whether the first line is taken otherwise than before, so that all is read anew."""
        return (self.cleaned_data.get("headed") == "yes") != self.was_headed

    def _words(self, given: dict[str, Any]) -> dict[str, str]:
        if self.spoken is None:
            return {}
        held = self.found[self.spoken]
        if not held.few:
            self.add_error(
                f"column_{self.spoken}", "This column holds too many different words for that."
            )
        found = {}
        for at, word in enumerate(held.words):
            meaning = given.get(f"word_{self.spoken}_{at}")
            if meaning:
                found[word] = meaning
            else:
                self.add_error(f"word_{self.spoken}_{at}", "Say what this word means.")
        return found

    def _hold_dates(self, needs_form: list[Tally], needs_zone: bool) -> None:
        if needs_form and not self.choice.date_form:
            self.add_error("date_form", "Say whether the day or the month comes first.")
        if needs_zone and not self.choice.time_zone:
            self.add_error("time_zone", "Say in which time zone the times were kept.")

    def _missing(self, chosen: dict[str, str]) -> str:
        needed = ["phone"]
        if self.holds is ListKind.CONSENTS:
            given = self.topic_given or self.cleaned_data.get("topic")
            needed += [*([] if given else ["topic"]), "consented_at", "source"]
        lacking = [field for field in needed if field not in {*chosen, *self.attested}]
        named = ", ".join(LABELS[field].lower() for field in lacking)
        return (
            f"Still missing: {named}. Without them no row proves a consent. What the file does not "
            "hold has to be added to it, or stated once for every row and attested."
        )

    def clean_save_as(self) -> str:
        """Refuse a name that another kind of list goes by."""
        name: str = self.cleaned_data["save_as"].strip()
        other = ListMapping.objects.filter(name=name).first() if name else None
        if other and (
            other.holds != self.holds
            or sorted(map(plain, other.header)) != sorted(map(plain, self.header))
        ):
            raise forms.ValidationError(
                "Another mapping, of other columns, has this name: choose a different one."
            )
        return name
