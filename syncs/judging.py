"""The one place that says what keeps an activation from being active.

The issue is the first of these that holds, in the order of the steps (see `SyncIssue`):

1. connection_failed: a required slot has no active connection, and a failed one stands in it;
2. no_connection: a required slot has no active connection (a pending one does not count);
3. mapping_incomplete: a mapping of the sync is incomplete or not named; skipped and hidden ones never count;
4. configuration_incomplete: the configuration was not completed;
5. sync_disabled: it was completed and is switched off.

A slot by unified API is filled by an active connection of any connector of it, a slot by connector only by that one;
one connection may fill several slots; hidden slots never count. Step and status follow from issue, configuration and
switch (generated columns of the model).
"""

from collections.abc import Collection

from django.db import connection as db

from common.differences import Difference, find

_JUDGE = """
WITH concerned AS (
  SELECT a.id, a.sync_id, a.consumer_id, a.mappings, a.is_configured, a.is_enabled
  FROM syncs_activation AS a WHERE {concerned}
), standing AS (
  SELECT n.consumer_id, n.connector_id, k.unified_api_id,
         bool_or(n.status = 'active') AS is_active, bool_or(n.status = 'failed') AS is_failed
  FROM connections_connection AS n JOIN connections_connector AS k ON k.id = n.connector_id
  WHERE n.consumer_id IN (SELECT consumer_id FROM concerned) AND NOT n.is_deleted
  GROUP BY 1, 2, 3
), slot AS (
  SELECT a.id, s.connector_id, s.is_failed,
         coalesce(bool_or(s.is_active) OVER (PARTITION BY a.id, r.id), false) AS is_filled
  FROM concerned AS a
  JOIN syncs_requirement AS r ON r.sync_id = a.sync_id AND NOT r.is_hidden
  LEFT JOIN standing AS s ON s.consumer_id = a.consumer_id
    AND (s.connector_id = r.connector_id OR s.unified_api_id = r.unified_api_id)
), slots AS (
  SELECT id, NOT bool_and(is_filled) AS is_missing,
         array_agg(DISTINCT connector_id ORDER BY connector_id) FILTER (WHERE connector_id IS NOT NULL) AS standing,
         array_agg(DISTINCT connector_id ORDER BY connector_id) FILTER (WHERE is_failed AND NOT is_filled) AS failed
  FROM slot GROUP BY id
), reasons AS (
  SELECT a.id, a.is_configured, a.is_enabled, coalesce(slots.is_missing, false) AS is_missing,
         coalesce(slots.standing, '{{}}') AS standing, coalesce(slots.failed, '{{}}') AS failed,
         coalesce(m.names, '{{}}') AS incomplete
  FROM concerned AS a
  JOIN syncs_sync AS s ON s.id = a.sync_id
  LEFT JOIN slots ON slots.id = a.id
  LEFT JOIN LATERAL (
    SELECT array_agg(name ORDER BY place) AS names FROM unnest(s.mappings) WITH ORDINALITY AS t (name, place)
    WHERE coalesce(a.mappings ->> name, 'incomplete') = 'incomplete'
  ) AS m ON true
), judged AS (
  SELECT id, standing, failed, incomplete, CASE
    WHEN failed <> '{{}}' THEN 'connection_failed'
    WHEN is_missing THEN 'no_connection'
    WHEN incomplete <> '{{}}' THEN 'mapping_incomplete'
    WHEN NOT is_configured THEN 'configuration_incomplete'
    WHEN is_enabled IS false THEN 'sync_disabled'
    ELSE '' END AS issue
  FROM reasons
)
"""
_STORE = """
UPDATE syncs_activation AS a
SET issue = j.issue, slot_connectors = j.standing, failed_connectors = j.failed, incomplete_mappings = j.incomplete
FROM judged AS j
WHERE a.id = j.id
  AND (a.issue, a.slot_connectors, a.failed_connectors, a.incomplete_mappings)
      IS DISTINCT FROM (j.issue, j.standing, j.failed, j.incomplete)
"""
_COMPARE = """
SELECT concat_ws(' / ', s.key, c.consumerid),
       concat_ws(' ', a.issue, a.slot_connectors::text, a.failed_connectors::text, a.incomplete_mappings::text),
       concat_ws(' ', j.issue, j.standing::text, j.failed::text, j.incomplete::text)
FROM judged AS j JOIN syncs_activation AS a ON a.id = j.id JOIN syncs_sync AS s ON s.id = a.sync_id
JOIN consumers_consumer AS c ON c.id = a.consumer_id
WHERE (a.issue, a.slot_connectors, a.failed_connectors, a.incomplete_mappings)
      IS DISTINCT FROM (j.issue, j.standing, j.failed, j.incomplete)
"""
_COPIES = """
SELECT concat_ws(' / ', s.key, c.consumerid),
       concat_ws(' ', a.consumer_is_live, a.sync_is_live, a.consumer_name_key, a.sync_name_key),
       concat_ws(' ', c.is_live, NOT s.is_deleted, c.name_key, s.name_key)
FROM syncs_activation AS a JOIN syncs_sync AS s ON s.id = a.sync_id JOIN consumers_consumer AS c ON c.id = a.consumer_id
WHERE (a.consumer_is_live, a.sync_is_live, a.consumer_name_key, a.sync_name_key)
      <> (c.is_live, NOT s.is_deleted, c.name_key, s.name_key)
"""
_COUNTS = """
SELECT concat_ws(' ', coalesce(s.sync_id, n.sync_id), coalesce(s.step, n.step), coalesce(s.status, n.status),
                 coalesce(s.issue, n.issue)),
       coalesce(s.count, 0)::text, coalesce(n.count, 0)::text
FROM syncs_synccount AS s FULL JOIN (
  SELECT sync_id, step, status, issue, count(*) FROM syncs_activation WHERE is_live GROUP BY 1, 2, 3, 4
) AS n ON (n.sync_id, n.step, n.status, n.issue) = (s.sync_id, s.step, s.status, s.issue)
WHERE coalesce(s.count, 0) <> coalesce(n.count, 0)
"""


def judge(
    *, activation_ids: Collection[int] = (), consumer_ids: Collection[int] = (), sync_ids: Collection[int] = ()
) -> int:
    """Judge again the activations named, and all of these consumers and syncs; return how many changed.

    The caller holds the state lock, so what they rest on can not change meanwhile.
    """
    concerned = "a.id = ANY (%s) OR a.consumer_id = ANY (%s) OR a.sync_id = ANY (%s)"
    with db.cursor() as cursor:
        cursor.execute(
            _JUDGE.format(concerned=concerned) + _STORE, [list(activation_ids), list(consumer_ids), list(sync_ids)]
        )
        return int(cursor.rowcount)


def judge_consumers(*, consumer_ids: Collection[int], **_: object) -> None:
    """Judge again what rests on the connections of these consumers; receives `connections_changed`."""
    judge(consumer_ids=consumer_ids)


def differences() -> list[Difference]:
    """Return every activation that would be judged otherwise now, and every count that a recount does not give."""
    return [
        *find("syncs_activation", _JUDGE.format(concerned="true") + _COMPARE),
        *find("syncs_activation", _COPIES),
        *find("syncs_synccount", _COUNTS),
    ]
