"""The forty poses of the library as a person would describe them; ``library`` makes poses of them."""

from .doing import DOING_RECIPES
from .gestures import GESTURES_RECIPES
from .recipe import Place, Recipe
from .resting import RESTING_RECIPES
from .standing import STANDING_RECIPES

__all__ = ["RECIPES", "Place", "Recipe"]

RECIPES: dict[str, Recipe] = {
    **GESTURES_RECIPES,
    **STANDING_RECIPES,
    **RESTING_RECIPES,
    **DOING_RECIPES,
}
