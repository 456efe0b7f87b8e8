"""The command that says what texts mean, on a clean clone."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def said(*arguments: str, fed: bytes = b"") -> list[str]:
    """Run the command with nothing in its environment; return the lines that it writes."""
    done = subprocess.run(
        [sys.executable, "manage.py", "read_reply", *arguments],
        cwd=ROOT,
        env={},
        input=fed,
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    return done.stdout.decode("ascii").splitlines()


def test_each_text_is_one_line_of_json_without_settings_or_database() -> None:
    lines = [json.loads(line) for line in said("STOP", "please stop by", "Sí", "--json")]
    assert [(line["text"], line["meaning"]) for line in lines] == [
        ("STOP", "stop"),
        ("please stop by", "other"),
        ("Sí", "yes"),
    ]
    assert lines[0] == {
        "text": "STOP",
        "meaning": "stop",
        "rule": "en stop: stop",
        "scope": "brand",
    }


def test_a_dash_reads_lines_from_standard_input_whatever_their_bytes() -> None:
    fed = "enough\r\n\nHELP\n\uff33\uff34\uff2f\uff30\n".encode() + b"wrong number \xff\xfe\nunstop"
    meanings = [json.loads(line)["meaning"] for line in said("-", "--json", fed=fed)]
    assert meanings == ["probably_stop", "other", "help", "stop", "stop", "start"]


def test_the_conversation_may_be_told() -> None:
    assert said("join", "--keyword", "JOIN") == ["keyword (keyword: join)"]
    assert said("ok", "--asked") == ["yes (en yes while asked: ok)"]
    assert said("ok") == ["other"]
