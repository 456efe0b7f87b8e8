"""The plain modules of the map load without Django, Celery or boto3, each by itself."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PLAIN = [
    "consent.vocabulary",
    "consent.phone_numbers",
    "consent.disclosures",
    "consent.standing",
    "consent.whereabouts",
    "consent.zone_names",
    "consent.csv_safety",
    "consent.grounds",
    "consent.importing.contact_list",
    "consent.importing.unpacking",
    "consent.importing.workbooks",
    "consent.importing.reading",
    "consent.importing.text_rows",
    "consent.importing.mapping",
    "consent.importing.header_names",
    "consent.importing.program_exports",
    "consent.importing.words",
    "consent.importing.dates",
    "consent.importing.survey",
    "consent.importing.row_facts",
    "consent.importing.rare_grounds",
    "consent.importing.unsettled",
    "consent.importing.proof",
    "consent.importing.checking",
    "consent.importing.plain_rows",
    "campaigns.vocabulary",
    "campaigns.lifecycle",
    "campaigns.rulebook.loader",
    "campaigns.quiet_hours",
    "campaigns.sms_parts",
    "campaigns.wording",
    "campaigns.meaning",
    "campaigns.meaning_letters",
    "campaigns.meaning_phrases",
    "campaigns.meaning_signs",
    "campaigns.meaning_spelling",
    "campaigns.meanings.loader",
    "campaigns.meanings.slips",
    "campaigns.scope",
    "campaigns.delivery_report",
    "campaigns.inbound.signing_certificates",
    "campaigns.inbound.sns_signature",
    "campaigns.clearance",
    "campaigns.clearance_packing",
    "campaigns.clearance_consent",
    "campaigns.clearance_likeness",
    "campaigns.clearance_places",
    "campaigns.clearance_rules",
    "campaigns.clearance_terms",
    "campaigns.clearance_timing",
    "campaigns.clearance_words",
    "campaigns.frequency",
    "campaigns.promised",
    "campaigns.calendars",
    "campaigns.rulebook.changes",
    "campaigns.rulebook.names",
    "campaigns.rulebook.reading",
    "campaigns.rulebook.rows",
    "campaigns.rulebook.sentences",
    "campaigns.rulebook.values",
    "campaigns.tightening",
    "campaigns.revocation_clock",
]
HEAVY = ("django", "celery", "kombu", "boto3", "botocore", "psycopg")

LOAD = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(*sorted({name.split(".")[0] for name in sys.modules} & set(sys.argv[2:])))
"""


@pytest.mark.parametrize("module", PLAIN)
def test_a_plain_module_loads_by_itself_and_brings_no_framework(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOAD, module, *HEAVY],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
