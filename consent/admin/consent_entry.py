"""Enter a consent that staff know of, with its ground in plain words."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from consent import clock
from consent.admin.base import RecordPages, shown_number
from consent.admin.serious import Refused, SeriousAction, ask
from consent.forms import ReasonForm
from consent.grounds import faults
from consent.ledger import SoftFacts
from consent.models import Contact, Topic
from consent.taking_consent import WRITTEN, CannotTake, Given, take
from consent.vocabulary import ImpliedBy, LegalBasis, Source

RECORDS = "consent.record_consent"
ROADS = {
    Source.PAPER_FORM: "Paper form",
    Source.POINT_OF_SALE: "In the shop",
    Source.PHONE_CALL: "Phone call",
    Source.EMAIL: "E-mail",
    Source.LETTER: "Letter",
    Source.OTHER: "Another way",
}
BASES = {
    LegalBasis.EXPRESS_WRITTEN: "They agreed in writing",
    LegalBasis.EXPRESS: "They agreed by word of mouth",
    LegalBasis.IMPLIED: "Implied: they bought, asked or belong (Canada)",
    LegalBasis.SOFT_OPT_IN: "Soft opt-in: a customer who did not refuse (UK, parts of the EU)",
}
IMPLIED = {
    "": "Not implied",
    ImpliedBy.PURCHASE: "A purchase or contract",
    ImpliedBy.INQUIRY: "An inquiry or application",
    ImpliedBy.NON_BUSINESS: "Membership, a donation or volunteering",
}
SOFT_LABELS = {
    "details_from_sale": "They gave us the number while buying, or while talking about a sale",
    "own_similar_products": "The texts are about our own products, similar to what they bought",
    "refusal_offered_then": "When they gave it they could refuse, simply and for free",
    "refusal_in_each_text": "Every text lets them refuse, simply and for free",
}
EARLIEST = date(2000, 1, 1)
LARGEST = 10  # MB; a scan or a recording


class DayInput(forms.DateInput):
    """Pick a day with the browser's own picker."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class ConsentForm(ReasonForm):
    """Ask what was agreed to, on what ground, when and how we know."""

    topic = forms.ModelChoiceField(Topic.objects.filter(open=True).select_related("brand"))
    basis = forms.ChoiceField(
        label="On what ground",
        choices=list(BASES.items()),
        help_text="What the rulebook accepts depends on where the person is: ask May we text them? "
        "afterwards. The USA accepts neither of the last two.",
    )
    on = forms.DateField(
        label="Day",
        widget=DayInput(),
        help_text="The day they agreed; of an implied consent, the day of the purchase, of the "
        "inquiry or of the last dealings; of a soft opt-in, the day they gave the number. It "
        "counts from that day, not from today.",
    )
    source = forms.ChoiceField(label="How it came", choices=list(ROADS.items()))
    implied_by = forms.ChoiceField(
        label="Implied by",
        required=False,
        choices=list(IMPLIED.items()),
        help_text="Of an implied consent alone. In Canada a purchase, a contract, a membership or "
        "a donation carries texts for two years, an inquiry for six months.",
    )
    soft = forms.MultipleChoiceField(
        label="A soft opt-in rests on",
        required=False,
        choices=list(SOFT_LABELS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text="Of a soft opt-in alone, which needs all four.",
    )
    words = forms.CharField(
        label="What they said or signed",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="In their words, as far as you have them; of dealings, what shows them, such as "
        "the number of the order. Kept as evidence.",
    )
    file = forms.FileField(
        label="File",
        required=False,
        help_text=f"The form, the letter, the receipt: up to {LARGEST} MB. Kept as evidence; its "
        "own name is not.",
    )
    field_order = ("topic", "basis", "on", "source", "implied_by", "soft", "words", "file")

    def clean_on(self) -> date:
        """Refuse a day that has not come, or that is a slip of the keyboard."""
        day: date = self.cleaned_data["on"]
        if day > clock.now().date():
            raise forms.ValidationError("This day has not come yet.")
        if day < EARLIEST:
            raise forms.ValidationError(f"{day:%Y} is too early to be true.")
        return day

    def clean_file(self) -> Any:
        """Refuse what is too large to keep."""
        file = self.cleaned_data["file"]
        if file is not None and file.size > LARGEST * 1024 * 1024:
            raise forms.ValidationError(f"The file is larger than {LARGEST} MB.")
        return file

    def clean(self) -> dict[str, Any]:
        """Hold each ground to its own facts."""
        given = super().clean() or self.cleaned_data
        basis, implied = given.get("basis"), given.get("implied_by")
        facts = given.get("soft", ())
        if basis:
            for field, sentence in faults(LegalBasis(basis), implied=bool(implied), facts=facts):
                self.add_error(field, sentence)
        if basis == LegalBasis.EXPRESS_WRITTEN and given.get("source") not in {None, *WRITTEN}:
            self.add_error("source", "In writing means a paper form, an e-mail or a letter.")
        if basis in {LegalBasis.EXPRESS_WRITTEN, LegalBasis.EXPRESS} and not (
            given.get("words") or given.get("file")
        ):
            self.add_error("words", "Give their words or a file: we must prove that they agreed.")
        return given


def enter(request: HttpRequest, admin: RecordPages, contact: Contact) -> HttpResponse:
    """Show what a consent does, and record it."""
    staff = request.user
    assert staff.is_authenticated  # the admin lets nobody else in

    def act(given: dict[str, Any]) -> str:
        try:
            event = take(contact, given["topic"], _as_given(given), by=staff)
        except CannotTake as fault:
            raise Refused(str(fault)) from fault
        return f"Consent to {given['topic']} recorded as event #{event.pk}."

    return ask(
        request,
        admin,
        contact,
        SeriousAction(
            title=f"Record a consent of {shown_number(request, contact)}",
            button="Record the consent",
            effects=[
                "The person is opted in to the topic from that day on, on the ground you choose.",
                "Where the rulebook does not accept the ground, or its term is over, nothing goes.",
                "The ledger keeps it for good, with your name.",
                "It never overturns an opt-out, a refusal or a suppression.",
            ],
            form=ConsentForm,
            act=act,
        ),
    )


def _as_given(entered: dict[str, Any]) -> Given:
    return Given(
        source=Source(entered["source"]),
        basis=LegalBasis(entered["basis"]),
        on=entered["on"],
        note=entered["reason"],
        implied_by=ImpliedBy(entered["implied_by"]) if entered["implied_by"] else None,
        soft=SoftFacts(**dict.fromkeys(entered["soft"], True)),
        words=entered["words"],
        file=entered["file"],
    )
