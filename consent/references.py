"""Let the database refuse rows that refer to nothing, a statement at a time.

A foreign key asks once a row and reference, which took half of the time of a large import. These
triggers ask once a statement, of all its rows together. The other side is held by a trigger on
what is deleted. What few rows of a statement share is locked as a foreign key does; events are
never deleted, and contacts are held by the ledger before it writes about them.
"""

from collections.abc import Mapping

from django.db import migrations

_MISSING = """
        RAISE EXCEPTION '{table}.{column} names no row of {target}'
            USING ERRCODE = 'foreign_key_violation';
"""
# One walk over the rows for the keys of all columns of which each row has its own
_MANY = """
    SELECT {keys} INTO many FROM added;
    {checks}
"""
_KEYS = "array_agg({column}) FILTER (WHERE {column} IS NOT NULL) AS {column}"
# All keys at once, which reads the index from one to the next; a join would be planned by counts of
# rows that are wrong while a first import is under way, and then walks over all of it for each row
_OF_MANY = """
    IF (SELECT count(*) FROM {target} AS r WHERE r.id = ANY (many.{column}))
        < (SELECT count(DISTINCT key) FROM unnest(many.{column}) AS key)
    THEN {missing} END IF;
"""
# One walk over the rows for all columns of which they share the values
_FEW = """
    FOR few IN SELECT DISTINCT {columns} FROM added LOOP {checks} END LOOP;
"""
_OF_FEW = """
        IF few.{column} IS NOT NULL THEN
            PERFORM FROM {target} AS r WHERE r.id = few.{column} FOR KEY SHARE OF r;
            IF NOT FOUND THEN {missing} END IF;
        END IF;
"""
_STILL_NAMED = """
CREATE FUNCTION {table}_{column}_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM {table} WHERE {column} = OLD.id) THEN
        RAISE EXCEPTION '{target} #% is still named by {table}.{column}', OLD.id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER {table}_{column}_is_kept BEFORE DELETE ON {target}
    FOR EACH ROW EXECUTE FUNCTION {table}_{column}_is_kept();
"""


_HELD = frozenset({"consent_contact", "consent_optinevent"})


def references_exist(table: str, targets: Mapping[str, str]) -> migrations.RunSQL:
    """Return the migration that holds columns of a table that is only added to to their targets."""

    def check(form: str, column: str) -> str:
        names = {"table": table, "column": column, "target": targets[column]}
        return form.format(missing=_MISSING.format(**names), **names)

    shared = [column for column, target in targets.items() if target not in _HELD]
    own = [column for column in targets if column not in shared]
    checks = _MANY.format(
        keys=", ".join(_KEYS.format(column=column) for column in own),
        checks="".join(check(_OF_MANY, each) for each in own),
    )
    if shared:
        checks += _FEW.format(
            columns=", ".join(shared), checks="".join(check(_OF_FEW, each) for each in shared)
        )
    kept = "".join(
        _STILL_NAMED.format(table=table, column=column, target=target)
        for column, target in targets.items()
    )
    gone = "".join(f"DROP FUNCTION {table}_{column}_is_kept CASCADE;" for column in targets)
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {table}_refers_to_rows() RETURNS trigger LANGUAGE plpgsql
        SET enable_seqscan = off AS $$  -- the plan is kept for as long as the connection
        DECLARE few record; many record;
        BEGIN {checks} RETURN NULL; END $$;
        CREATE TRIGGER refers_to_rows AFTER INSERT ON {table} REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_refers_to_rows();
        {kept}""",
        f"DROP FUNCTION {table}_refers_to_rows CASCADE; {gone}",
    )
