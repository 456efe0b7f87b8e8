"""The public pages on which people ask to join a topic."""

from typing import Any

from altcha_django.views import ChallengeView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe
from django.views.generic import View

from consent import contacts, joining
from consent.client_address import client_address
from consent.ledger import EvidenceDraft
from consent.models import Disclosure, Topic
from consent.opt_in_pages import words as wording
from consent.opt_in_pages.forms import JoinForm
from consent.opt_in_pages.words import Words
from consent.tasks import wake_confirmation
from consent.vocabulary import Place, Source

challenge = ChallengeView.as_view()


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the topics that can be joined on the web."""
    return render(request, "consent/opt_in_pages/index.html", {"topics": joinable_topics()})


@require_safe
def thanks(request: HttpRequest, slug: str) -> HttpResponse:
    """Say the same to everybody, whatever became of their request."""
    topic = joinable_topics().filter(slug=slug).first()
    if topic is None:
        return closed(request)
    words = wording.ALL.get(request.GET.get("lang", ""), wording.EN)
    return render(request, "consent/opt_in_pages/thanks.html", shown_with(topic, words))


class JoinView(View):
    """Show a topic's form with its published disclosure, and take what was filled in."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show the form."""
        found = call_to_action(slug, request.GET.get("lang", "en"))
        if found is None:
            return closed(request)
        return self.page(request, *found, self.form(request, *found))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Record the request and answer alike, whoever's number it is."""
        found = call_to_action(slug, request.GET.get("lang", "en"))
        if found is None:
            return closed(request)
        topic, disclosure, words = found
        address = client_address(request)
        if joining.address_asks_too_often(address):
            answer = render(request, "consent/opt_in_pages/too_often.html", status=429)
            answer["Retry-After"] = "3600"
            return answer
        form = self.form(request, *found)
        if not form.is_valid():
            return self.page(request, *found, form)
        evidence = EvidenceDraft(
            ip_address=address,
            user_agent=request.headers.get("User-Agent", "")[:400],
            page=request.build_absolute_uri(request.path)[:400],
            form_fields=form.as_typed(),
            words_shown=words_on_page(topic, disclosure, words),
        )
        with transaction.atomic():
            contact = contacts.contact_for(form.cleaned_data["number"])
            event = joining.join(
                contact, topic, source=Source.WEB_FORM, evidence=evidence, disclosure=disclosure
            )
            if event is not None:
                wake_confirmation(event.pk)
        # A redirect, so that going back or reloading sends nothing twice; it holds no number
        query = "" if words is wording.EN else f"?lang={words.language}"
        return redirect(reverse("opt_in_pages:thanks", args=[topic.slug]) + query)

    def form(
        self, request: HttpRequest, topic: Topic, disclosure: Disclosure, words: Words
    ) -> JoinForm:
        """Return the form, filled in if it was sent."""
        return JoinForm(
            request.POST if request.method == "POST" else None,
            request=request,
            words=words,
            disclosure=disclosure,
        )

    def page(
        self,
        request: HttpRequest,
        topic: Topic,
        disclosure: Disclosure,
        words: Words,
        form: JoinForm,
    ) -> HttpResponse:
        """Show the form with the faults found in it."""
        context = shown_with(topic, words) | {
            "form": form,
            "disclosure": disclosure,
            "languages": languages_of(topic),
            "by_text": by_text(topic, words),
        }
        answer = render(request, "consent/opt_in_pages/join.html", context)
        add_never_cache_headers(answer)
        return answer


def joinable_topics() -> Any:
    """Return the open topics whose wording for the web is published."""
    shown = Disclosure.objects.published().filter(place=Place.WEB_FORM)
    return (
        Topic.objects.open().filter(pk__in=shown.values("topic")).select_related("brand").distinct()
    )


def call_to_action(slug: str, language: str) -> tuple[Topic, Disclosure, Words] | None:
    """Return an open topic with the disclosure of a language, or of any, and that one's words."""
    topic = joinable_topics().filter(slug=slug).first()
    if topic is None:
        return None
    for wanted in (language, *wording.ALL):
        disclosure = Disclosure.objects.shown(topic, Place.WEB_FORM, wanted)
        if disclosure is not None and wanted in wording.ALL:
            return topic, disclosure, wording.ALL[wanted]
    return None


def words_on_page(topic: Topic, disclosure: Disclosure, words: Words) -> str:
    """Return what the page says to a person who agrees, in the order shown, for the evidence."""
    return "\n\n".join(
        (
            words.title.format(program=topic),
            topic.description,
            f"[ ] {disclosure.wording}",
            f"[{words.button_of(asks_twice=topic.double_opt_in)}]",
            f"{words.terms}: {topic.brand.terms_url}",
            f"{words.privacy}: {topic.brand.privacy_url}",
        )
    )


def languages_of(topic: Topic) -> list[Words]:
    """Return the languages in which a topic's disclosure for the web is published."""
    codes = (
        Disclosure.objects.published()
        .filter(topic=topic, place=Place.WEB_FORM)
        .order_by("language")
        .values_list("language", flat=True)
        .distinct()
    )
    return [wording.ALL[code] for code in codes if code in wording.ALL]


def by_text(topic: Topic, words: Words) -> str:
    """Return the published wording that tells how to join by text, or ""."""
    for language in (words.language, "en"):
        found = Disclosure.objects.shown(topic, Place.KEYWORD, language)
        if found is not None and topic.opt_in_keywords:
            return found.wording
    return ""


def shown_with(topic: Topic, words: Words) -> dict[str, Any]:
    """Return what every page about a topic shows."""
    return {
        "topic": topic,
        "brand": topic.brand,
        "words": words,
        "title": words.title.format(program=topic),
        "button": words.button_of(asks_twice=topic.double_opt_in),
        "thanks": words.thanks_of(asks_twice=topic.double_opt_in).format(program=topic),
    }


def closed(request: HttpRequest) -> HttpResponse:
    """Say kindly that there is nothing to join here."""
    context = {"topics": joinable_topics()}
    return render(request, "consent/opt_in_pages/closed.html", context, status=404)
