"""What the newcomer reads when everything is up."""

import json
from pathlib import Path

WHAT_TO_TRY = (
    "Open the opt-in page, give a number such as (212) 555-0123, tick the box, send.",
    "On the phones page that phone has a text now: answer YES.",
    "As the author, write a campaign in the admin and schedule it; as the approver, approve it.",
    "Watch it arrive on the phones page; answer STOP, and nothing more arrives.",
    "In the admin, make an audit export: it shows all of it.",
)


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
        lines += ["", "  Try first"]
        lines += [f"    {number}. {step}" for number, step in enumerate(WHAT_TO_TRY, 1)]
    return "\n".join(lines)


def _read(logins: Path | None) -> list[dict[str, str]]:
    if logins is None or not logins.exists():
        return []
    known: list[dict[str, str]] = json.loads(logins.read_text())
    return known
