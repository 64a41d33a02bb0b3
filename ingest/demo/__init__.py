"""The demo data set: an invented integrator's customers, as the same records that any feed sends."""
