"""Moments as staff read them, by the 24-hour clock that rules are written in."""

DATE_FORMAT = "M j, Y"
DATETIME_FORMAT = "M j, Y, H:i"
SHORT_DATETIME_FORMAT = "M j, H:i"
TIME_FORMAT = "H:i"
