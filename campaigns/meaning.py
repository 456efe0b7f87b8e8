"""Read what a reply means, and say by which rule; the words are data, in `campaigns/meanings`."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from campaigns.meaning_letters import END, Word, words_of
from campaigns.meaning_phrases import Match, Phrases, names_of
from campaigns.meaning_signs import spelt_out
from campaigns.meaning_spelling import joined, meant, nearest
from campaigns.meanings import loader
from campaigns.meanings.loader import Language
from campaigns.vocabulary import Meaning

# Nobody corrects a novel: in longer texts slips are not looked for, so that time stays bounded
LONGEST_WITH_SLIPS = 200  # words
LONGEST_TORN = 2  # words that may be one, torn apart
LONGEST_RULE = 60 - len("slip, ")  # letters


class Scope(StrEnum):
    """How much a revocation says that it ends; what ends by law is for `campaigns.scope`."""

    NONE = ""
    TOPIC = "topic"
    BRAND = "brand"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class State:
    """What a reading needs to know of the conversation.

    `keywords` join the topics on the number, `names` are what people may call those topics;
    `asked` says that a request to confirm is open, so that an "ok" or a "no" answers it.
    """

    keywords: Collection[str] = ()
    names: Collection[str] = ()
    asked: bool = False


NOTHING_KNOWN = State()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply means, and the rule that says so, as `language table: entry`; "" for none.

    `named` is the topic that a STOP names, evened out, where its scope is that topic.
    """

    meaning: Meaning
    rule: str = ""
    scope: Scope = Scope.NONE
    named: str = ""


def read(text: str, state: State = NOTHING_KNOWN) -> Reading:
    """Read one reply.

    To stop beats all else, and no topic can take a word of STOP, HELP or YES for its own. Slips of
    the thumb count only where nothing else does.
    """
    words = joined(words_of(spelt_out(text)))
    said = _whole(words)
    if not said:
        return Reading(Meaning.OTHER)
    found = _stop_word(said) or _stop_of_topic(said, state) or _answer(said, state)
    if found:
        return found
    found = _stop_anywhere(words)
    if found:
        return found
    if len(words) <= LONGEST_WITH_SLIPS:
        mended = [replace(word, text=meant(word.text)) for word in words]
        if mended != words:
            found = _stop_word(_whole(mended)) or _stop_anywhere(mended)
            found = found or _answer(_whole(mended), state)
            if found:
                return replace(found, rule=f"slip, {found.rule}")
    return _answer(_bare(said), state) or _nearly_stop(_bare(said)) or Reading(Meaning.OTHER)


def normalise(text: str) -> str:
    """Even out a reply: "S T O P", "stop!!" and full-width letters all become "stop"."""
    words = [word.text for word in words_of(text) if word.text != END]
    if len(words) > 1 and all(len(word) == 1 for word in words):
        return "".join(words)
    return " ".join(words)


def _whole(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words if word.text != END)


def _bare(said: str) -> str:
    """Return what is left without greetings and thanks; all of it, where nothing else is."""
    fillers = _fillers()
    return " ".join(word for word in said.split() if word not in fillers) or said


@cache
def _fillers() -> frozenset[str]:
    return frozenset().union(*(language.fillers for language in loader.load()))


def _listed(
    said: str, table: str, words: Callable[[Language], Collection[str]], *, torn: bool = False
) -> str:
    """Return the rule by which a language lists what was said, "" where none does."""
    for language in loader.load():
        listed = words(language)
        if said in listed:
            return f"{language.name} {table}: {said}"
        if torn and (together := said.replace(" ", "")) in listed:
            return f"{language.name} {table}: {together}"
    return ""


def _stop_word(said: str) -> Reading | None:
    """Read a reply that is a word of STOP and nothing else but greetings and thanks."""
    for tried in (said, _bare(said), _once(_bare(said))):
        if rule := _listed(tried, "stop all", lambda each: each.everything):
            return Reading(Meaning.STOP, rule, Scope.EVERYTHING)
        if rule := _listed(tried, "stop", lambda each: each.stop, torn=True):
            return Reading(Meaning.STOP, rule, Scope.BRAND)
        if rule := _listed(tried, "stop alone", lambda each: each.everyday, torn=True):
            return Reading(Meaning.STOP, rule, Scope.BRAND)
        if rule := _listed(tried, "probably alone", lambda each: each.probably_everyday):
            return Reading(Meaning.PROBABLY_STOP, rule, Scope.BRAND)
    return None


