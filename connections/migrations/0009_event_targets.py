"""What a batch of events asks first, in one call: every batch asks it, and each question costs a way to the server.

Each statement of a PL/pgSQL function sees what was committed before it began, so connections are read as they are when
the lock is given. The advisory lock 1668247152 is common.locks.EVENTS.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION event_targets(keys varchar[])
RETURNS TABLE (recount_from timestamptz, key varchar, id bigint, flow varchar, owner_id bigint) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(1668247152);
  -- One row, without a connection, when none of them is known.
  RETURN QUERY
  SELECT s.recount_from, n.key, n.id, n.flow, n.owner_id
  FROM (SELECT max(r.recount_from) AS recount_from FROM connections_rollupstate AS r) AS s
  LEFT JOIN connections_connection AS n ON n.key = ANY (keys);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("connections", "0008_search")]

    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION event_targets(varchar[])")]
