"""The staff's site: Django's admin under our name."""

from django.contrib.admin import AdminSite


class ComplianceAdminSite(AdminSite):
    """Show the product's name, and a dashboard in the place of the app list."""

    site_header = "smscompliance"
    site_title = "smscompliance"
    index_title = "Today"
