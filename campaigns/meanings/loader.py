"""Read the words that people stop, ask and answer with: one TOML file a language, typed and frozen.

A broken file is refused by file, entry and fault; no reply is read by half a language.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar

from campaigns.meaning_letters import END, words_of
from campaigns.meaning_phrases import (
    Part,
    Phrase,
    Phrases,
    compile_phrase,
    compile_way,
    words_of_entry,
)
from campaigns.meanings.slips import slips_of

# What each table of a file may hold; docs/replies.md tells translators what it is for
_FIELDS = {
    "stop": {"words", "everyday", "phrases"},
    "everything": {"words", "phrases"},
    "probably": {"words", "everyday", "phrases"},
    "spared": {"phrases", "whole"},
    "help": {"words"},
    "yes": {"words", "while_asked"},
    "no": {"while_asked"},
    "start": {"words"},
    "typing": {"fillers", "mistyped", "real_words"},
}
_REQUIRED = ("stop", "help", "yes", "start", "typing")
Entry = TypeVar("Entry")


class BrokenWords(ValueError):  # noqa: N818  reads as what it is where it is caught
    """A language that cannot be read; the sentence names file, entry and fault."""


@dataclass(frozen=True, slots=True)
class Language:
    """All that one language says. Words are evened out; a rule is named as `name: entry`."""

    name: str
    stop: frozenset[str]
    everything: frozenset[str]
    probably: frozenset[str]
    everyday: frozenset[str]
    probably_everyday: frozenset[str]
    help: frozenset[str]
    yes: frozenset[str]
    yes_while_asked: frozenset[str]
    no_while_asked: frozenset[str]
    start: frozenset[str]
    fillers: frozenset[str]
    mistyped: frozenset[str]
    stop_phrases: Phrases
    everything_phrases: Phrases
    probable_phrases: Phrases
    spared: Phrases
    spared_whole: Phrases
    known: frozenset[str]
    slips: Mapping[str, str] = field(default_factory=dict)


@cache
def load() -> tuple[Language, ...]:
    """Return the languages that lie beside this file."""
    return read_folder(Path(__file__).parent)


def read_folder(folder: Path) -> tuple[Language, ...]:
    """Read every *.toml of a folder; raise `BrokenWords` at the first fault."""
    return tuple(_language(path) for path in sorted(folder.glob("*.toml")))


def _language(path: Path) -> Language:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BrokenWords(f"{path.name}: not readable as TOML: {fault}") from fault
    unknown = sorted(set(content) - {*_FIELDS, "sets", "ways"})
    if unknown:
        raise BrokenWords(f"{path.name}: does not know [{unknown[0]}]")
    missing = [name for name in _REQUIRED if name not in content]
    if missing:
        raise BrokenWords(f"{path.name}: lacks [{missing[0]}]")
    for table, allowed in _FIELDS.items():
        given = content.get(table, {})
        if not isinstance(given, Mapping) or set(given) - allowed:
            raise BrokenWords(f"{path.name}, [{table}]: holds {', '.join(sorted(allowed))} alone")
    return _read(path.name, content)


def _read(file: str, content: Mapping[str, Mapping[str, object]]) -> Language:
    def words(table: str, key: str = "words") -> frozenset[str]:
        return frozenset(_each(file, table, key, content, evened))

    def phrases(table: str, key: str = "phrases") -> list[Phrase]:
        return list(_each(file, table, key, content, phrase))

    def phrase(said: str) -> Phrase:
        return compile_phrase(said, sets, ways)

    def entry(said: str) -> frozenset[str]:
        return words_of_entry(said, sets)

    def way(said: str) -> tuple[Part, ...]:
        return compile_way(said, sets, ways)

    sets: dict[str, frozenset[str]] = {}
    for name in content.get("sets", {}):
        entries = _each(file, "sets", name, content, entry)
        sets[name] = frozenset().union(*entries)
    ways: dict[str, tuple[tuple[Part, ...], ...]] = {}
    for name in content.get("ways", {}):
        ways[name] = tuple(_each(file, "ways", name, content, way))
    found = {table: Phrases(phrases(table)) for table in _FIELDS}
    spared_whole = Phrases(phrases("spared", "whole"))
    listed = {table: words(table) for table in _FIELDS}
    everyday, fillers = words("stop", "everyday"), words("typing", "fillers")
    mistyped, real = words("typing", "mistyped"), words("typing", "real_words")
    known = {
        each
        for entry in {
            *everyday,
            *fillers,
            *real,
            *mistyped,
            *(w for s in listed.values() for w in s),
        }
        for each in entry.split()
    }.union(spared_whole.words(), *(each.words() for each in found.values()))
    return Language(
        name=file.removesuffix(".toml"),
        stop=listed["stop"],
        everything=listed["everything"],
        probably=listed["probably"],
        everyday=everyday,
        probably_everyday=words("probably", "everyday"),
        help=listed["help"],
        yes=listed["yes"],
        yes_while_asked=words("yes", "while_asked"),
        no_while_asked=words("no", "while_asked"),
        start=listed["start"],
        fillers=fillers,
        mistyped=mistyped,
        stop_phrases=found["stop"],
        everything_phrases=found["everything"],
        probable_phrases=found["probably"],
        spared=found["spared"],
        spared_whole=spared_whole,
        known=frozenset(known),
        slips=slips_of(mistyped, known),
    )


def evened(text: str) -> str:
    """Even out a word, or a few, of the data as replies are."""
    words = [word.text for word in words_of(text) if word.text != END]
    if not words:
        raise ValueError("holds no word")
    return " ".join(words)


def _each(
    file: str,
    table: str,
    key: str,
    content: Mapping[str, Mapping[str, object]],
    read: Callable[[str], Entry],
) -> Iterable[Entry]:
    entries = content.get(table, {}).get(key, [])
    if not isinstance(entries, list):
        raise BrokenWords(f"{file}, [{table}] {key}: is not a list of texts")
    for number, entry in enumerate(entries, start=1):
        where = f"{file}, [{table}] {key}, entry {number}"
        if not isinstance(entry, str):
            raise BrokenWords(f"{where}: is not text")
        try:
            yield read(entry)
        except ValueError as fault:
            raise BrokenWords(f"{where} ({entry}): {fault}") from fault
