"""Generates dvc.yaml from the pipeline registry, the catalog, the parameters and the import graph."""

from v2meow_pipeline.app.dvc.files import check_generated, write_files
from v2meow_pipeline.app.dvc.parameters import write_parameters

__all__ = ["check_generated", "write_files", "write_parameters"]
