"""Promises about the code itself."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
OURS = [
    path
    for folder in ("consent", "campaigns", "smscompliance")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in path.parts
]
NOT_OUR_WORDS = re.compile(
    r"\b(class|def) \w*(service|manager|handler|processor|util|helper)\w*", re.IGNORECASE
)
ALLOWED_LINES = 320


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_every_setting_is_documented_and_every_documented_setting_exists():
    read = set(
        re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "smscompliance/settings.py").read_text())
    )
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/settings.md").read_text(), re.M))
    assert told == read


def test_every_task_that_is_woken_exists():
    from smscompliance.celery import app

    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    sent = {
        name for path in OURS for name in re.findall(r'send_task\(\s*"([\w.]+)"', path.read_text())
    }
    assert scheduled | sent <= set(app.tasks)


def test_every_task_bears_an_explicit_name():
    bare = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in OURS
        for line in re.findall(r"@shared_task(?!\([^)]*name=).*", path.read_text())
    ]
    assert bare == []


def test_files_fit_in_the_head():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in OURS
        if (lines := path.read_text().count("\n")) > ALLOWED_LINES
    }
    assert long == {}


def test_nothing_bears_a_name_that_says_nothing():
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in OURS
        for match in NOT_OUR_WORDS.finditer(path.read_text())
    ]
    assert found == []


def test_init_files_are_empty_but_for_models_and_admin():
    told = [
        str(path.relative_to(ROOT))
        for path in OURS
        if path.name == "__init__.py"
        and path.parent.name not in {"models", "admin"}
        and path.read_text().strip()
    ]
    assert told == ["smscompliance/__init__.py"]  # Celery's own convention


def test_templates_hold_no_inline_script_or_style():
    found = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", path.read_text())
    ]
    assert found == []
