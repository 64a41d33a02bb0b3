"""Groups of connections: what filters of the list of connections count and read."""

import django.db.models.deletion
from django.db import migrations, models

GROUPS = """
CREATE FUNCTION connection_groups() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO connections_connectiongroup AS g (connector_id, status, flow, is_tracked, count)
    SELECT connector_id, status, flow, is_tracked, count(*) FROM new_rows WHERE is_live
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (connector_id, status, flow, is_tracked) DO UPDATE SET count = g.count + excluded.count;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO connections_connectiongroup AS g (connector_id, status, flow, is_tracked, count)
    SELECT connector_id, status, flow, is_tracked, sum(n) FROM (
      SELECT connector_id, status, flow, is_tracked, 1 AS n FROM new_rows WHERE is_live
      UNION ALL
      SELECT connector_id, status, flow, is_tracked, -1 FROM old_rows WHERE is_live
    ) AS change GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4
    ON CONFLICT (connector_id, status, flow, is_tracked) DO UPDATE SET count = g.count + excluded.count;
  ELSE
    INSERT INTO connections_connectiongroup AS g (connector_id, status, flow, is_tracked, count)
    SELECT connector_id, status, flow, is_tracked, -count(*) FROM old_rows WHERE is_live
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (connector_id, status, flow, is_tracked) DO UPDATE SET count = g.count + excluded.count;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER connection_groups_insert AFTER INSERT ON connections_connection
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION connection_groups();
CREATE TRIGGER connection_groups_update AFTER UPDATE ON connections_connection
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION connection_groups();
CREATE TRIGGER connection_groups_delete AFTER DELETE ON connections_connection
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION connection_groups();
INSERT INTO connections_connectiongroup (connector_id, status, flow, is_tracked, count)
SELECT connector_id, status, flow, is_tracked, count(*) FROM connections_connection WHERE is_live GROUP BY 1, 2, 3, 4;
"""

FORGET = "DROP FUNCTION connection_groups() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0006_flows_indexes"),
        ("consumers", "0004_lists"),
        ("sources", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConnectionGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Active"), ("pending", "Pending"), ("failed", "Failed")], max_length=7
                    ),
                ),
                (
                    "flow",
                    models.CharField(
                        choices=[("source", "Source"), ("destination", "Destination"), ("other", "Other")],
                        max_length=11,
                    ),
                ),
                ("is_tracked", models.BooleanField()),
                ("count", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.RemoveIndex(
            model_name="connection",
            name="connection_by_connector",
        ),
        migrations.RemoveIndex(
            model_name="connection",
            name="connection_by_both",
        ),
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(
                models.F("connector"),
                models.F("status"),
                models.F("flow"),
                models.F("is_tracked"),
                models.F("name_key"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="group_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(
                models.F("connector"),
                models.F("status"),
                models.F("flow"),
                models.F("is_tracked"),
                models.F("changed_at"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="group_by_change",
            ),
        ),
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(
                models.F("connector"),
                models.F("status"),
                models.F("flow"),
                models.F("is_tracked"),
                models.F("consumer_name_key"),
                models.F("consumer"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="group_by_consumer",
            ),
        ),
        migrations.AddField(
            model_name="connectiongroup",
            name="connector",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="groups", to="connections.connector"
            ),
        ),
        migrations.AddConstraint(
            model_name="connectiongroup",
            constraint=models.UniqueConstraint(
                fields=("connector", "status", "flow", "is_tracked"), name="connection_group_is_unique"
            ),
        ),
        migrations.RunSQL(GROUPS, FORGET),
    ]
