from django.core.management import call_command
from django.db import migrations


def make_cache_table(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    """Make the shared cache's table, so that `migrate` alone is enough to accept a CAPTCHA once."""

    dependencies = (("consent", "0002_append_only"),)
    operations = (migrations.RunPython(make_cache_table, migrations.RunPython.noop),)
