"""The model registry: which models there are, which of them is the champion, and where their files lie."""

from v2meow_pipeline.tracking.registry.champion import champion, previous, promote, rollback
from v2meow_pipeline.tracking.registry.fetch import resolve
from v2meow_pipeline.tracking.registry.register import register, score_tags, tag_scores
from v2meow_pipeline.tracking.registry.versions import CANDIDATE, CHAMPION, Version, find, versions

__all__ = [
    "CANDIDATE",
    "CHAMPION",
    "Version",
    "champion",
    "find",
    "previous",
    "promote",
    "register",
    "resolve",
    "rollback",
    "score_tags",
    "tag_scores",
    "versions",
]
