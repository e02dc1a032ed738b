"""Who a person is before they are dressed: age, height, and a body blended from the shapes of a pool."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datasets.synthetic.body.bodies import BodyLibrary
from datasets.synthetic.pools import Pool
from datasets.synthetic.scene import Float32Array, FloatArray

MIN_HEIGHT_M, MAX_HEIGHT_M = 1.10, 2.00
# Median heights: CDC growth charts (2000) up to 18, then adults of central Europe who shrink from 60 on.
_YEARS = (6.0, 8.0, 10.0, 12.0, 13.0, 14.0, 15.0, 16.0, 18.0, 60.0, 80.0)
_MALE_M = (1.16, 1.28, 1.385, 1.49, 1.56, 1.64, 1.70, 1.735, 1.775, 1.765, 1.72)
_FEMALE_M = (1.15, 1.275, 1.38, 1.515, 1.57, 1.605, 1.62, 1.63, 1.65, 1.645, 1.60)
_SPREAD = 0.043  # standard deviation over the median
_TEENS, _ADULTS, _OLD = (13.0, 18.0), (18.0, 65.0), (65.0, 82.0)
_SHARES = (0.08, 0.74, 0.18)  # of people old enough to shop alone, by eye
_ADULT_FROM_YEARS, _OLD_FROM_YEARS = 18.0, 63.0
_STOOP_FROM_YEARS, _MAX_STOOP_RAD = 62.0, 0.42


@dataclass(frozen=True, slots=True, eq=False)
class Stature:
    """One undressed body at rest, soles on the floor.

    Attributes:
        age_years: Age.
        is_male: Sex.
        height_m: Sole to top of the skull.
        stoop_rad: Bend of the back.
        shape_m: `(n, 3)` float32 vertices of the library's topology.
        bone_head_m: `(bones, 3)`.
    """

    age_years: float
    is_male: bool
    height_m: float
    stoop_rad: float
    shape_m: Float32Array
    bone_head_m: FloatArray


def random_age_years(rng: np.random.Generator) -> float:
    """Draw the age of somebody who shops alone."""
    low, high = (_TEENS, _ADULTS, _OLD)[int(rng.choice(3, p=_SHARES))]
    return float(rng.uniform(low, high))


def random_stature(
    rng: np.random.Generator, library: BodyLibrary, pool: Pool, age_years: float, is_male: bool
) -> Stature:
    """Blend a body of a pool for an age and sex and scale it to a height drawn for them."""
    rows, share = _blend(rng, library, pool, age_years, is_male)
    shape = np.tensordot(share, library.shape_m[rows].astype(np.float64), axes=1)
    heads = np.tensordot(share, library.bone_head_m[rows], axes=1)
    skin = shape[np.unique(library.skin_faces)]
    median = float(np.interp(age_years, _YEARS, _MALE_M if is_male else _FEMALE_M))
    height = float(np.clip(rng.normal(median, _SPREAD * median), MIN_HEIGHT_M, MAX_HEIGHT_M))
    sole_z = float(skin[:, 2].min())
    scale = height / (float(skin[:, 2].max()) - sole_z)
    sole = np.array([0.0, 0.0, sole_z])
    old = np.clip((age_years - _STOOP_FROM_YEARS) / 18.0, 0.0, 1.0)
    return Stature(
        age_years=age_years,
        is_male=is_male,
        height_m=height,
        stoop_rad=float(old * rng.uniform(0.1, 1.0) * _MAX_STOOP_RAD),
        shape_m=((shape - sole) * scale).astype(np.float32),
        bone_head_m=(heads - sole) * scale,
    )


def _blend(
    rng: np.random.Generator, library: BodyLibrary, pool: Pool, age_years: float, is_male: bool
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Choose shapes and their shares: any of the same stage for adults, neighbours in age for the young."""
    own = np.flatnonzero((library.pool == str(pool)) & (library.is_male == is_male))
    ages = library.age_years[own]
    if age_years >= _ADULT_FROM_YEARS:
        is_old = age_years >= _OLD_FROM_YEARS
        peers = own[
            (ages >= _OLD_FROM_YEARS) if is_old else (ages >= _ADULT_FROM_YEARS) & (ages < _OLD_FROM_YEARS)
        ]
        if len(peers) == 1:
            peers = np.append(peers, own[np.argsort(ages)[-2]])
        rows = rng.choice(peers, min(3, len(peers)), replace=False)
        return rows, rng.dirichlet(np.full(len(rows), 1.2))
    order = np.argsort(ages)
    below = int(np.clip(np.searchsorted(ages[order], age_years) - 1, 0, len(own) - 2))
    rows = own[order[below : below + 2]]
    low, high = library.age_years[rows]
    share = float(np.clip((age_years - low) / (high - low), 0.0, 1.0))
    return rows, np.array([1 - share, share])
