"""The staff's site: Django's admin under our name, with a dashboard before it."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

# How staff think of the records, whatever app keeps them
GROUPS = (
    ("People", ("Contact", "Subscription", "Suppression", "OptInEvent", "Evidence")),
    (
        "Campaign desk",
        ("Campaign", "Message", "Reply", "DeadLetter", "SavedAnswer", "SendAttempt", "Receipt"),
    ),
    ("What we say", ("Brand", "Topic", "Disclosure", "OriginationNumber")),
    ("How it leaves", ("SendingAccount", "PartPrice", "SendingStop")),
    ("What binds us", ("RuleSignOff", "SendingPolicy", "ClearanceReview")),
    ("At Amazon", ("AccountCheck", "OptOutComparison")),
    (
        "Lists and exports",
        ("ContactImport", "ListMapping", "AuditExport", "ReassignedCheck", "ReassignedAnswer"),
    ),
    ("Staff", ("User", "Group", "LogEntry", "AccessAttempt", "AccessLog", "AccessFailureLog")),
)
# Pages that are no list of records, with the right that they ask for, by their group
PAGES = {
    "Campaign desk": (
        ("Inbox", "campaigns_reply_inbox", "campaigns.view_reply"),
        ("Clock of revocations", "campaigns_reply_clock", "campaigns.view_reply"),
    )
}
# There is one, which is opened, not added to
ALONE = {"SendingAccount"}
NAMES = {
    "SendingAccount": "Sending account",
    "LogEntry": "Staff log",
    "OptInEvent": "Ledger",
    "AccountCheck": "Account checks",
    "OptOutComparison": "Opt-out list",
}


class ComplianceAdminSite(AdminSite):
    """Show the product's name, and a dashboard in the place of the app list."""

    site_header = "smscompliance"
    site_title = "smscompliance"
    index_title = "Today"
    index_template = "admin/dashboard.html"
    site_url = None

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Lead to the phones page where there is one."""
        phones = reverse("phones:page") if settings.PHONES_PAGE else ""
        return {**super().each_context(request), "phones_url": phones}

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show what waits and how today goes."""
        # Here, since the site is made before models are loaded
        from campaigns.admin.dashboard import today
        from consent.forms import LookUpForm

        may_look_up = request.user.has_perm("consent.look_up_contact")
        shown = {
            "look_up": LookUpForm() if may_look_up else None,
            **today(request.user),
            **(extra_context or {}),
        }
        return super().index(request, shown)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """List the records in the groups that staff think in; what we don't know comes last."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        found = {model["object_name"]: model for app in apps for model in app["models"]}
        groups = [self._group(name, members, found) for name, members in GROUPS]
        for group in groups:
            pages = self._pages(group["name"], request)
            if any(request.path.startswith(page["admin_url"]) for page in pages):
                _mark_the_page_alone(group["models"], request.path)
            group["models"][:0] = pages
        rest = [
            {**app, "models": [m for m in app["models"] if m["object_name"] in found]}
            for app in apps
        ]
        return [group for group in [*groups, *rest] if group["models"]]

    def _pages(self, group: str, request: HttpRequest) -> list[dict[str, Any]]:
        return [
            {
                "name": words,
                "object_name": name,
                "admin_url": reverse(f"admin:{name}"),
                "add_url": None,
                "view_only": True,
            }
            for words, name, right in PAGES.get(group, ())
            if request.user.has_perm(right)
        ]

    def _group(self, name: str, members: tuple[str, ...], found: dict[str, Any]) -> dict[str, Any]:
        models = [found.pop(member) for member in members if member in found]
        for model in models:
            if model["object_name"] in ALONE:
                model["add_url"] = None
            model["name"] = NAMES.get(model["object_name"], model["name"])
        return {
            "name": name,
            "app_label": name.lower().replace(" ", "-"),
            "app_url": models[0]["admin_url"] if models else "",
            "has_module_perms": True,
            "models": models,
        }


def _mark_the_page_alone(models: list[dict[str, Any]], path: str) -> None:
    """Keep Django from marking the list too, whose address the page's own begins with."""
    for model in models:
        if path.startswith(model["admin_url"]):
            model["admin_url"] += "?"
