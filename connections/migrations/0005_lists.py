"""What lists read: the facets of consumers, the consumer's name to sort by, and the trigrams of names.

Facets are numbers that say what connections a consumer has: for each of them its status (1 active, 2 pending, 3
failed), its connector (4 × its primary key) and both at once (the sum). One index of them answers every mix of the
filters connector, unified_api and status about one and the same connection. They are counted again whenever the counts
of a consumer may change, in the same UPDATE.
"""

from importlib import import_module

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import common.text

STANDING = import_module("connections.migrations.0002_standing")

FACETS = """
-- Both counts and facets in one UPDATE. The join locks in key order, however long the list.
CREATE FUNCTION connection_standing_apply(consumer_ids bigint[], active int[], pending int[], failed int[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM consumers_consumer AS c
  WHERE c.id IN (SELECT unnest(consumer_ids)) ORDER BY c.id FOR NO KEY UPDATE;
  UPDATE consumers_consumer AS c
  SET active_count = active_count + d.active, pending_count = pending_count + d.pending,
      failed_count = failed_count + d.failed, facets = coalesce(f.facets, '{}')
  FROM unnest(consumer_ids, active, pending, failed) AS d (id, active, pending, failed)
  LEFT JOIN (
    SELECT n.consumer_id, array_agg(DISTINCT code.number ORDER BY code.number) AS facets
    FROM connections_connection AS n
    CROSS JOIN LATERAL (SELECT CASE n.status WHEN 'active' THEN 1 WHEN 'pending' THEN 2 ELSE 3 END AS number) AS s
    CROSS JOIN LATERAL (VALUES (s.number), (4 * n.connector_id), (4 * n.connector_id + s.number)) AS code (number)
    WHERE n.consumer_id IN (SELECT unnest(consumer_ids)) AND NOT n.is_deleted
    GROUP BY n.consumer_id
  ) AS f ON f.consumer_id = d.id
  WHERE c.id = d.id;
END $$;

CREATE OR REPLACE FUNCTION connection_standing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ids bigint[]; active int[]; pending int[]; failed int[];
BEGIN
  -- 1. The counts and facets of the consumers: connections that are not deleted themselves.
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(t.consumer_id), array_agg(t.a), array_agg(t.p), array_agg(t.f) INTO ids, active, pending, failed FROM (
      SELECT consumer_id, count(*) FILTER (WHERE status = 'active') AS a, count(*) FILTER (WHERE status = 'pending') AS p,
             count(*) FILTER (WHERE status = 'failed') AS f
      FROM new_rows WHERE NOT is_deleted GROUP BY consumer_id ORDER BY consumer_id) AS t;
  ELSIF TG_OP = 'UPDATE' THEN
    -- A group is left out when for each connector as many came as went, of each status.
    SELECT array_agg(t.consumer_id), array_agg(t.a), array_agg(t.p), array_agg(t.f) INTO ids, active, pending, failed FROM (
      SELECT consumer_id, coalesce(sum(n) FILTER (WHERE status = 'active'), 0) AS a,
             coalesce(sum(n) FILTER (WHERE status = 'pending'), 0) AS p,
             coalesce(sum(n) FILTER (WHERE status = 'failed'), 0) AS f
      FROM (SELECT consumer_id, connector_id, status, sum(n) AS n
            FROM (SELECT consumer_id, connector_id, status, 1 AS n FROM new_rows WHERE NOT is_deleted
                  UNION ALL
                  SELECT consumer_id, connector_id, status, -1 FROM old_rows WHERE NOT is_deleted) AS change
            GROUP BY 1, 2, 3 HAVING sum(n) <> 0) AS net
      GROUP BY consumer_id ORDER BY consumer_id) AS t;
  ELSE
    SELECT array_agg(t.consumer_id), array_agg(t.a), array_agg(t.p), array_agg(t.f) INTO ids, active, pending, failed FROM (
      SELECT consumer_id, -count(*) FILTER (WHERE status = 'active') AS a, -count(*) FILTER (WHERE status = 'pending') AS p,
             -count(*) FILTER (WHERE status = 'failed') AS f
      FROM old_rows WHERE NOT is_deleted GROUP BY consumer_id ORDER BY consumer_id) AS t;
  END IF;
  IF ids IS NOT NULL THEN
    PERFORM connection_standing_apply(ids, active, pending, failed);
  END IF;

  -- 2. The counts of the connectors: live connections.
  IF TG_OP = 'INSERT' THEN
    INSERT INTO connections_connectorcount AS c (connector_id, status, count)
    SELECT connector_id, status, count(*) FROM new_rows WHERE is_live GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (connector_id, status) DO UPDATE SET count = c.count + excluded.count;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO connections_connectorcount AS c (connector_id, status, count)
    SELECT connector_id, status, sum(n) FROM (
      SELECT connector_id, status, 1 AS n FROM new_rows WHERE is_live
      UNION ALL
      SELECT connector_id, status, -1 FROM old_rows WHERE is_live
    ) AS change GROUP BY 1, 2 HAVING sum(n) <> 0 ORDER BY 1, 2
    ON CONFLICT (connector_id, status) DO UPDATE SET count = c.count + excluded.count;
  ELSE
    INSERT INTO connections_connectorcount AS c (connector_id, status, count)
    SELECT connector_id, status, -count(*) FROM old_rows WHERE is_live GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (connector_id, status) DO UPDATE SET count = c.count + excluded.count;
  END IF;

  -- 3. A row written against another view of its consumer (a race, plain SQL) is put right; it comes by here again.
  --    (Asked first: an UPDATE fires its triggers even when it finds no row.)
  IF TG_OP = 'DELETE' THEN
    RETURN NULL;
  END IF;
  IF EXISTS (
    SELECT FROM new_rows AS w JOIN consumers_consumer AS c ON c.id = w.consumer_id
    WHERE w.consumer_is_live <> c.is_live
  ) THEN
    UPDATE connections_connection AS n SET consumer_is_live = c.is_live
    FROM new_rows AS w JOIN consumers_consumer AS c ON c.id = w.consumer_id
    WHERE n.id = w.id AND n.consumer_is_live <> c.is_live;
  END IF;
  RETURN NULL;
END $$;

-- The consumer's name, to sort by.
CREATE FUNCTION connection_takes_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT name_key INTO NEW.consumer_name_key FROM consumers_consumer WHERE id = NEW.consumer_id;
  RETURN NEW;
END $$;
CREATE TRIGGER connection_takes_name BEFORE INSERT OR UPDATE OF consumer_id ON connections_connection
  FOR EACH ROW EXECUTE FUNCTION connection_takes_name();

CREATE FUNCTION consumer_gives_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM new_rows AS w JOIN old_rows AS o ON o.id = w.id WHERE w.name_key <> o.name_key) THEN
    UPDATE connections_connection AS n SET consumer_name_key = w.name_key
    FROM new_rows AS w WHERE n.consumer_id = w.id AND n.consumer_name_key <> w.name_key;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER consumer_gives_name AFTER UPDATE ON consumers_consumer
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION consumer_gives_name();

-- The trigrams of names.
CREATE FUNCTION connection_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO connections_connectionsearch (connection_id, name_key) VALUES (NEW.id, NEW.name_key)
  ON CONFLICT (connection_id) DO UPDATE SET name_key = excluded.name_key;
  RETURN NULL;
END $$;
CREATE TRIGGER connection_search_insert AFTER INSERT ON connections_connection
  FOR EACH ROW EXECUTE FUNCTION connection_search();
CREATE TRIGGER connection_search_update AFTER UPDATE OF name_key ON connections_connection
  FOR EACH ROW WHEN (OLD.name_key IS DISTINCT FROM NEW.name_key) EXECUTE FUNCTION connection_search();
"""

