"""Planes through latent space: places on a map -> recipes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gan_studio.core.validation import check_float, check_int
from gan_studio.images.recipe import Recipe, mixture

CELLS = 11
"""pictures along either side of a map"""
REACH = 3.0
"""σ from the middle of a map to its edge"""


@dataclass(frozen=True, kw_only=True)
class Slopes:
    """Two directions: to the right and upwards a recipe moves from -REACH to REACH along them."""

    recipe: Recipe
    right: int = 1
    up: int = 2

    def __post_init__(self) -> None:
        for number_ in (self.right, self.up):
            check_int(number_, "The direction", 1, 10_000)
        if self.right == self.up:
            raise ValueError(f"right and up must be two directions, not {self.right} twice.")

    def start(self) -> tuple[float, float]:
        """x and y of the recipe itself."""
        right, up = (self.recipe.directions.get(i, 0.0) / REACH for i in (self.right, self.up))
        return (1 + right) / 2, (1 - up) / 2

    def at(self, x: float, y: float) -> Recipe:
        """The recipe at x from the left (0) to the right (1) and y from the top to the bottom."""
        moves = {self.right: REACH * (2 * x - 1), self.up: REACH * (1 - 2 * y)}
        # Rounded, as sliders can show it.
        return self.recipe.with_directions({i: round(sigma, 1) for i, sigma in moves.items()})


@dataclass(frozen=True, kw_only=True)
class Corners:
    """Three pictures: at the top left, the top right and the bottom left of the map."""

    a: Recipe
    b: Recipe
    c: Recipe

    def start(self) -> tuple[float, float]:
        """x and y of B + C − A."""
        return 1.0, 1.0

    def at(self, x: float, y: float) -> Recipe:
        """(1 - x - y) A + x B + y C; opposite of A that is B + C − A."""
        x, y = round(x, 3), round(y, 3)
        return mixture((self.a, self.b, self.c), (round(1 - x - y, 3), x, y))


def plane_to_map(x: float, y: float, cells: int = CELLS) -> tuple[float, float]:
    """x and y of a plane -> the position on its map, as fractions of its sides."""
    right, down = ((side * (cells - 1) + 0.5) / cells for side in (x, y))
    return right, down


Plane = Slopes | Corners


def plane(recipes: Sequence[Recipe], right: int = 1, up: int = 2) -> Plane:
    """The plane around one recipe, along two directions, or through three."""
    if len(recipes) == 1:
        return Slopes(recipe=recipes[0], right=right, up=up)
    if len(recipes) != 3:
        raise ValueError(
            f"A map takes 1 picture, its centre, or 3, for its corners, not {len(recipes)}."
        )
    a, b, c = recipes
    return Corners(a=a, b=b, c=c)


def grid_recipes(plane: Plane, cells: int = CELLS) -> list[Recipe]:
    """The recipes of cells x cells pictures, row by row; the outer ones lie on the edge."""
    steps = [i / (cells - 1) for i in range(cells)]
    return [plane.at(x, y) for y in steps for x in steps]


def map_to_plane(x: float, y: float, cells: int = CELLS) -> tuple[float, float]:
    """A position on a map, as fractions of its sides -> x and y of its plane.

    The middle of a cell is where the plane has that cell's picture; beyond the middle of the
    outermost cells the plane ends.
    """
    sides = (check_float(x, "x", 0, 1), check_float(y, "y", 0, 1))
    right, down = (min(1.0, max(0.0, (s * cells - 0.5) / (cells - 1))) for s in sides)
    return right, down
