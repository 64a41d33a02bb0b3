"""ConsumerCount is kept by one statement-level trigger that adds the deltas of each statement, in key order."""

from django.db import migrations

CREATE = """
CREATE FUNCTION consumer_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO consumers_consumercount AS c (is_active, issue, count)
    SELECT is_active, issue, count(*) FROM new_rows WHERE is_live GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (is_active, issue) DO UPDATE SET count = c.count + excluded.count;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO consumers_consumercount AS c (is_active, issue, count)
    SELECT is_active, issue, sum(n) FROM (
      SELECT is_active, issue, 1 AS n FROM new_rows WHERE is_live
      UNION ALL
      SELECT is_active, issue, -1 FROM old_rows WHERE is_live
    ) AS change GROUP BY 1, 2 HAVING sum(n) <> 0 ORDER BY 1, 2
    ON CONFLICT (is_active, issue) DO UPDATE SET count = c.count + excluded.count;
  ELSE
    INSERT INTO consumers_consumercount AS c (is_active, issue, count)
    SELECT is_active, issue, -count(*) FROM old_rows WHERE is_live GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (is_active, issue) DO UPDATE SET count = c.count + excluded.count;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER consumer_counts_insert AFTER INSERT ON consumers_consumer
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION consumer_counts();
CREATE TRIGGER consumer_counts_update AFTER UPDATE ON consumers_consumer
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION consumer_counts();
CREATE TRIGGER consumer_counts_delete AFTER DELETE ON consumers_consumer
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION consumer_counts();
"""

DROP = "DROP FUNCTION consumer_counts() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("consumers", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, DROP)]
