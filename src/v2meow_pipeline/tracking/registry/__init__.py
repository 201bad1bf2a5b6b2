"""Model registry: versions, champion and candidate, and download of their files."""

from v2meow_pipeline.tracking.registry.champion import champion, previous, promote, rollback
from v2meow_pipeline.tracking.registry.fetch import resolve
from v2meow_pipeline.tracking.registry.register import register, score_tags, tag_scores
from v2meow_pipeline.tracking.registry.versions import CANDIDATE, CHAMPION, Version, find, registered_names, versions

__all__ = [
    "CANDIDATE",
    "CHAMPION",
    "Version",
    "champion",
    "find",
    "previous",
    "promote",
    "register",
    "registered_names",
    "resolve",
    "rollback",
    "score_tags",
    "tag_scores",
    "versions",
]
