"""Keep what people typed from running as a formula where a spreadsheet opens it."""

ARMED = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def safe(value: object) -> object:
    """Return a cell for a CSV file; what a spreadsheet would run gets an apostrophe before it.

    As OWASP advises against CSV injection; phone numbers in E.164 begin with + and get one too.
    """
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(ARMED) else value


def unarmed(cell: str) -> str:
    """Return a cell as it was before `safe` made it so."""
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip(" ").startswith(ARMED) else cell
