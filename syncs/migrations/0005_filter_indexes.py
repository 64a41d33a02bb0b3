"""One index for all that is asked of the same activations, and none that only repeats the beginning of another.

What was there goes last: until then readers need not wait.
"""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consumers", "0005_filter_indexes"), ("syncs", "0004_orders")]

    operations = [
        migrations.AddIndex(
            model_name="activation",
            index=django.contrib.postgres.indexes.GinIndex(
                models.F("slot_connectors"),
                models.F("sync"),
                models.F("step"),
                models.F("issue"),
                condition=models.Q(("is_live", True)),
                fastupdate=False,
                name="activation_by_filters",
            ),
        ),
        migrations.RemoveIndex(model_name="activation", name="activation_slot_connectors"),
        migrations.AlterField(
            model_name="activation",
            name="consumer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="activations",
                to="consumers.consumer",
            ),
        ),
        migrations.AlterField(
            model_name="activation",
            name="sync",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="activations",
                to="syncs.sync",
            ),
        ),
    ]
