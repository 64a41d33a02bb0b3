from django.db import migrations, models

import connections.rollups


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0011_fewer_indexes"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="rollupstate",
            constraint=models.CheckConstraint(
                condition=models.Q(("recount_from", connections.rollups.BucketOf("recount_from"))),
                name="recount_from_starts_a_bucket",
            ),
        ),
    ]
