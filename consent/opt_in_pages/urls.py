"""Addresses of the public pages."""

app_name = "opt_in_pages"
urlpatterns: list = []
