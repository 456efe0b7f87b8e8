"""Our site with one view more: what an INSERT and an UPDATE cost without any of our work."""

import json
import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smscompliance.settings")
django.setup()


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    """Insert a row and update it, in one transaction."""
    from campaigns.models import DeadLetter
    from consent import clock

    said = json.loads(request.body)
    moment = clock.now()
    with transaction.atomic():
        row = DeadLetter.objects.create(
            road="https",
            reference=said["MessageId"],
            payload=said["Message"],
            reason="measured",
            arrived_at=moment,
            tried_at=moment,
        )
        DeadLetter.objects.filter(pk=row.pk).update(tries=2)
    return HttpResponse(status=200)


urlpatterns = [path("bare/", bare), path("", include("smscompliance.urls"))]
settings.ROOT_URLCONF = "tests.benchmarks.inbound_site"
application = get_wsgi_application()
