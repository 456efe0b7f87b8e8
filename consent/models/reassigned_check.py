"""Checks against the Reassigned Numbers Database: what was asked of whom, and the answers."""

from django.conf import settings
from django.db import models

from consent.choices import choices, one_of
from consent.models.contact import Contact
from consent.vocabulary import CheckState, ExportState, NumberAnswer


class ReassignedCheck(models.Model):
    """Keep one query of the database: queued -> asked -> partly -> answered, or failed.

    Asked: the query file can be taken away. The questions are rows of their own; the file is
    written from them each time that it is taken, and is the same each time.
    """

    only_due = models.BooleanField(
        "only numbers that are due",
        default=True,
        help_text="Left out are those that we heard from, or asked about, within the month.",
    )
    has_header = models.BooleanField("with a header line", default=False)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=choices(CheckState), default=CheckState.QUEUED)
    numbers = models.PositiveIntegerField(default=0, help_text="Numbers asked about.")
    answered = models.PositiveIntegerField(default=0, help_text="Of them, answered so far.")
    files = models.JSONField(
        default=list,
        help_text="The query's files: first and last contact, rows and SHA-256 of each.",
    )
    fault = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name = "reassigned number check"
        default_permissions = ("view", "add")
        permissions = (
            ("download_reassignedcheck", "Can take away query files, which hold whole numbers"),
            ("answer_reassignedcheck", "Can upload the answers to a query, which close consents"),
        )
        constraints = (
            one_of("state", CheckState, "check_state_is_known"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="check_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(answered__lte=models.F("numbers")),
                name="no_more_answers_than_questions",
            ),
        )

    def __str__(self) -> str:
        return f"Reassigned number check #{self.pk}"


class ReassignedQuestion(models.Model):
    """Keep that a number was asked about, and the date. Rows are only ever added."""

    check_made = models.ForeignKey(
        ReassignedCheck, on_delete=models.PROTECT, related_name="questions", db_index=False
    )
    contact = models.ForeignKey(
        Contact,
        on_delete=models.PROTECT,
        related_name="reassigned_questions",
        db_constraint=False,  # made from contacts themselves, and none is ever deleted
    )
    about = models.DateField(
        "date asked about", help_text="The last day on which the number surely was the person's."
    )

    class Meta:
        ordering = ("pk",)
        default_permissions = ()
        constraints = (
            # Also read to write the query's files, in order of contacts
            models.UniqueConstraint(
                fields=("check_made", "contact"), name="number_is_asked_about_once_per_check"
            ),
        )

    def __str__(self) -> str:
        return f"Question #{self.pk}"


class ReassignedAnswerFile(models.Model):
    """Keep one uploaded file of answers: queued -> running -> ready, or failed."""

    check_made = models.ForeignKey(
        ReassignedCheck, on_delete=models.PROTECT, related_name="answer_files"
    )
    file = models.FileField(upload_to="reassigned/%Y/%m/", blank=True)
    file_name = models.CharField(max_length=200)
    file_digest = models.CharField("SHA-256", max_length=64)
    answered_on = models.DateField(help_text="The day on which the database gave these answers.")
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=choices(ExportState), default=ExportState.QUEUED)
    rows = models.PositiveIntegerField(default=0)
    progress = models.PositiveIntegerField(default=0, help_text="Rows dealt with so far.")
    counts = models.JSONField(default=dict, help_text="Rows by outcome.")
    answers = models.JSONField(default=dict, help_text="Answers recorded from it, by answer.")
    closed = models.PositiveIntegerField(
        default=0, help_text="People whose consents its answers closed."
    )
    left_out = models.FileField(upload_to="reassigned/%Y/%m/", blank=True)
    fault = models.CharField(max_length=300, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        default_permissions = ()
        constraints = (
            one_of("state", ExportState, "answer_file_state_is_known"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="answers_have_a_reason"),
        )

    def __str__(self) -> str:
        return f"{self.file_name} (#{self.pk})"


class ReassignedAnswer(models.Model):
    """Keep one answer as evidence. Rows are only ever added; a later answer is a further row."""

    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="reassigned_answers", db_constraint=False
    )
    question = models.ForeignKey(
        ReassignedQuestion, on_delete=models.PROTECT, related_name="answers", db_index=False
    )
    about = models.DateField("date asked about")
    answer = models.CharField(
        max_length=7,
        choices=choices(NumberAnswer),
        help_text="Yes: disconnected for good on that date or since.",
    )
    answered_on = models.DateField()
    file = models.ForeignKey(
        ReassignedAnswerFile, on_delete=models.PROTECT, related_name="answers_kept", db_index=False
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        verbose_name = "answer about a number"
        verbose_name_plural = "answers about numbers"
        default_permissions = ("view",)
        constraints = (
            one_of("answer", NumberAnswer, "answer_is_known"),
            models.UniqueConstraint(
                fields=("question", "answer"), name="question_gets_an_answer_once"
            ),
        )
        indexes = (
            # The list of answers by what they say
            models.Index(fields=("answer", "id"), name="answer_by_what_it_says"),
        )

    def __str__(self) -> str:
        return f"{NumberAnswer(self.answer).value.replace('_', ' ').capitalize()} (#{self.pk})"
