"""The SQL that says what the grains hold, for proving and for rebuilding them alike."""

COUNTERS = "created, updated, sent, business, technical"

# What the events say, per connection and bucket.
EVENTS = """
  SELECT connection_id, date_bin('15 minutes', occurred_at, '2000-01-01 00:00Z') AS bucket,
         coalesce(sum(count) FILTER (WHERE kind = 'created'), 0) AS created,
         coalesce(sum(count) FILTER (WHERE kind = 'updated'), 0) AS updated,
         coalesce(sum(count) FILTER (WHERE kind = 'sent'), 0) AS sent, 0 AS business, 0 AS technical
  FROM connections_activityevent WHERE occurred_at >= (SELECT at FROM since) GROUP BY 1, 2
  UNION ALL
  SELECT connection_id, date_bin('15 minutes', occurred_at, '2000-01-01 00:00Z'), 0, 0, 0,
         count(*) FILTER (WHERE category = 'business'), count(*) FILTER (WHERE category = 'technical')
  FROM connections_errorevent WHERE occurred_at >= (SELECT at FROM since) GROUP BY 1, 2
"""
SINCE = "since AS (SELECT coalesce(max(recount_from), '-infinity') AS at FROM connections_rollupstate)"
COUNTED = """
  SELECT {key}, bucket, sum(created) AS created, sum(updated) AS updated, sum(sent) AS sent,
         sum(business) AS business, sum(technical) AS technical
  FROM ({rows}) AS counted GROUP BY 1, 2
"""
# What the upper grains hold of a connection: only the kinds that its present flow counts.
COUNTING = """
  SELECT n.connector_id, r.bucket, CASE WHEN n.flow = 'source' THEN r.created ELSE 0 END AS created,
         CASE WHEN n.flow = 'source' THEN r.updated ELSE 0 END AS updated,
         CASE WHEN n.flow = 'destination' THEN r.sent ELSE 0 END AS sent, r.business, r.technical
  FROM connections_connectionrollup AS r
  JOIN connections_connection AS n ON n.id = r.connection_id AND n.is_tracked AND n.is_live
"""
