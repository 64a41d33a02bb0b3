"""The SQL that says what the grains hold, for proving and for rebuilding them alike."""

COUNTERS = "created, updated, sent, business, technical"
# The start of the bucket of a moment; common.windows.BUCKET is as long.
BUCKET_OF = "date_bin('15 minutes', {moment}, '2000-01-01 00:00Z')"

_BUCKET = BUCKET_OF.format(moment="occurred_at")
# What each event adds to its connection and bucket.
EVENTS = f"""
  SELECT connection_id, {_BUCKET} AS bucket,
         CASE kind WHEN 'created' THEN count ELSE 0 END AS created,
         CASE kind WHEN 'updated' THEN count ELSE 0 END AS updated,
         CASE kind WHEN 'sent' THEN count ELSE 0 END AS sent, 0 AS business, 0 AS technical
  FROM connections_activityevent WHERE occurred_at >= (SELECT at FROM since)
  UNION ALL
  SELECT connection_id, {_BUCKET}, 0, 0, 0,
         (category = 'business')::integer, (category = 'technical')::integer
  FROM connections_errorevent WHERE occurred_at >= (SELECT at FROM since)
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
# Where the sums that are stored differ from those that were computed; no row is as good as zeros.
WRONG = """
FROM stored AS s FULL JOIN computed AS c ON c.{key} = s.{key} AND c.bucket = s.bucket
WHERE (coalesce(s.created, 0), coalesce(s.updated, 0), coalesce(s.sent, 0), coalesce(s.business, 0),
       coalesce(s.technical, 0))
   <> (coalesce(c.created, 0), coalesce(c.updated, 0), coalesce(c.sent, 0), coalesce(c.business, 0),
       coalesce(c.technical, 0))
"""
