"""The page that the link in a text leads to: what one is in, and how to leave it."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.generic import View

from consent import unsubscribing
from consent.client_address import client_address
from consent.ledger import EvidenceDraft
from consent.models import Contact, Topic
from consent.phone_numbers import mask
from consent.tasks import wake_opt_out_confirmation
from consent.unsubscribe_pages import words as wording
from consent.unsubscribe_pages.words import Words

EVERYTHING = "everything"


class UnsubscribeView(View):
    """Show a person's topics, masked number and all; change something by POST alone.

    Phones, carriers and virus scanners open the links of texts by themselves: a GET that left a
    topic would leave it for everybody.
    """

    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Keep the page out of caches and search engines."""
        answer = super().dispatch(request, *args, **kwargs)
        answer["X-Robots-Tag"] = "noindex, nofollow"
        # Other sites learn nothing of the address. Our own must: without any referrer at all
        # browsers send `Origin: null` with the form, which is refused as forged.
        answer["Referrer-Policy"] = "same-origin"
        add_never_cache_headers(answer)
        return answer

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """Show the page."""
        contact = unsubscribing.contact_of(code)
        if contact is None:
            return unknown(request)
        return self.page(request, contact)

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """Leave what is named, and come back to the page, so that reloading does nothing twice."""
        contact = unsubscribing.contact_of(code)
        if contact is None:
            return unknown(request)
        words = words_of(request, contact)
        address = client_address(request)
        if unsubscribing.address_leaves_too_often(address):
            answer = self.told(request, words, words.too_often, words.too_often_why, 429)
            answer["Retry-After"] = "3600"
            return answer
        wanted = request.POST.get("leave", "")
        topic = None
        if wanted != EVERYTHING:
            topic = next(
                (t for t in unsubscribing.topics_reached(contact) if str(t.pk) == wanted), None
            )
            if topic is None:
                return self.page(request, contact)
        evidence = EvidenceDraft(
            ip_address=address,
            user_agent=request.headers.get("User-Agent", "")[:400],
            # Without the code, which is the person's own key to the page
            page=request.build_absolute_uri(reverse("unsubscribe_pages:nothing"))[:400],
            form_fields={"leave": wanted},
            words_shown=words_shown(words, topic),
        )
        with transaction.atomic():
            event = unsubscribing.leave(contact, topic, evidence=evidence)
            if event is not None:
                wake_opt_out_confirmation(event.pk)
        return redirect(f"{request.path}?done")

    def page(self, request: HttpRequest, contact: Contact) -> HttpResponse:
        """Show what the person is in now, whatever address they came by."""
        words = words_of(request, contact)
        topics = unsubscribing.topics_reached(contact)
        context = {
            "words": words,
            "who": words.who.format(number=mask(contact.number)),
            "topics": [(topic, words.leave.format(topic=topic)) for topic in topics],
            "gone": unsubscribing.has_left_everything(contact),
            "done": "done" in request.GET,
            "everything": EVERYTHING,
        }
        return render(request, "consent/unsubscribe_pages/page.html", context)

    def told(
        self, request: HttpRequest, words: Words, title: str, why: str, status: int
    ) -> HttpResponse:
        """Show a page that only says something."""
        context = {"words": words, "title": title, "why": why}
        return render(request, "consent/unsubscribe_pages/told.html", context, status=status)


def unknown(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Say kindly that the link is broken; the same for what cannot be a code and what is none."""
    context = {"words": wording.EN, "title": wording.EN.unknown, "why": wording.EN.unknown_why}
    answer = render(request, "consent/unsubscribe_pages/told.html", context, status=404)
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def words_of(request: HttpRequest, contact: Contact) -> Words:
    """Return the words of the language that the person chose."""
    return wording.ALL.get(contact.language[:2], wording.EN)


def words_shown(words: Words, topic: Topic | None) -> str:
    """Return what the button said, for the evidence."""
    if topic is None:
        return f"[{words.leave_all}]\n\n{words.leave_all_hint}"
    return f"[{words.leave.format(topic=topic)}]"
