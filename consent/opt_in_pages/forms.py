"""The public form: a number, an agreement, and a check that keeps robots out."""

from typing import Any

from altcha_django import AltchaField, AltchaMixin, ErrorCode
from django import forms
from django.http import QueryDict
from django.urls import reverse_lazy

from consent.models import Disclosure
from consent.opt_in_pages.words import Words
from consent.phone_numbers import EMPTY, InvalidNumber, PhoneNumber, parse


class JoinForm(AltchaMixin, forms.Form):
    """Take what a person types; `cleaned_data["number"]` is a `PhoneNumber`.

    `version` names the wording that was on the page, so that evidence never names another.
    """

    number = forms.CharField(
        max_length=40,
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel", "maxlength": 40}
        ),
    )
    agree = forms.BooleanField()
    version = forms.CharField(widget=forms.HiddenInput, required=False)
    not_robot = AltchaField(
        challenge_url=reverse_lazy("opt_in_pages:challenge"),
        configuration={"hideLogo": True, "hideFooter": True},
        auto="onsubmit",
    )

    def __init__(
        self, data: QueryDict | None = None, *, words: Words, disclosure: Disclosure, **kwargs: Any
    ) -> None:
        if data is not None and data.get("version") != str(disclosure.pk):
            data = data.copy()
            data.pop("agree", None)  # it was given to other words
        super().__init__(data, **kwargs)
        self.words, self.disclosure = words, disclosure
        number, agree, not_robot = (self.fields[n] for n in ("number", "agree", "not_robot"))
        number.label, number.help_text = words.number, words.number_hint
        agree.error_messages["required"] = words.agree_missing
        not_robot.error_messages |= dict.fromkeys(
            not_robot.error_messages, words.not_robot_again
        ) | {"required": words.not_robot_missing, ErrorCode.REQUIRED.value: words.not_robot_missing}
        not_robot.widget.language = words.language
        number.error_messages["required"] = words.number_wrong or EMPTY

    def clean_number(self) -> PhoneNumber:
        """Read the number as typed."""
        try:
            return parse(self.cleaned_data["number"])
        except InvalidNumber as fault:
            raise forms.ValidationError(self.words.number_wrong or fault.reason) from None

    def clean_version(self) -> str:
        """Refuse an agreement to words that are no longer the ones shown."""
        version: str = self.cleaned_data["version"]
        if version != str(self.disclosure.pk):
            raise forms.ValidationError(self.words.new_wording)
        return version

    def as_typed(self) -> dict[str, str]:
        """Return the fields that the person filled in, for the evidence."""
        return {
            name: self.data.get(name, "").replace("\0", "")[:40]
            for name in ("number", "agree", "version")
        }