BACKFILL = """
INSERT INTO connections_connectionsearch (connection_id, name_key)
SELECT id, name_key FROM connections_connection ORDER BY id;
ALTER TABLE connections_connection DISABLE TRIGGER USER;
ALTER TABLE consumers_consumer DISABLE TRIGGER USER;
UPDATE connections_connection AS n SET consumer_name_key = c.name_key
FROM consumers_consumer AS c WHERE c.id = n.consumer_id;
UPDATE consumers_consumer AS c SET facets = f.facets FROM (
  SELECT n.consumer_id, array_agg(DISTINCT code.number ORDER BY code.number) AS facets
  FROM connections_connection AS n
  CROSS JOIN LATERAL (SELECT CASE n.status WHEN 'active' THEN 1 WHEN 'pending' THEN 2 ELSE 3 END AS number) AS s
  CROSS JOIN LATERAL (VALUES (s.number), (4 * n.connector_id), (4 * n.connector_id + s.number)) AS code (number)
  WHERE NOT n.is_deleted
  GROUP BY n.consumer_id
) AS f WHERE f.consumer_id = c.id;
ALTER TABLE connections_connection ENABLE TRIGGER USER;
ALTER TABLE consumers_consumer ENABLE TRIGGER USER;
"""

# The function as it was before.
FORGET = """
DROP FUNCTION connection_search() CASCADE;
DROP FUNCTION consumer_gives_name() CASCADE;
DROP FUNCTION connection_takes_name() CASCADE;
DROP FUNCTION connection_standing_apply(bigint[], int[], int[], int[]);
""" + STANDING.CREATE[STANDING.CREATE.index("CREATE FUNCTION connection_standing()") :].split("CREATE TRIGGER", 1)[
    0
].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0004_rollups"),
        ("consumers", "0004_lists"),
        ("sources", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConnectionSearch",
            fields=[
                (
                    "connection",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="connections.connection",
                    ),
                ),
                ("name_key", common.text.KeyField(db_collation="C", editable=False)),
            ],
        ),
        migrations.AddField(
            model_name="connection",
            name="consumer_name_key",
            field=common.text.KeyField(db_collation="C", default="", editable=False),
        ),
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(
                models.F("name_key"), models.F("id"), condition=models.Q(("is_live", True)), name="connection_by_name"
            ),
        ),
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(
                models.F("status"),
                models.F("name_key"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="connection_by_status",
            ),
        ),
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(
                models.F("flow"),
                models.F("name_key"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="connection_by_flow",
            ),
        ),
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(
                models.F("is_tracked"),
                models.F("name_key"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="connection_by_tracked",
            ),
        ),
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(
                models.F("connector"),
                models.F("name_key"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="connection_by_connector",
            ),
        ),
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(
                models.F("connector"),
                models.F("status"),
                models.F("name_key"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="connection_by_both",
            ),
        ),
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(
                models.F("changed_at"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="connection_by_change",
            ),
        ),
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(
                models.F("consumer_name_key"),
                models.F("consumer"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="connection_by_consumer",
            ),
        ),
        migrations.AddIndex(
            model_name="connectionsearch",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(models.F("name_key"), "gin_trgm_ops"),
                name="connection_search_trigrams",
            ),
        ),
        migrations.RunSQL(FACETS, FORGET),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
    ]
