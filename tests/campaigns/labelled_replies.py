"""Replies written for the purpose, each labelled whether a reasonable person sees it revoke."""

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[1] / "data" / "replies"


class Labelled(NamedTuple):
    """One reply, its language, and whether it revokes."""

    text: str
    language: str
    revokes: bool


def replies_in(name: str) -> list[Labelled]:
    """Return the replies of tests/data/replies/<name>.txt, in order."""
    found, language, label = [], "", ""
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith(("revokes]", "trap]")):
            language, label = line.strip("[]").split()
        elif line and not line.startswith("# "):
            found.append(Labelled(line.replace("\\n", "\n"), language, label == "revokes"))
    return found
