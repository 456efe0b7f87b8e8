"""Jurisdictions as people call them."""

from campaigns.rulebook.rows import BY_NUMBER, ELSEWHERE, HOUSE

_PLACES = {
    "AU": "Australia",
    "CA": "Canada",
    "CTIA": "U.S. carriers (CTIA)",
    "DE": "Germany",
    "EU": "European Union",
    "FR": "France",
    "GB": "United Kingdom",
    "IE": "Ireland",
    "IN": "India",
    "JP": "Japan",
    "MX": "Mexico",
    "NL": "Netherlands",
    "NZ": "New Zealand",
    "US": "United States",
    "US-unknown": "United States, state unknown",
    HOUSE: "House rules",
    ELSEWHERE: "All other countries",
}
_STATES = (
    "AL Alabama;AK Alaska;AZ Arizona;AR Arkansas;CA California;CO Colorado;CT Connecticut;"
    "DE Delaware;DC District of Columbia;FL Florida;GA Georgia;HI Hawaii;ID Idaho;IL Illinois;"
    "IN Indiana;IA Iowa;KS Kansas;KY Kentucky;LA Louisiana;ME Maine;MD Maryland;MA Massachusetts;"
    "MI Michigan;MN Minnesota;MS Mississippi;MO Missouri;MT Montana;NE Nebraska;NV Nevada;"
    "NH New Hampshire;NJ New Jersey;NM New Mexico;NY New York;NC North Carolina;ND North Dakota;"
    "OH Ohio;OK Oklahoma;OR Oregon;PA Pennsylvania;PR Puerto Rico;RI Rhode Island;"
    "SC South Carolina;SD South Dakota;TN Tennessee;TX Texas;UT Utah;VT Vermont;VA Virginia;"
    "WA Washington;WV West Virginia;WI Wisconsin;WY Wyoming"
)
_PLACES |= {
    f"US-{code}": name for code, _, name in (each.partition(" ") for each in _STATES.split(";"))
}


def name_of(place: str) -> str:
    """Name a jurisdiction; one without a name of its own goes by its code."""
    code, by_number = place.removesuffix(BY_NUMBER), place.endswith(BY_NUMBER)
    where = code.removeprefix(f"{HOUSE}-")
    name = _PLACES.get(where, where)
    if where != code:
        name = f"House rules for {name}"
    return f"{name}, by area code" if by_number else name
