"""Links die for good with their consumer: deleted by its feed or on the screen, it takes them along in that statement.

A trigger, because a consumer is deleted in bulk by records, one by one on the screen and by whatever comes next, and
because a consumer that comes back must not bring an address back that was given up.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION share_links_die() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT id FROM old_rows WHERE is_live EXCEPT SELECT id FROM new_rows WHERE is_live) THEN
    UPDATE dashboard_sharelink AS l SET revoked_at = now()
    FROM new_rows AS w JOIN old_rows AS o ON o.id = w.id
    WHERE o.is_live AND NOT w.is_live AND l.consumer_id = w.id AND l.revoked_at IS NULL;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER share_links_die AFTER UPDATE ON consumers_consumer
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION share_links_die();
"""

DROP = "DROP FUNCTION share_links_die() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0001_initial"), ("consumers", "0003_erased")]

    operations = [migrations.RunSQL(CREATE, DROP)]
