from django.db import migrations

from consent.append_only import FUNCTION, PUBLISHED, only_grows
from consent.references import references_exist


class Migration(migrations.Migration):
    dependencies = (("consent", "0001_initial"),)
    operations = (
        migrations.RunSQL(FUNCTION, "DROP FUNCTION refuse_change"),
        only_grows("consent_optinevent"),
        only_grows("consent_evidence", erasable=True),
        references_exist(
            "consent_optinevent",
            {
                "contact_id": "consent_contact",
                "topic_id": "consent_topic",
                "recorded_by_id": "auth_user",
                "disclosure_id": "consent_disclosure",
                "contact_import_id": "consent_contactimport",
                "corrects_id": "consent_optinevent",
            },
        ),
        references_exist("consent_evidence", {"event_id": "consent_optinevent"}),
        only_grows("consent_importattestation"),
        only_grows("consent_importproof", erasable=True),
        # Read anew from its file after a crash of the database; a million rows come by COPY
        migrations.RunSQL(
            "ALTER TABLE consent_contactimportrow SET UNLOGGED",
            "ALTER TABLE consent_contactimportrow SET LOGGED",
        ),
        only_grows("consent_reassignedquestion"),
        only_grows("consent_reassignedanswer"),
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
