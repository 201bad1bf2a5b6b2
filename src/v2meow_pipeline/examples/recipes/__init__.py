"""Training recipes of this project's networks on the corpus, by the name of the network's checkpoint."""

from importlib import import_module

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.recipes.recipe import Recipe, Sources

__all__ = ["BUILT_ON_CODEC", "NAMES", "Recipe", "Sources", "recipe_of"]

NAMES = ("i3d_flow", "vitvqgan", "w2v_bert", "soundstream", "mel_rvq", "vocoder", "mulan")
# Networks that are trained with the fitted codec.
BUILT_ON_CODEC = frozenset({"vocoder"})


def recipe_of(name: str) -> Recipe:
    """Training recipe of a network; imports the modules of that network only.

    Args:
        name: one of `NAMES`.

    Returns:
        `RECIPE` of the module of that name.

    Raises:
        ConfigError: for any other name.
    """
    if name not in NAMES:
        raise ConfigError(f"There is no recipe for {name!r}.", f"Choose one of {', '.join(NAMES)}.")
    recipe: Recipe = import_module(f"{__name__}.{name}").RECIPE
    return recipe
