"""Cut a part out of a surface along a level line, through its triangles."""

from dataclasses import dataclass

import numpy as np

from datasets.synthetic.body.bodies import BodyLibrary
from datasets.synthetic.mesh import Int32Array
from datasets.synthetic.scene import Float32Array, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceCut:
    """Part of a surface: its vertices lie on edges of the whole (`share` of the way from start to end)."""

    start: Int32Array
    end: Int32Array
    share: Float32Array
    faces: Int32Array

    @classmethod
    def along(cls, faces: Int32Array, field: FloatArray) -> "SurfaceCut":
        """Cut off where `field` `(n,)` is not positive."""
        inside = field[faces] > 0
        whole = faces[inside.all(1)].astype(np.int64)
        pieces = [np.stack([whole, whole], axis=-1)]
        for count in (1, 2):
            mixed = faces[inside.sum(1) == count].astype(np.int64)
            odd = (field[mixed] > 0) == (count == 1)
            first = odd.argmax(1)
            rows = np.arange(len(mixed))
            a, b, c = (mixed[rows, (first + shift) % 3] for shift in range(3))
            ab, ac = np.stack([a, b], 1), np.stack([a, c], 1)
            aa, bb, cc = (np.stack([v, v], 1) for v in (a, b, c))
            if count == 1:
                pieces.append(np.stack([aa, ab, ac], 1))
            else:
                pieces += [np.stack([ab, bb, cc], 1), np.stack([ab, cc, ac], 1)]
        corners = np.concatenate(pieces)
        unique, renumbered = np.unique(np.sort(corners, axis=2).reshape(-1, 2), axis=0, return_inverse=True)
        start, end = unique[:, 0], unique[:, 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(start == end, 0.0, field[start] / (field[start] - field[end]))
        return cls(
            start.astype(np.int32),
            end.astype(np.int32),
            share.astype(np.float32),
            renumbered.reshape(-1, 3).astype(np.int32),
        )

    def blended(self, values: Float32Array) -> Float32Array:
        """Interpolate a value per vertex `(n, k)` of the whole surface."""
        share = self.share[:, None]
        mixed: Float32Array = ((1 - share) * values[self.start] + share * values[self.end]).astype(np.float32)
        return mixed

    def blended_weights(self, library: BodyLibrary) -> tuple[Int32Array, Float32Array]:
        """Interpolate skin weights and keep the four strongest."""
        rows = np.arange(len(self.start))[:, None]
        dense = np.zeros((len(self.start), len(library.bone_name)), dtype=np.float32)
        np.add.at(
            dense,
            (rows, library.bone_index[self.start]),
            (1 - self.share)[:, None] * library.bone_weight[self.start],
        )
        np.add.at(
            dense, (rows, library.bone_index[self.end]), self.share[:, None] * library.bone_weight[self.end]
        )
        index = np.argsort(-dense, axis=1, kind="stable")[:, :4].astype(np.int32)
        weight = np.take_along_axis(dense, index, 1)
        return index, weight / weight.sum(1, keepdims=True)
