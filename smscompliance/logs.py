"""Keep phone numbers out of logs, whoever wrote the line (P10)."""

import logging
import re

# Ten to fifteen digits, spaced or punctuated as people write numbers; not what begins as a date,
# nor what is part of a longer word, version or id.
_NUMBER = re.compile(r"(?<![\w.:-])(?!\d{4}-\d\d-\d\d)\+?\(?\d(?:[\s().-]{0,2}\d){9,14}(?![\w:-])")


def masked(text: str) -> str:
    """Return the text with everything that could be a phone number replaced."""
    return _NUMBER.sub("[number]", text)


class MaskingFormatter(logging.Formatter):
    """Format as usual, traceback included, then mask."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without phone numbers."""
        stamp = self.formatTime(record, self.datefmt) if self.usesTime() else ""
        line = super().format(record)
        if stamp and line.startswith(stamp):
            return stamp + masked(line.removeprefix(stamp))
        return masked(line)
