"""Time zones in the words that people use for them.

Records, kept decisions and exports name a zone by its id, America/New_York; what a person reads
says New York time. Zones are named by their city: which of them a country calls Eastern time
differs from country to country and from summer to winter.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from zoneinfo import available_timezones

_TIME = " time"
_ID = r"[A-Z][A-Za-z]+(?:/[A-Za-z0-9_+-]+)+"
_IDS = re.compile(rf"(by the clock of )?\b({_ID}(?:, {_ID})*)")


@lru_cache(maxsize=1024)
def zone_name(zone: str) -> str:
    """Say a zone as people do: New York time, Knox (Indiana) time, UTC-6."""
    region, slash, place = zone.partition("/")
    if region == "Etc":
        # The database writes what lies west of Greenwich with a plus
        return place.replace("GMT", "UTC").translate(str.maketrans("+-", "-+"))
    if not slash:
        return zone.replace("_", " ")
    *within, city = (re.sub(r"^St ", "St. ", part.replace("_", " ")) for part in place.split("/"))
    return city + (f" ({', '.join(within)})" if within else "") + _TIME


def zone_names(zones: Sequence[str]) -> str:
    """Say several zones of which any may be meant: Chicago, Denver or New York time."""
    names = sorted(map(zone_name, zones), key=lambda name: name.endswith(_TIME))
    *cities, last = [*(name.removesuffix(_TIME) for name in names[:-1]), *names[-1:]] or [""]
    return f"{', '.join(cities)} or {last}" if cities else last


def with_zone_names(text: str) -> str:
    """Say the zones that a sentence, or a list joined by commas, names by their ids."""
    return _IDS.sub(_said, text)


def _said(found: re.Match[str]) -> str:
    zones = found[2].split(", ")
    if not _known().issuperset(zones):
        return found[0]
    return ("by " if found[1] else "") + zone_names(zones)


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
