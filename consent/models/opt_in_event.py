"""The ledger: what happened to a consent. It only grows (P2)."""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from consent.choices import choices, one_of
from consent.grounds import SOFT_FACTS
from consent.models.contact import Contact
from consent.models.disclosure import Disclosure
from consent.models.topic import Topic
from consent.standing import Happening
from consent.vocabulary import EventKind, ImpliedBy, LegalBasis, Source


class OptInEventQuerySet(models.QuerySet["OptInEvent"]):
    """Questions that staff ask of the ledger."""

    def about(self, contact: Contact, topic: Topic | None = None) -> "OptInEventQuerySet":
        """Return a contact's events; with a topic, those of it and those of every topic."""
        events = self.filter(contact=contact)
        if topic is not None:
            events = events.filter(models.Q(topic=topic) | models.Q(topic=None))
        return events


class OptInEvent(models.Model):
    """Record that a person asked, agreed, declined or left, or that we learnt of it.

    Rows are only ever added; update, delete and truncate are refused by a database trigger.
    `consent.ledger` is the only writer. Topic null means every topic of every brand. What an event
    refers to is checked a statement at a time by `consent.references`, not row by row.
    """

    contact = models.ForeignKey(
        Contact,
        on_delete=models.PROTECT,
        related_name="events",
        db_index=False,  # event_of_contact begins with it
        db_constraint=False,
    )
    topic = models.ForeignKey(
        Topic,
        on_delete=models.PROTECT,
        null=True,
        related_name="events",
        db_index=False,
        db_constraint=False,
    )
    kind = models.CharField(max_length=20, choices=choices(EventKind))
    source = models.CharField(max_length=16, choices=choices(Source))
    legal_basis = models.CharField(
        max_length=16, choices=choices(LegalBasis), default=LegalBasis.NONE
    )
    implied_by = models.CharField(
        max_length=16,
        choices=choices(ImpliedBy),
        blank=True,
        default="",
        db_default="",
        help_text="What implied a consent that was never expressed.",
    )
    implied_on = models.DateField(
        null=True, help_text="The day of it, from which an implied consent counts."
    )
    details_from_sale = models.BooleanField(
        "got in a sale",
        null=True,
        help_text="They gave us the number as a customer, or while talking about a sale.",
    )
    own_similar_products = models.BooleanField(
        "our own similar products",
        null=True,
        help_text="The texts are about our own products and like what they bought.",
    )
    refusal_offered_then = models.BooleanField(
        "could refuse then",
        null=True,
        help_text="When they gave the number they could say no, simply and for free.",
    )
    refusal_in_each_text = models.BooleanField(
        "can refuse in each text", null=True, help_text="Every text says how to stop them."
    )
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        help_text="Empty: the software, by itself.",
    )
    disclosure = models.ForeignKey(
        Disclosure,
        on_delete=models.PROTECT,
        null=True,
        related_name="events",
        db_index=False,
        db_constraint=False,
    )
    contact_import = models.ForeignKey(
        "consent.ContactImport",
        on_delete=models.PROTECT,
        null=True,
        related_name="events",
        db_index=False,
        db_constraint=False,
    )
    corrects = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="corrections",
        db_index=False,
        db_constraint=False,
    )
    expires_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    evidence_digest = models.BinaryField(
        max_length=32, null=True, help_text="SHA-256 over salt and evidence; outlives the evidence."
    )

    objects = OptInEventQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        verbose_name = "opt-in event"
        default_permissions = ("view",)
        constraints = (
            one_of("kind", EventKind, "event_kind_is_known"),
            one_of("source", Source, "event_source_is_known"),
            one_of("legal_basis", LegalBasis, "event_basis_is_known"),
            models.CheckConstraint(
                condition=models.Q(implied_by="", implied_on__isnull=True)
                | models.Q(
                    implied_by__in=[road.value for road in ImpliedBy],
                    implied_on__isnull=False,
                    legal_basis=LegalBasis.IMPLIED,
                ),
                name="implied_consent_names_ground_and_day",
            ),
            models.CheckConstraint(
                condition=models.Q(legal_basis=LegalBasis.SOFT_OPT_IN)
                | models.Q(**{f"{fact}__isnull": True for fact in SOFT_FACTS}),
                name="only_a_soft_opt_in_has_its_facts",
            ),
            models.CheckConstraint(
                condition=models.Q(occurred_at__lte=models.F("recorded_at")),
                name="event_is_recorded_after_it_occurred",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=EventKind.CORRECTED, corrects__isnull=False)
                | (~models.Q(kind=EventKind.CORRECTED) & models.Q(corrects__isnull=True)),
                name="correction_names_what_it_corrects",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=[EventKind.CONFIRMED, EventKind.OPTED_IN])
                | (models.Q(topic__isnull=False) & ~models.Q(legal_basis=LegalBasis.NONE)),
                name="opt_in_names_its_topic_and_basis",
            ),
        )
        indexes = (
            # The fold of one contact's standing, and the contact file
            models.Index(fields=("contact", "topic", "occurred_at"), name="event_of_contact"),
            # Opt-outs to acknowledge and to tell how soon they were honoured, newest first.
            # Consents by themselves are most of the ledger, and are asked for by day alone.
            models.Index(
                fields=("kind", "occurred_at"),
                name="event_by_kind_and_time",
                condition=~models.Q(kind=EventKind.OPTED_IN),
            ),
            # Audit exports by date and the dashboard's days: nothing occurs after it is recorded,
            # and events lie in the order in which they are recorded
            BrinIndex(
                fields=("recorded_at",),
                name="event_by_record",
                pages_per_range=32,
                autosummarize=True,
            ),
            # What a list brought, which lies together: taking it back, whether it may be deleted
            BrinIndex(
                fields=("contact_import",),
                name="event_by_import",
                pages_per_range=32,
                autosummarize=True,
            ),
            # Whether an event was corrected
            models.Index(
                fields=("corrects",),
                name="event_by_correction",
                condition=models.Q(corrects__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"#{self.pk} {self.kind.replace('_', ' ')}"

    def happening(self) -> Happening:
        """Return the event as the plain value that standings are folded from."""
        return Happening(
            id=self.pk,
            kind=EventKind(self.kind),
            occurred_at=self.occurred_at,
            topic=self.topic_id,
            basis=LegalBasis(self.legal_basis),
            corrects=self.corrects_id,
            expires_at=self.expires_at,
            source=Source(self.source),
        )
