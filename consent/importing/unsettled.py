"""Note what only a person can settle of a list, while its rows are checked."""

from collections import Counter
from dataclasses import dataclass, field

from consent.importing.dates import Tally
from consent.importing.mapping import plain

MOST_WORDS = 30  # different words; a column with more holds no words for consent
MOST_DATES = 1000  # looked at: rows that lack a proof for other reasons may be many


@dataclass(slots=True)
class Unsettled:
    """Words for consent that nobody knows, and dates that can be read in several ways.

    Each word is noted once, since what it means is asked once for all rows.
    """

    words: dict[str, str] = field(default_factory=dict)
    dates: Tally = field(default_factory=Tally)

    def word(self, said: str) -> None:
        """Note a word as it is written."""
        if len(self.words) < MOST_WORDS:
            self.words.setdefault(plain(said), said.strip()[:60])

    def date(self, said: str) -> None:
        """Note a date of a row that proves no consent."""
        if self.dates.counts.total() < MOST_DATES:
            self.dates.add(said)

    def as_counts(self) -> Counter[str]:
        """Return the words, each counted once."""
        return Counter(dict.fromkeys(self.words, 1))
