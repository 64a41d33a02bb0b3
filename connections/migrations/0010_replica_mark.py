from django.db import migrations, models

import connections.rollups


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0009_event_targets"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReplicaMark",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("state", connections.rollups.LogPosition()),
                ("events", connections.rollups.LogPosition()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="replica_mark_is_one_row")],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE connections_replicamark SET UNLOGGED", "ALTER TABLE connections_replicamark SET LOGGED"
        ),
    ]
