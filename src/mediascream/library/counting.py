"""The counts that pages ask for all the time, kept by the database itself.

Counting a million rows takes a tenth of a second, so months, states and deliveries have their counts in
tables of a few rows. Triggers keep them: whatever changes a photo or a delivery, the counts are right.

A migration that makes `photos` or `deliveries` anew (SQLite can change a column no other way) must run
`CREATE` again afterwards, for the triggers go with the old table.
"""

from __future__ import annotations

_SQLITE = (
    """
    CREATE TRIGGER photos_counted AFTER INSERT ON photos BEGIN
        INSERT INTO months (month, count)
            SELECT NEW.month, 1 WHERE NEW.deleted_at_ms IS NULL
            ON CONFLICT (month) DO UPDATE SET count = count + 1;
        INSERT INTO photo_counts (state, count) VALUES (NEW.state, 1)
            ON CONFLICT (state) DO UPDATE SET count = count + 1;
    END
    """,
    """
    CREATE TRIGGER photos_moved AFTER UPDATE OF month, deleted_at_ms ON photos
    WHEN OLD.month <> NEW.month OR (OLD.deleted_at_ms IS NULL) <> (NEW.deleted_at_ms IS NULL)
    BEGIN
        UPDATE months SET count = count - 1 WHERE month = OLD.month AND OLD.deleted_at_ms IS NULL;
        INSERT INTO months (month, count)
            SELECT NEW.month, 1 WHERE NEW.deleted_at_ms IS NULL
            ON CONFLICT (month) DO UPDATE SET count = count + 1;
    END
    """,
    """
    CREATE TRIGGER photos_changed_state AFTER UPDATE OF state ON photos WHEN OLD.state <> NEW.state BEGIN
        UPDATE photo_counts SET count = count - 1 WHERE state = OLD.state;
        INSERT INTO photo_counts (state, count) VALUES (NEW.state, 1)
            ON CONFLICT (state) DO UPDATE SET count = count + 1;
    END
    """,
    """
    CREATE TRIGGER deliveries_counted AFTER INSERT ON deliveries BEGIN
        INSERT INTO delivery_counts (destination, state, count) VALUES (NEW.destination, NEW.state, 1)
            ON CONFLICT (destination, state) DO UPDATE SET count = count + 1;
    END
    """,
    """
    CREATE TRIGGER deliveries_changed_state AFTER UPDATE OF state ON deliveries WHEN OLD.state <> NEW.state BEGIN
        UPDATE delivery_counts SET count = count - 1 WHERE destination = OLD.destination AND state = OLD.state;
        INSERT INTO delivery_counts (destination, state, count) VALUES (NEW.destination, NEW.state, 1)
            ON CONFLICT (destination, state) DO UPDATE SET count = count + 1;
    END
    """,
    """
    CREATE TRIGGER deliveries_dropped AFTER DELETE ON deliveries BEGIN
        UPDATE delivery_counts SET count = count - 1 WHERE destination = OLD.destination AND state = OLD.state;
    END
    """,
)

_POSTGRES = (
    """
    CREATE FUNCTION count_month(month_ text, change integer) RETURNS void LANGUAGE sql AS $$
        INSERT INTO months (month, count) VALUES (month_, change)
            ON CONFLICT (month) DO UPDATE SET count = months.count + excluded.count
    $$
    """,
    """
    CREATE FUNCTION count_photo(state_ text, change integer) RETURNS void LANGUAGE sql AS $$
        INSERT INTO photo_counts (state, count) VALUES (state_, change)
            ON CONFLICT (state) DO UPDATE SET count = photo_counts.count + excluded.count
    $$
    """,
    """
    CREATE FUNCTION count_delivery(destination_ text, state_ text, change integer) RETURNS void LANGUAGE sql AS $$
        INSERT INTO delivery_counts (destination, state, count) VALUES (destination_, state_, change)
            ON CONFLICT (destination, state) DO UPDATE SET count = delivery_counts.count + excluded.count
    $$
    """,
    """
    CREATE FUNCTION count_photos() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF OLD.deleted_at_ms IS NULL THEN PERFORM count_month(OLD.month, -1); END IF;
            PERFORM count_photo(OLD.state, -1);
        END IF;
        IF NEW.deleted_at_ms IS NULL THEN PERFORM count_month(NEW.month, 1); END IF;
        PERFORM count_photo(NEW.state, 1);
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION count_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP <> 'INSERT' THEN PERFORM count_delivery(OLD.destination, OLD.state, -1); END IF;
        IF TG_OP <> 'DELETE' THEN PERFORM count_delivery(NEW.destination, NEW.state, 1); END IF;
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER photos_counted AFTER INSERT ON photos FOR EACH ROW EXECUTE FUNCTION count_photos()",
    """
    CREATE TRIGGER photos_changed AFTER UPDATE ON photos FOR EACH ROW
    WHEN (OLD.month <> NEW.month OR OLD.state <> NEW.state OR (OLD.deleted_at_ms IS NULL) <> (NEW.deleted_at_ms IS NULL))
    EXECUTE FUNCTION count_photos()
    """,
    """
    CREATE TRIGGER deliveries_counted AFTER INSERT OR DELETE ON deliveries FOR EACH ROW
    EXECUTE FUNCTION count_deliveries()
    """,
    """
    CREATE TRIGGER deliveries_changed_state AFTER UPDATE ON deliveries FOR EACH ROW
    WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION count_deliveries()
    """,
)

CREATE = {"sqlite": _SQLITE, "postgresql": _POSTGRES}
"""What a new database needs; run by the first migration."""
