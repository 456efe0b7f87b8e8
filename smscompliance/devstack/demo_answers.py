"""The demo's saved answers: what people ask again and again, and what staff answer."""

from campaigns.models import SavedAnswer
from consent.models import Brand
from smscompliance.devstack.demo_data import kept

ANSWERS = (
    (
        "Opening hours",
        "Example Corp.",
        "{brand}: our shops are open Monday to Saturday, 9am to 8pm, and Sunday, 11am to 6pm.",
    ),
    (
        "Is the sale on the web too?",
        "Example Corp.",
        "{brand}: yes, the same prices hold in our shops and at https://example.com/.",
    ),
    (
        "Where is my order?",
        "Acme Outfitters",
        "{brand}: we can't see orders from here. Please {contact} with your order number.",
    ),
    (
        "A boot does not fit",
        "Acme Outfitters",
        "{brand}: unworn boots may be exchanged within 60 days. Please {contact}.",
    ),
    (
        "Who are you?",
        "",
        "This is {brand}: you asked for our texts. Reply STOP to end them, or {contact}.",
    ),
    ("Sent on to a person", "", "{brand}: thank you, we have passed this on. Or {contact}."),
)


def load_answers() -> None:
    """Write the saved answers where they are missing."""
    brands = {brand.name: brand for brand in Brand.objects.all()}
    for title, brand, text in ANSWERS:
        kept(SavedAnswer, {"title": title}, brand=brands.get(brand), text=text)
