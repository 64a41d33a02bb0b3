"""The rollups: deltas by trigger on the events, the drain, and the moves between grains by trigger on connections.

The advisory lock 1668247151 ("the grains") is shared by drains and taken alone by moves, so that a drain and a move can
not both miss, or both count, the same delta (see common.locks.GRAINS).
"""

from django.db import migrations

DELTAS = """
ALTER TABLE connections_rollupdelta DROP CONSTRAINT connections_rollupdelta_pkey;
ALTER TABLE connections_rollupdelta SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

CREATE FUNCTION activity_deltas() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO connections_rollupdelta (connection_id, bucket, created, updated, sent, business, technical, received_at)
  SELECT connection_id, date_bin('15 minutes', occurred_at, '2000-01-01 00:00Z'),
         coalesce(sum(count) FILTER (WHERE kind = 'created'), 0), coalesce(sum(count) FILTER (WHERE kind = 'updated'), 0),
         coalesce(sum(count) FILTER (WHERE kind = 'sent'), 0), 0, 0, clock_timestamp()
  FROM new_rows GROUP BY 1, 2;
  RETURN NULL;
END $$;
CREATE TRIGGER activity_deltas AFTER INSERT ON connections_activityevent
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION activity_deltas();

CREATE FUNCTION error_deltas() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO connections_rollupdelta (connection_id, bucket, created, updated, sent, business, technical, received_at)
  SELECT connection_id, date_bin('15 minutes', occurred_at, '2000-01-01 00:00Z'), 0, 0, 0,
         count(*) FILTER (WHERE category = 'business'), count(*) FILTER (WHERE category = 'technical'), clock_timestamp()
  FROM new_rows GROUP BY 1, 2;
  RETURN NULL;
END $$;
CREATE TRIGGER error_deltas AFTER INSERT ON connections_errorevent
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION error_deltas();
"""

DRAIN = """
CREATE FUNCTION rollup_drain(most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  connections bigint[]; buckets timestamptz[]; taken_count integer;
  created bigint[]; updated bigint[]; sent bigint[]; business bigint[]; technical bigint[];
BEGIN
  PERFORM pg_advisory_xact_lock_shared(1668247151);
  WITH taken AS (
    DELETE FROM connections_rollupdelta
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM connections_rollupdelta LIMIT most FOR UPDATE SKIP LOCKED))
    RETURNING *
  ), sums AS (
    SELECT t.connection_id, t.bucket, sum(t.created) AS created, sum(t.updated) AS updated, sum(t.sent) AS sent,
           sum(t.business) AS business, sum(t.technical) AS technical, count(*) AS n
    FROM taken AS t GROUP BY 1, 2 ORDER BY 1, 2
  )
  SELECT array_agg(s.connection_id), array_agg(s.bucket), array_agg(s.created), array_agg(s.updated), array_agg(s.sent),
         array_agg(s.business), array_agg(s.technical), coalesce(sum(s.n), 0)
  INTO connections, buckets, created, updated, sent, business, technical, taken_count FROM sums AS s;
  IF taken_count = 0 THEN
    RETURN 0;
  END IF;

  INSERT INTO connections_connectionrollup AS g (connection_id, bucket, created, updated, sent, business, technical)
  SELECT * FROM unnest(connections, buckets, created, updated, sent, business, technical)
  ON CONFLICT (connection_id, bucket) DO UPDATE
  SET created = g.created + excluded.created, updated = g.updated + excluded.updated, sent = g.sent + excluded.sent,
      business = g.business + excluded.business, technical = g.technical + excluded.technical;

  INSERT INTO connections_connectorrollup AS g (connector_id, bucket, created, updated, sent, business, technical)
  SELECT n.connector_id, u.bucket,
         coalesce(sum(u.created) FILTER (WHERE n.flow = 'source'), 0),
         coalesce(sum(u.updated) FILTER (WHERE n.flow = 'source'), 0),
         coalesce(sum(u.sent) FILTER (WHERE n.flow = 'destination'), 0), sum(u.business), sum(u.technical)
  FROM unnest(connections, buckets, created, updated, sent, business, technical)
    AS u (connection_id, bucket, created, updated, sent, business, technical)
  JOIN connections_connection AS n ON n.id = u.connection_id AND n.is_tracked AND n.is_live
  GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (connector_id, bucket) DO UPDATE
  SET created = g.created + excluded.created, updated = g.updated + excluded.updated, sent = g.sent + excluded.sent,
      business = g.business + excluded.business, technical = g.technical + excluded.technical;

  INSERT INTO connections_totalrollup AS g (bucket, created, updated, sent, business, technical)
  SELECT u.bucket,
         coalesce(sum(u.created) FILTER (WHERE n.flow = 'source'), 0),
         coalesce(sum(u.updated) FILTER (WHERE n.flow = 'source'), 0),
         coalesce(sum(u.sent) FILTER (WHERE n.flow = 'destination'), 0), sum(u.business), sum(u.technical)
  FROM unnest(connections, buckets, created, updated, sent, business, technical)
    AS u (connection_id, bucket, created, updated, sent, business, technical)
  JOIN connections_connection AS n ON n.id = u.connection_id AND n.is_tracked AND n.is_live
  GROUP BY 1 ORDER BY 1
  ON CONFLICT (bucket) DO UPDATE
  SET created = g.created + excluded.created, updated = g.updated + excluded.updated, sent = g.sent + excluded.sent,
      business = g.business + excluded.business, technical = g.technical + excluded.technical;

  INSERT INTO connections_errorcard AS c (zone, connection_id, business)
  SELECT z.zone, u.connection_id, sum(u.business)
  FROM unnest(connections, buckets, business) AS u (connection_id, bucket, business)
  JOIN connections_zonewindow AS z ON u.bucket >= z.starts_at AND u.bucket < z.ends_at
  WHERE u.business > 0 GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (zone, connection_id) DO UPDATE SET business = c.business + excluded.business;

  RETURN taken_count;
END $$;
"""

