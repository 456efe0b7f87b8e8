"""Count the parts that a text is sent and billed in (3GPP TS 23.038 and 23.040)."""

from dataclasses import dataclass

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
GSM_7, UCS_2 = "GSM-7", "UCS-2"
_ALONE = {GSM_7: 160, UCS_2: 70}
_JOINED = {GSM_7: 153, UCS_2: 67}


@dataclass(frozen=True, slots=True)
class Parts:
    """How a text travels: its encoding, its length in that encoding's units, and its parts."""

    encoding: str
    units: int
    parts: int


def parts(text: str) -> Parts:
    """Count units and parts; no part ends within an escaped character or a surrogate pair."""
    encoding = UCS_2 if beyond_gsm(text) else GSM_7
    widths = [_width(mark, encoding) for mark in text]
    units = sum(widths)
    if units <= _ALONE[encoding]:
        return Parts(encoding, units, 1)
    count, filled = 1, 0
    for width in widths:
        filled += width
        if filled > _JOINED[encoding]:
            count, filled = count + 1, width
    return Parts(encoding, units, count)


def beyond_gsm(text: str) -> tuple[str, ...]:
    """Name the characters, in order and each once, that turn the whole text into UCS-2."""
    return tuple(dict.fromkeys(m for m in text if m not in GSM_BASIC and m not in GSM_EXTENSION))


def _width(mark: str, encoding: str) -> int:
    wide = mark in GSM_EXTENSION if encoding == GSM_7 else ord(mark) > 0xFFFF
    return 2 if wide else 1
