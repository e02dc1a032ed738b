"""Dress one body: skin, clothes, head and bag become one skinned mesh at rest."""

from dataclasses import replace

import numpy as np

from datasets.synthetic.body.bodies import BodyLibrary
from datasets.synthetic.body.carried_bags import add_bag
from datasets.synthetic.body.garments import add_clothes, add_skin_and_shoes
from datasets.synthetic.body.heads import add_head
from datasets.synthetic.body.occlusion import openness
from datasets.synthetic.body.skeleton import Skeleton
from datasets.synthetic.body.tailor import DressedBody, Tailor
from datasets.synthetic.body.wardrobe import Outfit
from datasets.synthetic.scene import Float32Array


def dress(
    library: BodyLibrary, skeleton: Skeleton, shape_m: Float32Array, outfit: Outfit, rng: np.random.Generator
) -> DressedBody:
    """Dress one body.

    Args:
        library: Topology and weights.
        skeleton: Of this body.
        shape_m: `(n, 3)` its vertices at rest, soles on the floor.
        outfit: What to put on.
        rng: Draws the wrinkles.
    """
    tailor = Tailor(library, skeleton, shape_m, rng)
    add_skin_and_shoes(tailor, outfit)
    add_clothes(tailor, outfit)
    add_head(tailor, outfit)
    add_bag(tailor, outfit)
    body = tailor.finished()
    return replace(body, colour=body.colour * openness(body)[:, None])
