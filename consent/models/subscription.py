"""A subscription: the standing of one contact and topic, kept as a row."""

from django.db import models

from consent.choices import choices, one_of
from consent.models.contact import Contact
from consent.models.opt_in_event import OptInEvent
from consent.models.topic import Topic
from consent.vocabulary import LegalBasis, Standing


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Questions that staff ask of subscriptions."""

    def opted_in(self, topic: Topic) -> "SubscriptionQuerySet":
        """Return those who agreed to a topic and have not left."""
        return self.filter(topic=topic, standing=Standing.OPTED_IN)

    def pending_since_before(self, moment: object) -> "SubscriptionQuerySet":
        """Return the requests that nobody confirmed in time."""
        return self.filter(standing=Standing.PENDING, since__lt=moment)


class Subscription(models.Model):
    """Keep what the ledger amounts to, for quick asking.

    Written only by `consent.ledger`, in the transaction of the event. It can be rebuilt from the
    events at any time: `manage.py rebuild_standings --check` proves that. A row with no topic
    stands for all topics that have no row of their own. References are not checked row by row: the
    events that it repeats were, and they are never deleted.
    """

    contact = models.ForeignKey(
        Contact,
        on_delete=models.PROTECT,
        related_name="subscriptions",
        db_index=False,
        db_constraint=False,
    )
    topic = models.ForeignKey(
        Topic,
        on_delete=models.PROTECT,
        null=True,
        related_name="subscriptions",
        db_index=False,
        db_constraint=False,
    )
    standing = models.CharField(max_length=10, choices=choices(Standing))
    since = models.DateTimeField()
    legal_basis = models.CharField(max_length=16, default=LegalBasis.NONE)
    authorised_by = models.ForeignKey(
        OptInEvent,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    requested_by = models.ForeignKey(
        OptInEvent,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    opted_out_by = models.ForeignKey(
        OptInEvent,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    confirmed = models.BooleanField(default=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        constraints = (
            # Also read by every claim and every list page, to find one contact's standings
            models.UniqueConstraint(
                fields=("contact", "topic"),
                name="contact_stands_once_per_topic",
                nulls_distinct=False,
            ),
            one_of("standing", Standing, "standing_is_known"),
            models.CheckConstraint(
                condition=models.Q(standing=Standing.OPTED_IN, authorised_by__isnull=False)
                | (~models.Q(standing=Standing.OPTED_IN) & models.Q(authorised_by__isnull=True)),
                name="opted_in_names_its_event",
            ),
            models.CheckConstraint(
                condition=models.Q(topic__isnull=False)
                | ~models.Q(standing__in=[Standing.OPTED_IN, Standing.PENDING]),
                name="nobody_joins_everything",
            ),
        )
        indexes = (
            # The audience of a campaign and the counts of a topic
            models.Index(fields=("topic", "standing", "contact"), name="subscribers_of_topic"),
            # The sweep for requests that lapse
            models.Index(
                fields=("since",),
                name="requests_pending",
                condition=models.Q(standing=Standing.PENDING),
            ),
        )

    def __str__(self) -> str:
        return f"{self.standing.replace('_', ' ')} #{self.pk}"
