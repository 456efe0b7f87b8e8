"""Addresses of the phones page. Handsets are named by id, never by number."""

from django.urls import path

from smscompliance.devstack.phones import views

app_name = "phones"
urlpatterns = [
    path("", views.page, name="page"),
    path("feed/", views.feed, name="feed"),
    path("search/", views.search, name="search"),
    path("pick-up/", views.pick_up, name="pick_up"),
    path("reply/", views.reply, name="reply"),
    path("answer/", views.answer, name="answer"),
    path("clock/", views.clock, name="clock"),
]
