"""Addresses of the public pages; none of them ever holds a number (P10)."""

from django.urls import path

from consent.opt_in_pages import views

app_name = "opt_in_pages"
urlpatterns = [
    path("", views.index, name="index"),
    path("captcha/challenge/", views.challenge, name="challenge"),
    path("<slug:slug>/", views.JoinView.as_view(), name="join"),
    path("<slug:slug>/thanks/", views.thanks, name="thanks"),
]
