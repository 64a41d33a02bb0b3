"""Fewer indexes of the two tables that change most: another one begins with the column, or serves what keys are asked.

Django does not know of the twins for LIKE, so whoever alters one of these two keys has to drop its twin again.
"""

import django.db.models.deletion
from django.db import migrations, models

# Django makes a second index for LIKE of every unique text; nobody searches keys by their beginning.
DROP = """
DO $$ DECLARE twin text; BEGIN
  FOR twin IN SELECT indexname FROM pg_indexes
    WHERE schemaname = current_schema() AND tablename IN ('connections_connection', 'consumers_consumer')
      AND indexname LIKE '%\\_like'
  LOOP EXECUTE format('DROP INDEX %I', twin); END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("connections", "0010_replica_mark"), ("consumers", "0004_lists")]

    operations = [
        migrations.AlterField(
            model_name="connection",
            name="consumer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="connections",
                to="consumers.consumer",
            ),
        ),
        migrations.RunSQL(DROP, migrations.RunSQL.noop),
    ]
