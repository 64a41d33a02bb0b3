"""Proves that the stored standing equals what it is computed from."""

from common.differences import Difference, find

# Each query returns (key, stored, computed) for the rows that differ.
_CONSUMERS = """
SELECT c.consumerid, concat_ws(' ', c.active_count, c.pending_count, c.failed_count),
       concat_ws(' ', n.active, n.pending, n.failed)
FROM consumers_consumer AS c LEFT JOIN (
  SELECT consumer_id, count(*) FILTER (WHERE status = 'active') AS active,
         count(*) FILTER (WHERE status = 'pending') AS pending, count(*) FILTER (WHERE status = 'failed') AS failed
  FROM connections_connection WHERE NOT is_deleted GROUP BY consumer_id
) AS n ON n.consumer_id = c.id
WHERE (c.active_count, c.pending_count, c.failed_count)
   <> (coalesce(n.active, 0), coalesce(n.pending, 0), coalesce(n.failed, 0))
"""
_FACETS = """
SELECT c.consumerid, c.facets::text, coalesce(f.facets, '{}')::text
FROM consumers_consumer AS c LEFT JOIN (
  SELECT n.consumer_id, array_agg(DISTINCT code.number ORDER BY code.number) AS facets
  FROM connections_connection AS n
  CROSS JOIN LATERAL (SELECT CASE n.status WHEN 'active' THEN 1 WHEN 'pending' THEN 2 ELSE 3 END AS number) AS s
  CROSS JOIN LATERAL (VALUES (s.number), (4 * n.connector_id), (4 * n.connector_id + s.number)) AS code (number)
  WHERE NOT n.is_deleted GROUP BY n.consumer_id
) AS f ON f.consumer_id = c.id
WHERE c.facets <> coalesce(f.facets, '{}')
"""
_CONSUMER_NAMES = """
SELECT n.key, n.consumer_name_key, c.name_key
FROM connections_connection AS n JOIN consumers_consumer AS c ON c.id = n.consumer_id
WHERE n.consumer_name_key <> c.name_key
"""
_CONSUMER_SEARCH = """
SELECT c.consumerid, coalesce(s.search_key, ''), c.search_key
FROM consumers_consumer AS c LEFT JOIN consumers_consumersearch AS s ON s.consumer_id = c.id
WHERE s.search_key IS DISTINCT FROM c.search_key
"""
_CONNECTION_SEARCH = """
SELECT n.key, coalesce(s.search_key, ''), n.name_key || chr(1114111) || c.search_key
FROM connections_connection AS n JOIN consumers_consumer AS c ON c.id = n.consumer_id
LEFT JOIN connections_connectionsearch AS s ON s.connection_id = n.id
WHERE s.search_key IS DISTINCT FROM n.name_key || chr(1114111) || c.search_key
"""
_LIVENESS = """
SELECT n.key, n.consumer_is_live::text, c.is_live::text
FROM connections_connection AS n JOIN consumers_consumer AS c ON c.id = n.consumer_id
WHERE n.consumer_is_live <> c.is_live AND NOT n.is_deleted
"""
_CONNECTOR_COUNTS = """
SELECT concat_ws(' ', coalesce(s.connector_id, n.connector_id), coalesce(s.status, n.status)),
       coalesce(s.count, 0)::text, coalesce(n.count, 0)::text
FROM connections_connectorcount AS s FULL JOIN (
  SELECT connector_id, status, count(*) FROM connections_connection WHERE is_live GROUP BY 1, 2
) AS n ON n.connector_id = s.connector_id AND n.status = s.status
WHERE coalesce(s.count, 0) <> coalesce(n.count, 0)
"""
_GROUPS = """
SELECT concat_ws(' ', connector_id, status, flow, is_tracked), coalesce(s.count, 0)::text, coalesce(n.count, 0)::text
FROM connections_connectiongroup AS s FULL JOIN (
  SELECT connector_id, status, flow, is_tracked, count(*) FROM connections_connection WHERE is_live GROUP BY 1, 2, 3, 4
) AS n USING (connector_id, status, flow, is_tracked)
WHERE coalesce(s.count, 0) <> coalesce(n.count, 0)
"""
_CONSUMER_COUNTS = """
SELECT concat_ws(' ', coalesce(s.is_active, n.is_active), coalesce(s.issue, n.issue)),
       coalesce(s.count, 0)::text, coalesce(n.count, 0)::text
FROM consumers_consumercount AS s FULL JOIN (
  SELECT is_active, issue, count(*) FROM consumers_consumer WHERE is_live GROUP BY 1, 2
) AS n ON n.is_active = s.is_active AND n.issue = s.issue
WHERE coalesce(s.count, 0) <> coalesce(n.count, 0)
"""
_CHECKS = (
    ("consumers_consumer", _CONSUMERS),
    ("consumers_consumer", _FACETS),
    ("consumers_consumersearch", _CONSUMER_SEARCH),
    ("connections_connection", _LIVENESS),
    ("connections_connection", _CONSUMER_NAMES),
    ("connections_connectionsearch", _CONNECTION_SEARCH),
    ("connections_connectorcount", _CONNECTOR_COUNTS),
    ("connections_connectiongroup", _GROUPS),
    ("consumers_consumercount", _CONSUMER_COUNTS),
)


def differences() -> list[Difference]:
    """Return every row that differs; exact in the snapshot of the transaction it runs in."""
    return [difference for table, query in _CHECKS for difference in find(table, query)]
