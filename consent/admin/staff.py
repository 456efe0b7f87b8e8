"""Who works here: people get roles, never single rights."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from consent.admin.lists import ListPages

User = get_user_model()
admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class StaffAdmin(ListPages, UserAdmin):
    """Add people, give them roles, close their access. Nobody is deleted: history names them."""

    list_display = ("username", "first_name", "last_name", "roles", "is_active", "last_login")
    list_filter = ("groups", "is_active", "is_superuser")
    filter_horizontal = ()
    export_leaves_out = ("password",)
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Name", {"fields": ("first_name", "last_name", "email")}),
        (
            "Access",
            {
                "fields": ("groups", "is_staff", "is_active", "is_superuser"),
                "description": "Roles are set up by manage.py setup_roles. Whoever works here "
                "needs staff status and a role; superusers may do everything.",
            },
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Fetch the roles of all rows at once."""
        return super().get_queryset(request).prefetch_related("groups")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: who did what must stay readable."""
        return False

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the roles as boxes to tick."""
        if db_field.name == "groups":
            kwargs["widget"] = forms.CheckboxSelectMultiple
            kwargs["help_text"] = ""
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description="roles")
    def roles(self, user: Any) -> str:
        """Name the roles."""
        return ", ".join(group.name for group in user.groups.all()) or "none"


@admin.register(Group)
class RoleAdmin(ListPages, GroupAdmin):
    """Show the roles; `manage.py setup_roles` keeps ours."""
