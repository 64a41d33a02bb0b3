"""Statement-level triggers: who is live, and how many activations of a sync stand where.

As for connections: rows that activations copy from (consumers, syncs) are read after the statement, a row written
against another view of them is put right, and the counts are a function of the activations' own rows.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION activation_standing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO syncs_synccount AS c (sync_id, step, status, issue, count)
    SELECT sync_id, step, status, issue, count(*) FROM new_rows WHERE is_live GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (sync_id, step, status, issue) DO UPDATE SET count = c.count + excluded.count;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO syncs_synccount AS c (sync_id, step, status, issue, count)
    SELECT sync_id, step, status, issue, sum(n) FROM (
      SELECT sync_id, step, status, issue, 1 AS n FROM new_rows WHERE is_live
      UNION ALL
      SELECT sync_id, step, status, issue, -1 FROM old_rows WHERE is_live
    ) AS change GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4
    ON CONFLICT (sync_id, step, status, issue) DO UPDATE SET count = c.count + excluded.count;
  ELSE
    INSERT INTO syncs_synccount AS c (sync_id, step, status, issue, count)
    SELECT sync_id, step, status, issue, -count(*) FROM old_rows WHERE is_live GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (sync_id, step, status, issue) DO UPDATE SET count = c.count + excluded.count;
    RETURN NULL;
  END IF;
  IF EXISTS (
    SELECT FROM new_rows AS w JOIN consumers_consumer AS c ON c.id = w.consumer_id JOIN syncs_sync AS s ON s.id = w.sync_id
    WHERE w.consumer_is_live <> c.is_live OR w.sync_is_live = s.is_deleted
  ) THEN
    UPDATE syncs_activation AS a SET consumer_is_live = c.is_live, sync_is_live = NOT s.is_deleted
    FROM new_rows AS w JOIN consumers_consumer AS c ON c.id = w.consumer_id JOIN syncs_sync AS s ON s.id = w.sync_id
    WHERE a.id = w.id AND (a.consumer_is_live <> c.is_live OR a.sync_is_live = s.is_deleted);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER activation_standing_insert AFTER INSERT ON syncs_activation
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION activation_standing();
CREATE TRIGGER activation_standing_update AFTER UPDATE ON syncs_activation
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION activation_standing();
CREATE TRIGGER activation_standing_delete AFTER DELETE ON syncs_activation
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION activation_standing();

CREATE FUNCTION activation_liveness_of_consumer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT id, is_live FROM new_rows EXCEPT SELECT id, is_live FROM old_rows) THEN
    UPDATE syncs_activation AS a SET consumer_is_live = w.is_live
    FROM new_rows AS w JOIN old_rows AS o ON o.id = w.id
    WHERE w.is_live <> o.is_live AND a.consumer_id = w.id AND a.consumer_is_live <> w.is_live;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER activation_liveness AFTER UPDATE ON consumers_consumer
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION activation_liveness_of_consumer();

CREATE FUNCTION activation_liveness_of_sync() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT id, is_deleted FROM new_rows EXCEPT SELECT id, is_deleted FROM old_rows) THEN
    UPDATE syncs_activation AS a SET sync_is_live = NOT w.is_deleted
    FROM new_rows AS w JOIN old_rows AS o ON o.id = w.id
    WHERE w.is_deleted <> o.is_deleted AND a.sync_id = w.id AND a.sync_is_live = w.is_deleted;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER activation_liveness AFTER UPDATE ON syncs_sync
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION activation_liveness_of_sync();
"""

DROP = """
DROP FUNCTION activation_liveness_of_sync() CASCADE;
DROP FUNCTION activation_liveness_of_consumer() CASCADE;
DROP FUNCTION activation_standing() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("syncs", "0001_initial"), ("connections", "0002_standing")]

    operations = [migrations.RunSQL(CREATE, DROP)]