MOVES = """
CREATE FUNCTION rollup_shift(shifts jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- shifts: [{connection_id, connector_id, flow, sign}]; adds each connection's sums to, or takes them from, the
  -- upper grains. Every statement of this function sees what drains committed before the lock was given.
  PERFORM pg_advisory_xact_lock(1668247151);
  INSERT INTO connections_connectorrollup AS g (connector_id, bucket, created, updated, sent, business, technical)
  SELECT s.connector_id, r.bucket,
         coalesce(sum(s.sign * r.created) FILTER (WHERE s.flow = 'source'), 0),
         coalesce(sum(s.sign * r.updated) FILTER (WHERE s.flow = 'source'), 0),
         coalesce(sum(s.sign * r.sent) FILTER (WHERE s.flow = 'destination'), 0),
         sum(s.sign * r.business), sum(s.sign * r.technical)
  FROM jsonb_to_recordset(shifts) AS s (connection_id bigint, connector_id bigint, flow text, sign integer)
  JOIN connections_connectionrollup AS r ON r.connection_id = s.connection_id
  GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (connector_id, bucket) DO UPDATE
  SET created = g.created + excluded.created, updated = g.updated + excluded.updated, sent = g.sent + excluded.sent,
      business = g.business + excluded.business, technical = g.technical + excluded.technical;
  INSERT INTO connections_totalrollup AS g (bucket, created, updated, sent, business, technical)
  SELECT r.bucket,
         coalesce(sum(s.sign * r.created) FILTER (WHERE s.flow = 'source'), 0),
         coalesce(sum(s.sign * r.updated) FILTER (WHERE s.flow = 'source'), 0),
         coalesce(sum(s.sign * r.sent) FILTER (WHERE s.flow = 'destination'), 0),
         sum(s.sign * r.business), sum(s.sign * r.technical)
  FROM jsonb_to_recordset(shifts) AS s (connection_id bigint, connector_id bigint, flow text, sign integer)
  JOIN connections_connectionrollup AS r ON r.connection_id = s.connection_id
  GROUP BY 1 ORDER BY 1
  ON CONFLICT (bucket) DO UPDATE
  SET created = g.created + excluded.created, updated = g.updated + excluded.updated, sent = g.sent + excluded.sent,
      business = g.business + excluded.business, technical = g.technical + excluded.technical;
END $$;

CREATE FUNCTION rollup_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  shifts jsonb;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT jsonb_agg(jsonb_build_object('connection_id', id, 'connector_id', connector_id, 'flow', flow, 'sign', sign))
    INTO shifts FROM (
      SELECT o.id, o.connector_id, o.flow, -1 AS sign FROM old_rows AS o JOIN new_rows AS n ON n.id = o.id
      WHERE o.is_tracked AND o.is_live
        AND (o.connector_id, o.flow, true) IS DISTINCT FROM (n.connector_id, n.flow, n.is_tracked AND n.is_live)
      UNION ALL
      SELECT n.id, n.connector_id, n.flow, 1 FROM old_rows AS o JOIN new_rows AS n ON n.id = o.id
      WHERE n.is_tracked AND n.is_live
        AND (o.connector_id, o.flow, o.is_tracked AND o.is_live) IS DISTINCT FROM (n.connector_id, n.flow, true)
    ) AS change;
  ELSE
    SELECT jsonb_agg(jsonb_build_object('connection_id', id, 'connector_id', connector_id, 'flow', flow, 'sign', -1))
    INTO shifts FROM old_rows WHERE is_tracked AND is_live;
  END IF;
  IF shifts IS NOT NULL THEN
    PERFORM rollup_shift(shifts);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER rollup_moves_update AFTER UPDATE ON connections_connection
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup_moves();
CREATE TRIGGER rollup_moves_delete AFTER DELETE ON connections_connection
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION rollup_moves();
"""

DROP = """
DROP FUNCTION rollup_moves() CASCADE;
DROP FUNCTION rollup_shift(jsonb);
DROP FUNCTION rollup_drain(integer);
DROP FUNCTION error_deltas() CASCADE;
DROP FUNCTION activity_deltas() CASCADE;
ALTER TABLE connections_rollupdelta ADD PRIMARY KEY (id);
"""

START = """
INSERT INTO connections_rollupstate (id, recount_from) VALUES (1, '1970-01-01 00:00Z');
"""


class Migration(migrations.Migration):
    dependencies = [("connections", "0003_events")]

    operations = [
        migrations.RunSQL(DELTAS + DRAIN + MOVES, DROP),
        migrations.RunSQL(START, migrations.RunSQL.noop),
    ]
