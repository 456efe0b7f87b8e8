"""What the newcomer reads when everything is up."""

import json
from pathlib import Path

WHAT_TO_TRY = """\
  Try first
    1. On the opt-in page, give a fictional number such as 212-555-0123, tick the box, send.
    2. On the phones page that phone now asks for a YES: answer it.
    3. In the admin, as author, open the waiting draft under Campaigns and submit it;
       as approver, approve it. It arrives on the phones.
    4. Answer STOP on the phone: one acknowledgement comes, then nothing more.
    5. Ask why:
       .venv/bin/python manage.py explain 212-555-0123 example-alerts
    6. Take the proof along:
       .venv/bin/python manage.py export_audit --reason "First look" \\
         --number 212-555-0123 --output proof.zip"""


def table(base_url: str, *, phones: bool, logins: Path | None) -> str:
    """Return the addresses, the demo logins and the first steps."""
    rows = [("Admin", f"{base_url}/admin/"), ("Opt-in page", f"{base_url}/join/")]
    if phones:
        rows.append(("Phones page", f"{base_url}/phones/"))
    lines = [f"  {name:<13} {address}" for name, address in rows]
    known = _read(logins)
    if known:
        lines += ["", "  Log in as"]
        columns = [[login[name] for login in known] for name in ("username", "password", "role")]
        width = [max(map(len, column)) for column in columns]
        for cells in zip(*columns, strict=True):
            padded = (cell.ljust(w) for cell, w in zip(cells, width, strict=True))
            lines.append(("    " + "   ".join(padded)).rstrip())
    else:
        lines += ["", "  Log in with an account of this database, or make one:"]
        lines += ["    .venv/bin/python manage.py createsuperuser"]
    if phones:
        lines += ["", WHAT_TO_TRY]
    return "\n".join(lines)


def _read(logins: Path | None) -> list[dict[str, str]]:
    if logins is None or not logins.exists():
        return []
    known: list[dict[str, str]] = json.loads(logins.read_text())
    return known
