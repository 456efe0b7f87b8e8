"""Let the database itself refuse to change what must only grow (P2)."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, lower(TG_OP)
        USING ERRCODE = 'restrict_violation',
              HINT = 'Record a further row that corrects the earlier one.';
END $$;
"""

PUBLISHED = """
CREATE FUNCTION refuse_change_of_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'a published disclosure never changes: % is refused', lower(TG_OP)
            USING ERRCODE = 'restrict_violation',
                  HINT = 'Write a new version.';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER published_never_changes BEFORE UPDATE OR DELETE ON consent_disclosure
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published();
CREATE TRIGGER disclosure_is_never_truncated BEFORE TRUNCATE ON consent_disclosure
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def only_grows(table: str, *, erasable: bool = False) -> migrations.RunSQL:
    """Return the migration that makes a table append-only; erasable rows may yet be deleted."""
    verbs = "UPDATE" if erasable else "UPDATE OR DELETE"
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER only_grows BEFORE {verbs} ON {table}
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER is_never_truncated BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """,
        f"DROP TRIGGER only_grows ON {table}; DROP TRIGGER is_never_truncated ON {table};",
    )


FILLS_ONCE = """
CREATE FUNCTION refuse_all_but_filling() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE name text := TG_ARGV[0];
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(OLD) -> name <> 'null'::jsonb
       OR to_jsonb(OLD) - name IS DISTINCT FROM to_jsonb(NEW) - name THEN
        RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, lower(TG_OP)
            USING ERRCODE = 'restrict_violation',
                  HINT = 'Only an empty ' || name || ' may be filled in, once.';
    END IF;
    RETURN NEW;
END $$;
"""


def only_grows_and_fills(table: str, column: str) -> migrations.RunSQL:
    """Return the migration that makes a table append-only but for a column filled in later."""
    return migrations.RunSQL(
        f"""
        {FILLS_ONCE}
        CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION refuse_all_but_filling('{column}');
        CREATE TRIGGER is_never_truncated BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """,
        f"""
        DROP TRIGGER only_grows ON {table}; DROP TRIGGER is_never_truncated ON {table};
        DROP FUNCTION refuse_all_but_filling();
        """,
    )
