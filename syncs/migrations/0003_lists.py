"""What lists read: names to sort by, copied by the triggers that copy liveness, and the connectors that stand in slots."""

from datetime import UTC, datetime
from importlib import import_module

import django.contrib.postgres.fields
import django.db.models.functions.comparison
from django.db import migrations, models

import common.text

STANDING = import_module("syncs.migrations.0002_standing")

# As before, with the copies of names beside those of liveness.
COPIES = """
CREATE OR REPLACE FUNCTION activation_standing() RETURNS trigger LANGUAGE plpgsql AS $$
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
    WHERE (w.consumer_is_live, w.consumer_name_key, w.sync_is_live, w.sync_name_key)
          <> (c.is_live, c.name_key, NOT s.is_deleted, s.name_key)
  ) THEN
    UPDATE syncs_activation AS a
    SET consumer_is_live = c.is_live, consumer_name_key = c.name_key, sync_is_live = NOT s.is_deleted,
        sync_name_key = s.name_key
    FROM new_rows AS w JOIN consumers_consumer AS c ON c.id = w.consumer_id JOIN syncs_sync AS s ON s.id = w.sync_id
    WHERE a.id = w.id AND (a.consumer_is_live, a.consumer_name_key, a.sync_is_live, a.sync_name_key)
                          <> (c.is_live, c.name_key, NOT s.is_deleted, s.name_key);
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION activation_liveness_of_consumer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM new_rows AS w JOIN old_rows AS o ON o.id = w.id WHERE (w.is_live, w.name_key) <> (o.is_live, o.name_key)
  ) THEN
    UPDATE syncs_activation AS a SET consumer_is_live = w.is_live, consumer_name_key = w.name_key
    FROM new_rows AS w
    WHERE a.consumer_id = w.id AND (a.consumer_is_live, a.consumer_name_key) <> (w.is_live, w.name_key);
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION activation_liveness_of_sync() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM new_rows AS w JOIN old_rows AS o ON o.id = w.id
    WHERE (w.is_deleted, w.name_key) <> (o.is_deleted, o.name_key)
  ) THEN
    UPDATE syncs_activation AS a SET sync_is_live = NOT w.is_deleted, sync_name_key = w.name_key
    FROM new_rows AS w
    WHERE a.sync_id = w.id AND (a.sync_is_live, a.sync_name_key) <> (NOT w.is_deleted, w.name_key);
  END IF;
  RETURN NULL;
END $$;
"""

BACKFILL = """
UPDATE syncs_activation AS a SET consumer_name_key = c.name_key, sync_name_key = s.name_key
FROM consumers_consumer AS c, syncs_sync AS s WHERE c.id = a.consumer_id AND s.id = a.sync_id;
UPDATE syncs_activation AS a SET slot_connectors = t.connectors FROM (
  SELECT a.id, array_agg(DISTINCT n.connector_id ORDER BY n.connector_id) AS connectors
  FROM syncs_activation AS a
  JOIN syncs_requirement AS r ON r.sync_id = a.sync_id AND NOT r.is_hidden
  JOIN connections_connection AS n ON n.consumer_id = a.consumer_id AND NOT n.is_deleted
  JOIN connections_connector AS k ON k.id = n.connector_id
  WHERE n.connector_id = r.connector_id OR k.unified_api_id = r.unified_api_id
  GROUP BY a.id
) AS t WHERE t.id = a.id;
"""

# The functions as they were before.
FORGET = "".join(
    f"CREATE OR REPLACE FUNCTION {part.split('CREATE TRIGGER')[0]}"
    for part in STANDING.CREATE.split("CREATE FUNCTION ")[1:]
)


class Migration(migrations.Migration):
    dependencies = [
        ("consumers", "0003_erased"),
        ("sources", "0001_initial"),
        ("syncs", "0002_standing"),
    ]

    operations = [
        migrations.AddField(
            model_name="activation",
            name="activated_order",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.comparison.Coalesce(
                    "activated_at", models.Value(datetime(1, 1, 1, tzinfo=UTC))
                ),
                output_field=models.DateTimeField(),
            ),
        ),
        migrations.AddField(
            model_name="activation",
            name="consumer_name_key",
            field=common.text.KeyField(db_collation="C", default="", editable=False),
        ),
        migrations.AddField(
            model_name="activation",
            name="slot_connectors",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, editable=False, size=None
            ),
        ),
        migrations.AddField(
            model_name="activation",
            name="step_number",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(
                        models.Q(("is_configured", True), models.Q(("is_enabled", False), _negated=True)),
                        then=models.Value(4),
                    ),
                    models.When(issue="sync_disabled", then=models.Value(4)),
                    models.When(issue__in=["connection_failed", "no_connection"], then=models.Value(1)),
                    models.When(issue="mapping_incomplete", then=models.Value(2)),
                    default=models.Value(3),
                ),
                output_field=models.SmallIntegerField(),
            ),
        ),
        migrations.AddField(
            model_name="activation",
            name="sync_name_key",
            field=common.text.KeyField(db_collation="C", default="", editable=False),
        ),
        migrations.RunSQL(COPIES, FORGET),
        migrations.AddIndex(
            model_name="activation",
            index=models.Index(
                models.F("consumer_name_key"),
                models.F("consumer"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="activation_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="activation",
            index=models.Index(
                models.F("sync"),
                models.F("consumer_name_key"),
                models.F("consumer"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="activation_of_sync_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="activation",
            index=models.Index(
                models.F("sync"),
                models.F("issue"),
                models.F("status"),
                condition=models.Q(("is_live", True)),
                name="activation_standing",
            ),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
    ]
