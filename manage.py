#!/usr/bin/env python
"""Django's command line."""

import os
import sys
from pathlib import Path

# Written while `make run` is up, so that commands typed beside it meet the same database
STACK_ENV = Path(__file__).resolve().parent / ".local" / "stack.env"

if __name__ == "__main__":
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
