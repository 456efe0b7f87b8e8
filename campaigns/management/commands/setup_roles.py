"""Make the groups that staff belong to; docs/roles.md tells what each may do."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

OFFICERS = "Compliance officers"
AUTHORS = "Campaign authors"
LIST_MANAGERS = "List managers"
AUDITORS = "Auditors"

WORDS = ("consent.view_brand", "consent.view_topic", "consent.view_disclosure")
PEOPLE = (
    "consent.view_contact",
    "consent.view_subscription",
    "consent.view_suppression",
    "consent.look_up_contact",
)
PROOF = (
    "consent.view_optinevent",
    "consent.view_evidence",
    "consent.view_contactimport",
    "consent.view_listmapping",
    "consent.view_auditexport",
    "admin.view_logentry",
)
LIMITS = (
    "campaigns.view_sendingaccount",
    "campaigns.view_partprice",
    "campaigns.view_sendingstop",
)
TEXTS = (
    "campaigns.view_campaign",
    "campaigns.view_message",
    "campaigns.view_originationnumber",
)
DEALINGS = (
    *TEXTS,
    "campaigns.view_reply",
    "campaigns.view_sendattempt",
    "campaigns.view_receipt",
    "campaigns.view_savedanswer",
    "campaigns.view_deadletter",
)
AT_AMAZON = (
    "campaigns.view_accountcheck",
    "campaigns.view_optoutcomparison",
    "campaigns.view_amazonblock",
)
CHECKS = ("consent.view_reassignedcheck", "consent.view_reassignedanswer")
ASKS_THE_DATABASE = (
    "consent.add_reassignedcheck",
    "consent.download_reassignedcheck",
    "consent.answer_reassignedcheck",
)
REVIEWS = ("campaigns.view_clearancereview", "campaigns.download_clearancereview")
RULES = ("campaigns.view_rulesignoff", "campaigns.view_sendingpolicy")
EXPORTS = (
    "consent.add_auditexport",
    "consent.download_auditexport",
    "consent.export_lists",
)

ROLES: dict[str, tuple[str, ...]] = {
    OFFICERS: (
        *WORDS,
        *PEOPLE,
        *PROOF,
        *DEALINGS,
        *AT_AMAZON,
        *RULES,
        *LIMITS,
        *EXPORTS,
        *REVIEWS,
        *CHECKS,
        *ASKS_THE_DATABASE,
        "campaigns.add_clearancereview",
        "consent.see_whole_numbers",
        "consent.change_contact",
        "consent.record_consent",
        "consent.record_opt_out",
        "consent.suppress_contact",
        "consent.add_brand",
        "consent.change_brand",
        "consent.add_topic",
        "consent.change_topic",
        "consent.add_disclosure",
        "consent.change_disclosure",
        "consent.publish_disclosure",
        "consent.apply_contactimport",
        "consent.recall_contactimport",
        "campaigns.add_originationnumber",
        "campaigns.change_originationnumber",
        "campaigns.try_without_sending",
        "campaigns.add_sendingaccount",
        "campaigns.change_sendingaccount",
        "campaigns.add_partprice",
        "campaigns.change_partprice",
        "campaigns.retry_sending",
        "campaigns.sign_rule",
        "campaigns.add_sendingpolicy",
        "campaigns.change_sendingpolicy",
        "campaigns.approve_campaign",
        "campaigns.stop_campaign",
        "campaigns.settle_reply",
        "campaigns.settle_message",
        "campaigns.check_account",
        "campaigns.compare_opt_outs",
        "campaigns.unblock_at_amazon",
        "campaigns.answer_reply",
        "campaigns.rehearse_replies",
        "campaigns.add_savedanswer",
        "campaigns.change_savedanswer",
        "campaigns.read_deadletter",
        "campaigns.settle_deadletter",
    ),
    AUTHORS: (
        *WORDS,
        *TEXTS,
        "campaigns.add_campaign",
        "campaigns.change_campaign",
        "campaigns.submit_campaign",
    ),
    LIST_MANAGERS: (
        *WORDS,
        *PEOPLE,
        *CHECKS,
        *ASKS_THE_DATABASE,
        "consent.change_contact",
        "consent.record_consent",
        "consent.record_opt_out",
        "consent.view_contactimport",
        "consent.add_contactimport",
        "consent.view_listmapping",
        "consent.add_listmapping",
        "consent.change_listmapping",
        "consent.export_lists",
        "consent.apply_contactimport",
    ),
    AUDITORS: (
        *WORDS,
        *PEOPLE,
        *PROOF,
        *DEALINGS,
        *AT_AMAZON,
        *RULES,
        *LIMITS,
        *EXPORTS,
        *REVIEWS,
        *CHECKS,
        "consent.see_whole_numbers",
    ),
}


class Command(BaseCommand):
    """Give each role its rights, no more and no fewer; run it again after every upgrade."""

    help = "Make the staff groups, or bring them back to the rights of their role."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Set the permissions of every role's group."""
        known = {
            f"{permission.content_type.app_label}.{permission.codename}": permission
            for permission in Permission.objects.select_related("content_type")
        }
        for role, wanted in ROLES.items():
            missing = [name for name in wanted if name not in known]
            if missing:
                raise CommandError(f"Run migrate first: no {', '.join(missing)}.")
            group, made = Group.objects.get_or_create(name=role)
            group.permissions.set([known[name] for name in wanted])
            if options["verbosity"]:
                verb = "made" if made else "brought up to date"
                self.stdout.write(f"{role}: {verb}, {len(wanted)} rights")
