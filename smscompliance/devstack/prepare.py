"""Bring the database up to date in one process: `python -m smscompliance.devstack.prepare`.

With `--demo` the demo data is loaded too.
"""

import sys

import django
from django.core.management import call_command


def main() -> None:
    """Migrate, and load the demo data if asked to."""
    django.setup()
    call_command("migrate", interactive=False, verbosity=1)
    if "--demo" in sys.argv:
        call_command("load_demo")


if __name__ == "__main__":
    main()
