#!/usr/bin/env python
"""Django's command line."""

import os
import sys
from pathlib import Path

# Written while `make run` is up, so that commands typed beside it meet the same database
STACK_ENV = Path(__file__).resolve().parent / ".local" / "stack.env"

# Reads words alone, so it runs on a clean clone without database or settings
NEEDS_NO_SETTINGS = "read_reply"

if __name__ == "__main__":
    if sys.argv[1:2] == [NEEDS_NO_SETTINGS]:
        from django.conf import settings

        from campaigns.management.commands.read_reply import Command

        settings.configure()
        Command().run_from_argv(sys.argv)
        sys.exit()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smscompliance.settings")
    if sys.argv[1:2] == ["torture"]:
        # It tries what must never be tried on anybody's real servers: it gets its own
        from smscompliance.devstack.torture import ground

        ground.prepare()
    elif "SECRET_KEY" not in os.environ and STACK_ENV.exists():
        from environ import Env

        Env.read_env(STACK_ENV)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
