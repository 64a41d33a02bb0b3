"""Connections are found by their own name and by what their consumer is found by, in one text with one index."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models import F

SEARCH = """
CREATE OR REPLACE FUNCTION connection_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO connections_connectionsearch (connection_id, search_key)
  SELECT NEW.id, NEW.name_key || chr(1114111) || c.search_key FROM consumers_consumer AS c WHERE c.id = NEW.consumer_id
  ON CONFLICT (connection_id) DO UPDATE SET search_key = excluded.search_key;
  RETURN NULL;
END $$;
DROP TRIGGER connection_search_update ON connections_connection;
CREATE TRIGGER connection_search_update AFTER UPDATE OF name_key, consumer_id ON connections_connection
  FOR EACH ROW WHEN (OLD.name_key IS DISTINCT FROM NEW.name_key OR OLD.consumer_id <> NEW.consumer_id)
  EXECUTE FUNCTION connection_search();

CREATE FUNCTION consumer_gives_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT id, search_key FROM new_rows EXCEPT SELECT id, search_key FROM old_rows) THEN
    UPDATE connections_connectionsearch AS s SET search_key = n.name_key || chr(1114111) || w.search_key
    FROM new_rows AS w JOIN old_rows AS o ON o.id = w.id AND o.search_key <> w.search_key
    JOIN connections_connection AS n ON n.consumer_id = w.id
    WHERE s.connection_id = n.id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER consumer_gives_search AFTER UPDATE ON consumers_consumer
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION consumer_gives_search();

UPDATE connections_connectionsearch AS s SET search_key = n.name_key || chr(1114111) || c.search_key
FROM connections_connection AS n JOIN consumers_consumer AS c ON c.id = n.consumer_id WHERE n.id = s.connection_id;
"""

FORGET = """
DROP FUNCTION consumer_gives_search() CASCADE;
CREATE OR REPLACE FUNCTION connection_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO connections_connectionsearch (connection_id, name_key) VALUES (NEW.id, NEW.name_key)
  ON CONFLICT (connection_id) DO UPDATE SET name_key = excluded.name_key;
  RETURN NULL;
END $$;
DROP TRIGGER connection_search_update ON connections_connection;
CREATE TRIGGER connection_search_update AFTER UPDATE OF name_key ON connections_connection
  FOR EACH ROW WHEN (OLD.name_key IS DISTINCT FROM NEW.name_key) EXECUTE FUNCTION connection_search();
"""


class Migration(migrations.Migration):
    dependencies = [("connections", "0007_groups"), ("consumers", "0004_lists")]

    operations = [
        migrations.RemoveIndex("connectionsearch", "connection_search_trigrams"),
        migrations.RenameField("connectionsearch", "name_key", "search_key"),
        migrations.AddIndex(
            "connectionsearch",
            GinIndex(OpClass(F("search_key"), "gin_trgm_ops"), name="connection_search_trigrams"),
        ),
        migrations.AlterField(
            "connectionsearch",
            "connection",
            models.OneToOneField(
                on_delete=models.deletion.CASCADE,
                primary_key=True,
                related_name="search",
                serialize=False,
                to="connections.connection",
            ),
        ),
        migrations.RunSQL(SEARCH, FORGET),
    ]