def _nearly_stop(said: str) -> Reading | None:
    """Read a reply of one unknown word that is one letter away from a word of STOP."""
    together = said.replace(" ", "")
    torn = together.isalpha() and said.count(" ") < LONGEST_TORN
    for word in nearest(together if torn else said):
        if found := _stop_word(word):
            return Reading(Meaning.PROBABLY_STOP, f"one letter off, {found.rule}", Scope.BRAND)
    return None


def _once(said: str) -> str:
    words = said.split()
    return words[0] if len(set(words)) == 1 else said


def _stop_of_topic(said: str, state: State) -> Reading | None:
    """Read "STOP OFFERS": a word of STOP, then what people call one topic on the number."""
    first, _, rest = _bare(said).partition(" ")
    if rest and rest in {normalise(name) for name in state.names}:
        rule = _listed(first, "stop one", lambda each: each.stop | each.everyday)
        if rule:
            return Reading(Meaning.STOP, rule, Scope.TOPIC, rest)
    return None


def _answer(said: str, state: State) -> Reading | None:
    """Read a whole reply that answers, asks for help or joins."""
    if rule := _listed(said, "help", lambda each: each.help):
        return Reading(Meaning.HELP, rule)
    if rule := _listed(said, "yes", lambda each: each.yes):
        return Reading(Meaning.YES, rule)
    if said and said in {normalise(keyword) for keyword in state.keywords}:
        return Reading(Meaning.KEYWORD, f"keyword: {said}")
    if rule := _listed(said, "start", lambda each: each.start):
        return Reading(Meaning.START, rule)
    if state.asked:
        if rule := _listed(said, "yes while asked", lambda each: each.yes_while_asked):
            return Reading(Meaning.YES, rule)
        if rule := _listed(said, "no while asked", lambda each: each.no_while_asked):
            return Reading(Meaning.PROBABLY_STOP, rule, Scope.BRAND)
    return None


def _stop_anywhere(words: Sequence[Word]) -> Reading | None:
    """Read a revocation among other words, the surest and widest that is found."""
    names = names_of(words)
    if any(each.spared_whole.find(names) for each in loader.load()):
        return None
    spared = [match for each in loader.load() for match in each.spared.find(names)]
    spared.sort(key=lambda match: match.start)
    spans = list(_sentences(words))
    tables: list[tuple[str, Meaning, Scope, Callable[[Language], tuple[Collection[str], Phrases]]]]
    tables = [
        (
            "stop all",
            Meaning.STOP,
            Scope.EVERYTHING,
            lambda e: (e.everything, e.everything_phrases),
        ),
        ("stop", Meaning.STOP, Scope.BRAND, lambda e: (e.stop, e.stop_phrases)),
        (
            "probably",
            Meaning.PROBABLY_STOP,
            Scope.BRAND,
            lambda e: (e.probably, e.probable_phrases),
        ),
    ]
    for table, meaning, scope, of in tables:
        for language in loader.load():
            listed, phrases = of(language)
            found = [
                Match(start, end, tried)
                for start, end in spans
                for tried in _ways(words[start:end])
                if tried in listed
            ]
            heard = list(_heard(found + phrases.find(names), spared))
            if heard:
                said = max(heard, key=_tells_most).said
                return Reading(meaning, _rule(f"{language.name} {table}: {said}"), scope)
    return None


def _tells_most(match: Match) -> tuple[int, int, str]:
    return (match.end - match.start, -match.said.count(".."), match.said)


def _rule(told: str) -> str:
    return told if len(told) <= LONGEST_RULE else f"{told[: LONGEST_RULE - 2]}.."


def _ways(words: Sequence[Word]) -> tuple[str, ...]:
    """Return a sentence as it stands, without greetings and thanks, and with repeats dropped."""
    said = _whole(words)
    bare = _bare(said)
    return (said, bare, _once(bare))


def _sentences(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    start = 0
    for at, word in enumerate(words):
        if word.text == END:
            yield start, at
            start = at + 1
    yield start, len(words)


def _heard(found: Sequence[Match], spared: Sequence[Match]) -> Iterator[Match]:
    """Yield the matches that do not begin within a spared phrase, unless they say more than it."""
    covers: dict[int, int] = {}
    begins: dict[int, int] = {}
    for guard in spared:
        begins[guard.start] = max(begins.get(guard.start, 0), guard.end)
        for at in range(guard.start + 1, guard.end):
            covers[at] = guard.end
    for match in found:
        if match.start not in covers and begins.get(match.start, 0) < match.end:
            yield match
