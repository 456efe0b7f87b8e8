"""One demo user per role, with passwords made for this installation alone."""

import json
import os
import secrets
from pathlib import Path

from django.contrib.auth.models import Group, User
from django.core.management import call_command

# Username and role, group of rights, what the person is called
PEOPLE = (
    ("admin", "", "Ada", "Admin"),
    ("officer", "Compliance officers", "Olive", "Officer"),
    ("author", "Campaign authors", "Arthur", "Author"),
    ("approver", "Compliance officers", "Petra", "Approver"),
    ("lists", "List managers", "Liam", "Lists"),
    ("auditor", "Auditors", "Audrey", "Auditor"),
)


def load_logins(path: Path) -> dict[str, User]:
    """Make the demo users who are missing, keep their passwords in `path` (mode 0600).

    Users known to both sides are left alone; after the database was replaced, the passwords in the
    file go on working.
    """
    known = {login["username"]: login for login in _read(path)}
    users = {user.username: user for user in User.objects.all()}
    groups = _groups()
    changed = False
    for username, group, first_name, last_name in PEOPLE:
        if username in users and username in known:
            continue
        password = known.get(username, {}).get("password") or secrets.token_urlsafe(9)
        user = users.get(username) or User(
            username=username,
            first_name=first_name,
            last_name=last_name,
            email=f"{username}@example.com",
            is_staff=True,
            is_superuser=username == "admin",
        )
        user.set_password(password)
        user.save()
        if group:
            user.groups.add(groups[group])
        known[username] = {"role": username, "username": username, "password": password}
        users[username] = user
        changed = True
    if changed:
        _write(path, [known[username] for username, *_ in PEOPLE])
    return users


def _groups() -> dict[str, Group]:
    wanted = {group for _, group, *_ in PEOPLE if group}
    groups = {group.name: group for group in Group.objects.filter(name__in=wanted)}
    if groups.keys() != wanted:
        call_command("setup_roles", verbosity=0)
        groups = {group.name: group for group in Group.objects.filter(name__in=wanted)}
    return groups


def _read(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    found: list[dict[str, str]] = json.loads(path.read_text())
    return found


def _write(path: Path, logins: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    # Private from its first byte on: it opens the admin
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(logins, file, indent=2)
    fresh.replace(path)
