"""Standing is kept by statement-level triggers: the counts of a consumer, of a connector, and who is live.

Both are right under any number of writers in READ COMMITTED: the rows of the consumers concerned are locked first, in
order, and each statement of a PL/pgSQL function sees what was committed before it began. Writers that change the
standing of many consumers take the lock of common.locks first, so that they queue up instead of deadlocking.

Whether a statement changed a column is asked with EXCEPT, which hashes. As a join under EXISTS the planner expects to
meet a difference soon, and runs through all pairs of rows when there is none.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION connection_deltas_apply(consumer_ids bigint[], active int[], pending int[], failed int[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM consumers_consumer WHERE id = ANY (consumer_ids) ORDER BY id FOR NO KEY UPDATE;
  UPDATE consumers_consumer AS c
  SET active_count = active_count + d.active, pending_count = pending_count + d.pending,
      failed_count = failed_count + d.failed
  FROM unnest(consumer_ids, active, pending, failed) AS d (id, active, pending, failed)
  WHERE c.id = d.id;
END $$;

CREATE FUNCTION connection_standing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ids bigint[]; active int[]; pending int[]; failed int[];
BEGIN
  -- 1. The counts of the consumers: connections that are not deleted themselves.
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(t.consumer_id), array_agg(t.a), array_agg(t.p), array_agg(t.f) INTO ids, active, pending, failed FROM (
      SELECT consumer_id, count(*) FILTER (WHERE status = 'active') AS a, count(*) FILTER (WHERE status = 'pending') AS p,
             count(*) FILTER (WHERE status = 'failed') AS f
      FROM new_rows WHERE NOT is_deleted GROUP BY consumer_id ORDER BY consumer_id) AS t;
  ELSIF TG_OP = 'UPDATE' THEN
    SELECT array_agg(t.consumer_id), array_agg(t.a), array_agg(t.p), array_agg(t.f) INTO ids, active, pending, failed FROM (
      SELECT consumer_id, coalesce(sum(n) FILTER (WHERE status = 'active'), 0) AS a,
             coalesce(sum(n) FILTER (WHERE status = 'pending'), 0) AS p,
             coalesce(sum(n) FILTER (WHERE status = 'failed'), 0) AS f
      FROM (SELECT consumer_id, status, 1 AS n FROM new_rows WHERE NOT is_deleted
            UNION ALL
            SELECT consumer_id, status, -1 FROM old_rows WHERE NOT is_deleted) AS change
      GROUP BY consumer_id ORDER BY consumer_id) AS t
    WHERE t.a <> 0 OR t.p <> 0 OR t.f <> 0;
  ELSE
    SELECT array_agg(t.consumer_id), array_agg(t.a), array_agg(t.p), array_agg(t.f) INTO ids, active, pending, failed FROM (
      SELECT consumer_id, -count(*) FILTER (WHERE status = 'active') AS a, -count(*) FILTER (WHERE status = 'pending') AS p,
             -count(*) FILTER (WHERE status = 'failed') AS f
      FROM old_rows WHERE NOT is_deleted GROUP BY consumer_id ORDER BY consumer_id) AS t;
  END IF;
  IF ids IS NOT NULL THEN
    PERFORM connection_deltas_apply(ids, active, pending, failed);
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

CREATE TRIGGER connection_standing_insert AFTER INSERT ON connections_connection
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION connection_standing();
CREATE TRIGGER connection_standing_update AFTER UPDATE ON connections_connection
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION connection_standing();
CREATE TRIGGER connection_standing_delete AFTER DELETE ON connections_connection
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION connection_standing();

CREATE FUNCTION consumer_liveness() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT id, is_live FROM new_rows EXCEPT SELECT id, is_live FROM old_rows) THEN
    UPDATE connections_connection AS n SET consumer_is_live = w.is_live
    FROM new_rows AS w JOIN old_rows AS o ON o.id = w.id
    WHERE w.is_live <> o.is_live AND n.consumer_id = w.id AND n.consumer_is_live <> w.is_live;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER consumer_liveness AFTER UPDATE ON consumers_consumer
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION consumer_liveness();
"""

DROP = """
DROP FUNCTION consumer_liveness() CASCADE;
DROP FUNCTION connection_standing() CASCADE;
DROP FUNCTION connection_deltas_apply(bigint[], int[], int[], int[]);
"""


class Migration(migrations.Migration):
    dependencies = [("connections", "0001_initial"), ("consumers", "0002_counts")]

    operations = [migrations.RunSQL(CREATE, DROP)]
