"""Write the rows of a list that names grounds of its own: one column more than others."""

from dataclasses import dataclass

from consent.importing.row_facts import Checked
from consent.importing.staging import NULL, Writer


@dataclass(frozen=True, slots=True)
class GroundedWriter(Writer):
    """Write what an implied consent or a soft opt-in rests on, after what any row has.

    Who is asked for YES agrees by that answer, whatever the row rested on.
    """

    @property
    def statement(self) -> str:
        """Return the COPY that takes what this writes."""
        usual = Writer.statement.fget(self)  # type: ignore[attr-defined]
        return usual.replace("home\n", "home, ground\n")

    def text(self, found: Checked) -> str:
        """Return the columns from the outcome on."""
        consent = found.consent
        if consent and self.asks_again:
            found = found._replace(consent=consent._replace(ground=None))
        kept = found.consent.ground.kept() if found.consent and found.consent.ground else ""
        return f"{Writer.text(self, found)}\t{kept or NULL}"
