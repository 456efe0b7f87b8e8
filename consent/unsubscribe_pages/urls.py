"""Addresses of the page that a text leads to: as short as can be, and without a number (P10)."""

from django.urls import path, register_converter

from consent.unsubscribe_pages import views
from consent.unsubscribing import LENGTH


class Code:
    """Match what can be a code; nothing else asks the database."""

    regex = f"[0-9A-Za-z]{{{LENGTH}}}"

    def to_python(self, value: str) -> str:
        """Return it as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it is."""
        return value


register_converter(Code, "code")

app_name = "unsubscribe_pages"
urlpatterns = [
    path("<code:code>", views.UnsubscribeView.as_view(), name="page"),
    # Some programs of phones end a link by a slash of their own
    path("<code:code>/", views.UnsubscribeView.as_view()),
    path("", views.unknown, name="nothing"),
    path("<path:rest>", views.unknown, name="unknown"),
]
