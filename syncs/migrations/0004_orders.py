"""The orders and filters of the list of activations, each with the index that answers it (see the model)."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consumers", "0004_lists"),
        ("sources", "0002_chiftaccount"),
        ("syncs", "0003_lists"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="activation",
            index=models.Index(
                models.F("step_number"),
                models.F("consumer_name_key"),
                models.F("consumer"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="activation_by_step",
            ),
        ),
        migrations.AddIndex(
            model_name="activation",
            index=models.Index(
                models.F("status"),
                models.F("consumer_name_key"),
                models.F("consumer"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="activation_by_status",
            ),
        ),
        migrations.AddIndex(
            model_name="activation",
            index=models.Index(
                models.F("issue"),
                models.F("consumer_name_key"),
                models.F("consumer"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="activation_by_issue",
            ),
        ),
        migrations.AddIndex(
            model_name="activation",
            index=models.Index(
                models.F("sync_name_key"),
                models.F("sync"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="activation_by_sync",
            ),
        ),
        migrations.AddIndex(
            model_name="activation",
            index=models.Index(
                models.F("opened_at"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="activation_by_opening",
            ),
        ),
        migrations.AddIndex(
            model_name="activation",
            index=models.Index(
                models.F("activated_order"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="activation_by_activating",
            ),
        ),
        migrations.AddIndex(
            model_name="activation",
            index=django.contrib.postgres.indexes.GinIndex(
                models.F("slot_connectors"), condition=models.Q(("is_live", True)), name="activation_slot_connectors"
            ),
        ),
    ]
