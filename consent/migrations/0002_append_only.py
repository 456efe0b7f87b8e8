from django.db import migrations

from consent.append_only import FUNCTION, PUBLISHED, only_grows


class Migration(migrations.Migration):
    dependencies = (("consent", "0001_initial"),)
    operations = (
        migrations.RunSQL(FUNCTION, "DROP FUNCTION refuse_change"),
        only_grows("consent_optinevent"),
        only_grows("consent_evidence", erasable=True),
        only_grows("consent_historicalbrand"),
        only_grows("consent_historicaltopic"),
        only_grows("consent_historicaldisclosure"),
        only_grows("consent_historicalcontact", erasable=True),
        migrations.RunSQL(
            PUBLISHED,
            "DROP TRIGGER published_never_changes ON consent_disclosure;"
            "DROP TRIGGER disclosure_is_never_truncated ON consent_disclosure;"
            "DROP FUNCTION refuse_change_of_published;",
        ),
    )
