"""The web entry point; it refuses to start on nonsense settings."""

import os

from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections

from smscompliance.statement_limit import limit_statements

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smscompliance.settings")

application = get_wsgi_application()
limit_statements(connections.settings, settings.STATEMENT_TIMEOUT_SECONDS)
call_command("check")
