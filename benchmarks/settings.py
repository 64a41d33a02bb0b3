"""connmon's settings with one more page, which does nothing: what any page of ours costs at least."""

from connmon.settings import *  # noqa: F403 (all of them)

ROOT_URLCONF = "benchmarks.urls"
