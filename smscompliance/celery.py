"""The Celery application; the broker only wakes workers, it carries no truth (P6)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smscompliance.settings")

app = Celery("smscompliance")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
