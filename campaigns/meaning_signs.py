"""Spell out signs that people text instead of words: a stop sign, a crossed-out phone, "$top"."""

import re

_STOP = "\N{OCTAGONAL SIGN}\N{NO MOBILE PHONES}"
_NO = (
    "\N{NO ENTRY SIGN}\N{NO ENTRY}\N{CROSS MARK}\N{RAISED HAND}\N{BELL WITH CANCELLATION STROKE}"
    "\N{NEGATIVE SQUARED CROSS MARK}\N{FACE WITH NO GOOD GESTURE}"
)
_TEXTS = (
    "\N{MOBILE PHONE}\N{MOBILE PHONE WITH RIGHTWARDS ARROW AT LEFT}\N{SPEECH BALLOON}"
    "\N{ENVELOPE}\N{INCOMING ENVELOPE}\N{ENVELOPE WITH DOWNWARDS ARROW ABOVE}\N{BELL}"
    "\N{TELEPHONE RECEIVER}\N{LEFT SPEECH BUBBLE}"
)
# A sign may carry a skin, a gender, and a mark that it is a picture
_DRESS = "[\ufe0f\u200d\u2640\u2642\U0001f3fb-\U0001f3ff]*"
_SIGNS = (
    (re.compile(f"[{_STOP}]"), " stop "),
    (re.compile(f"[{_NO}]{_DRESS} ?[{_TEXTS}]"), " stop "),
    (re.compile(f"[{_TEXTS}]{_DRESS} ?[{_NO}]"), " stop "),
    (re.compile(f"[{_NO}]{_DRESS} ?(?=[A-Za-z])"), " no "),
    (re.compile("\N{REVERSED HAND WITH MIDDLE FINGER EXTENDED}"), " fu "),
    (re.compile(r"#(?!\w)"), " number "),
    (re.compile(r"\$(?=t[o0]p\b)", re.IGNORECASE), "s"),
)
_AT_FOR_A = re.compile(r"\W*\w+@\w+\W*")
_ALONE = re.compile(f"[{_NO}]")


def spelt_out(text: str) -> str:
    """Return a reply with its signs in words; a bare "no entry" is a word of STOP."""
    if _ALONE.search(text) and not any(mark.isalnum() for mark in text):
        text = _ALONE.sub(" stop ", text)
    if _AT_FOR_A.fullmatch(text):
        text = text.replace("@", "a")
    for sign, word in _SIGNS:
        text = sign.sub(word, text)
    return text
