"""What the connections tell the layers above."""

from django.dispatch import Signal

# Sent inside the transaction, after the rows are written: standing of these consumers may have changed.
# Arguments: consumer_ids, a set of primary keys; now, the time of the change.
connections_changed = Signal()
