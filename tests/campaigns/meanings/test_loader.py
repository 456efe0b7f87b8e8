"""A language is data; a broken one is refused by file, entry and fault."""

from pathlib import Path

import pytest

from campaigns.meaning_letters import words_of
from campaigns.meaning_phrases import names_of
from campaigns.meanings.loader import BrokenWords, load, read_folder

WHOLE = """
[sets]
letters = ["letter", "letters"]
[stop]
words = ["halt"]
phrases = ["no more @letters", "^ enough .. @letters $"]
[help]
words = ["aid"]
[yes]
words = ["aye"]
[start]
words = ["go"]
[typing]
fillers = ["please"]
"""


def test_the_languages_of_the_house_are_whole() -> None:
    assert [language.name for language in load()] == ["en", "es", "fr"]
    for language in load():
        for words in (language.stop, language.everyday, language.help, language.yes):
            assert words
        assert language.start
        assert language.yes_while_asked
        assert language.no_while_asked


def test_a_language_is_read_from_one_file(tmp_path: Path) -> None:
    (tmp_path / "xx.toml").write_text(WHOLE)
    (language,) = read_folder(tmp_path)
    assert (language.name, language.stop, language.help) == ("xx", {"halt"}, {"aid"})


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("[stop]", "[stop", "xx.toml: not readable as TOML"),
        ("[stop]", "[stops]", "xx.toml: does not know [stops]"),
        ('[yes]\nwords = ["aye"]', "", "xx.toml: lacks [yes]"),
        ("fillers =", "filler =", "xx.toml, [typing]: holds fillers, mistyped, real_words alone"),
        ('["halt"]', '"halt"', "xx.toml, [stop] words: is not a list of texts"),
        ('["halt"]', '["halt", 3]', "xx.toml, [stop] words, entry 2: is not text"),
        ('["halt"]', '["!"]', "xx.toml, [stop] words, entry 1 (!): holds no word"),
        (
            "more @letters",
            "more @post",
            "xx.toml, [stop] phrases, entry 1 (no more @post): @post names no set",
        ),
        (
            "@letters $",
            "..",
            "xx.toml, [stop] phrases, entry 2 (^ enough .. ..): begins and ends with a word",
        ),
        (
            "more @letters",
            "more {post}",
            "xx.toml, [stop] phrases, entry 1 (no more {post}): {post} names no ways",
        ),
        ('"letters"]', '"two words"]', "xx.toml, [sets] letters, entry 2 (two words)"),
        (
            '"letters"]',
            '"@posts+s"]',
            "xx.toml, [sets] letters, entry 2 (@posts+s): @posts names no set",
        ),
    ],
)
def test_a_broken_file_is_named_with_entry_and_fault(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    assert old in WHOLE
    (tmp_path / "xx.toml").write_text(WHOLE.replace(old, new, 1))
    with pytest.raises(BrokenWords) as broken:
        read_folder(tmp_path)
    assert str(broken.value).startswith(fault)


def test_a_phrase_is_put_together_from_shorter_ones(tmp_path: Path) -> None:
    ways = '[ways]\nend = ["$", "for good"]\nmore = ["no more", "not one {end}"]\n[stop]'
    phrases = 'phrases = ["{more} @letters {end}"]\n[spared]\nwhole = ["postcards are fine"]'
    words = WHOLE.replace("[stop]", ways).replace(
        'phrases = ["no more @letters", "^ enough .. @letters $"]', phrases
    )
    (tmp_path / "xx.toml").write_text(words)
    (language,) = read_folder(tmp_path)

    def heard(text: str) -> list[str]:
        return [match.said for match in language.stop_phrases.find(names_of(words_of(text)))]

    assert heard("please, no more letters") == ["no more letters"]
    assert heard("no more letters for good") == ["no more letters for good"]
    assert heard("not one for good letters") == ["not one for good letters"]
    assert heard("no more letters of credit") == []
    assert language.spared_whole.find(names_of(words_of("postcards are fine")))


def test_a_set_may_hold_another_and_stems_with_their_endings(tmp_path: Path) -> None:
    sets = '[sets]\nar = ["mand", "envi"]\nsend = ["@ar+ar|arme", "post"]\nall = ["@send", "fax"]\n'
    words = WHOLE.replace("[sets]\n", sets).replace('"no more @letters"', '"no @all more"')
    (tmp_path / "xx.toml").write_text(words)
    (language,) = read_folder(tmp_path)
    assert {"mandar", "mandarme", "enviar", "enviarme", "post", "fax"} <= language.known
    assert "mand" not in language.known
