"""What lists read: facets, sizes, and the trigrams of search keys, which a trigger copies from the consumers."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

import common.text

SEARCH = """
CREATE FUNCTION consumer_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO consumers_consumersearch (consumer_id, search_key) VALUES (NEW.id, NEW.search_key)
  ON CONFLICT (consumer_id) DO UPDATE SET search_key = excluded.search_key;
  RETURN NULL;
END $$;
CREATE TRIGGER consumer_search_insert AFTER INSERT ON consumers_consumer
  FOR EACH ROW EXECUTE FUNCTION consumer_search();
CREATE TRIGGER consumer_search_update AFTER UPDATE OF search_key ON consumers_consumer
  FOR EACH ROW WHEN (OLD.search_key IS DISTINCT FROM NEW.search_key) EXECUTE FUNCTION consumer_search();
INSERT INTO consumers_consumersearch (consumer_id, search_key) SELECT id, search_key FROM consumers_consumer ORDER BY id;
"""

FORGET = "DROP FUNCTION consumer_search() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [
        ("consumers", "0003_erased"),
        ("sources", "0001_initial"),
    ]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="ConsumerSearch",
            fields=[
                (
                    "consumer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="consumers.consumer",
                    ),
                ),
                ("search_key", common.text.KeyField(db_collation="C", editable=False)),
            ],
        ),
        migrations.AddField(
            model_name="consumer",
            name="connection_count",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.expressions.CombinedExpression(
                    django.db.models.expressions.CombinedExpression(
                        models.F("active_count"), "+", models.F("pending_count")
                    ),
                    "+",
                    models.F("failed_count"),
                ),
                output_field=models.PositiveIntegerField(),
            ),
        ),
        migrations.AddField(
            model_name="consumer",
            name="facets",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, editable=False, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="consumer",
            index=models.Index(
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="consumer_by_created",
            ),
        ),
        migrations.AddIndex(
            model_name="consumer",
            index=models.Index(
                models.F("issue"),
                models.F("name_key"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="consumer_by_issue",
            ),
        ),
        migrations.AddIndex(
            model_name="consumer",
            index=models.Index(
                models.F("connection_count"),
                models.F("name_key"),
                models.F("id"),
                condition=models.Q(("is_live", True)),
                name="consumer_by_size",
            ),
        ),
        migrations.AddIndex(
            model_name="consumer",
            index=models.Index(
                models.F("name_key"),
                models.F("id"),
                condition=models.Q(("is_active", False), ("is_live", True)),
                name="consumer_inactive",
            ),
        ),
        migrations.AddIndex(
            model_name="consumer",
            index=django.contrib.postgres.indexes.GinIndex(
                models.F("facets"), fastupdate=False, name="consumer_facets"
            ),
        ),
        migrations.AddIndex(
            model_name="consumersearch",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(models.F("search_key"), "gin_trgm_ops"),
                name="consumer_search_trigrams",
            ),
        ),
        migrations.AddIndex(
            model_name="consumer",
            index=models.Index(
                models.F("connection_count"),
                models.F("name_key"),
                models.F("id"),
                condition=models.Q(("is_active", False), ("is_live", True)),
                name="consumer_inactive_by_size",
            ),
        ),
        migrations.RunSQL(SEARCH, FORGET),
    ]
