"""Compiled colour of surfaces: which albedo a triangle shows at a place on it."""

import numpy as np
import numpy.typing as npt

from datasets.synthetic.compiled import compiled
from datasets.synthetic.goods.panels import LINEAR_OF_TEXEL
from datasets.synthetic.mesh import Int32Array
from datasets.synthetic.picture.shading import hash_unit, value_noise
from datasets.synthetic.scene import Float32Array, FloatArray

# Values of mesh.Material and wardrobe.Print; compiled code cannot read enumerations of Python.
PLAIN, PRINTED, CLOTH, FLOOR, LAMP, SKIN, PATTERNED_CLOTH, HAIR, GLASS, WIRE = range(10)
HOOPS, STRIPES, CHECKS, CHEST_PRINT, COLOUR_BLOCK, DOTS, PLAID, KNIT, DENIM, QUILTED, FLORAL = range(1, 12)


@compiled()
def surface_colour(
    material: int,
    u: float,
    v: float,
    w: float,
    red: float,
    green: float,
    blue: float,
    pattern: FloatArray,
    lod: float,
    texels: npt.NDArray[np.uint8],
    level_start: npt.NDArray[np.int64],
    level_size: npt.NDArray[np.int64],
) -> tuple[float, float, float]:
    """Return the linear RGB albedo at texture place u, v, w.

    `pattern` `(6,)`: for clothes kind, repeats per metre, RGB of the print, height of the chest; for floors
    tile size and joint shade. `lod` is the mip level that suits the picture.
    """
    if material == PRINTED:
        level = min(max(int(lod + 0.5), 0), len(level_start) - 1)
        width, height = level_size[level, 0], level_size[level, 1]
        x = min(max(int(u * width), 0), width - 1)
        y = min(max(int(v * height), 0), height - 1)
        texel = level_start[level] + y * width + x
        return (
            red * LINEAR_OF_TEXEL[texels[texel, 0]],
            green * LINEAR_OF_TEXEL[texels[texel, 1]],
            blue * LINEAR_OF_TEXEL[texels[texel, 2]],
        )
    shade = 1.0
    if material == FLOOR:
        tile = pattern[0]
        column, row = np.floor(u / tile), np.floor(v / tile)
        across, along = u / tile - column, v / tile - row
        shade = 0.90 + 0.10 * hash_unit(int(column), int(row), 3)
        shade += 0.10 * (value_noise(u * 9, v * 9, 0.0) - 0.5) + 0.08 * (
            value_noise(u * 60, v * 60, 0.0) - 0.5
        )
        joint = 0.004 / tile
        if across < joint or along < joint or across > 1 - joint or along > 1 - joint:
            shade *= pattern[1]
    elif material == HAIR:
        shade = 0.75 + 0.5 * value_noise(u * 110, v * 110, w * 22)
    elif material == SKIN:
        shade = 0.93 + 0.14 * value_noise(u * 35, v * 35, w * 35)
    elif material in (CLOTH, PATTERNED_CLOTH):
        if material == PATTERNED_CLOTH:
            red, green, blue = _printed_cloth(u, v, w, red, green, blue, pattern)
        # Folds: broad swells, and creases where a second noise passes its middle.
        folds = value_noise(u * 13, v * 13, w * 8)
        crease = abs(value_noise(u * 20 + 5, v * 20, w * 13) - 0.5)
        shade = (0.80 + 0.32 * folds) * (1.05 - 0.38 * max(0.0, 0.5 - 3.2 * crease))
    elif material == PLAIN:
        shade = 0.98 + 0.04 * value_noise(u * 3, v * 3, w * 3)
    return red * shade, green * shade, blue * shade


@compiled()
def _printed_cloth(
    u: float, v: float, w: float, red: float, green: float, blue: float, pattern: FloatArray
) -> tuple[float, float, float]:
    kind, repeats = int(pattern[0]), pattern[1]
    along, across = w * repeats - np.floor(w * repeats), u * repeats - np.floor(u * repeats)
    share = 0.0
    if kind == HOOPS:
        share = 1.0 if along < 0.45 else 0.0
    elif kind == STRIPES:
        share = 1.0 if across < 0.3 else 0.0
    elif kind == CHECKS:
        share = 0.5 * ((1.0 if along < 0.5 else 0.0) + (1.0 if across < 0.5 else 0.0))
    elif kind == CHEST_PRINT:
        if abs(u) < 0.11 and pattern[5] < w < pattern[5] + 0.16 and value_noise(u * 30, w * 30, 7.0) > 0.5:
            share = 1.0
    elif kind == COLOUR_BLOCK:
        share = 1.0 if w > pattern[5] + 0.05 else 0.0
    elif kind == DOTS:
        share = 1.0 if (along - 0.5) ** 2 + (across - 0.5) ** 2 < 0.06 else 0.0
    elif kind == PLAID:
        wide = (0.5 if along < 0.42 else 0.0) + (0.5 if across < 0.42 else 0.0)
        share = 1.0 if 0.68 < along < 0.74 or 0.68 < across < 0.74 else 0.8 * wide
    elif kind == KNIT:  # cables that run down
        share = 0.9 * abs(2 * across - 1) * (0.6 + 0.4 * abs(2 * (6 * along - np.floor(6 * along)) - 1))
    elif kind == DENIM:  # worn pale where it is rubbed
        share = 0.7 * max(0.0, value_noise(u * 7, v * 7, w * 4) - 0.35)
    elif kind == QUILTED:  # seams between padded bands
        share = max(0.0, 1.0 - 7.0 * min(along, 1.0 - along)) + 0.25 * (1.0 - along)
    elif kind == FLORAL:
        petals = value_noise(u * repeats * 3, v * repeats * 3, w * repeats * 3)
        share = 0.9 if petals > 0.66 else 0.0
    return (
        red + share * (pattern[2] - red),
        green + share * (pattern[3] - green),
        blue + share * (pattern[4] - blue),
    )


@compiled()
def face_weights(
    screen: FloatArray, faces: Int32Array, face: int, x: float, y: float
) -> tuple[float, float, float, float]:
    """Return perspective-true weights of a face's corners at a place on the picture, and texel density.

    The density is one over twice the triangle's area on the picture.
    """
    a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
    x0, y0, x1, y1, x2, y2 = (
        screen[a, 0],
        screen[a, 1],
        screen[b, 0],
        screen[b, 1],
        screen[c, 0],
        screen[c, 1],
    )
    scale = 1.0 / ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
    w0 = ((x1 - x) * (y2 - y) - (x2 - x) * (y1 - y)) * scale / screen[a, 2]
    w1 = ((x2 - x) * (y0 - y) - (x0 - x) * (y2 - y)) * scale
    w2 = (1.0 - w0 * screen[a, 2] - w1) / screen[c, 2]
    w1 /= screen[b, 2]
    total = w0 + w1 + w2
    return w0 / total, w1 / total, w2 / total, abs(scale)


@compiled()
def texture_lod(
    texture: Float32Array, faces: Int32Array, face: int, density: float, atlas_px: float
) -> float:
    """Mip level for a printed face: log2 of atlas pixels per sample of the picture."""
    a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
    area = abs(
        (texture[b, 0] - texture[a, 0]) * (texture[c, 1] - texture[a, 1])
        - (texture[c, 0] - texture[a, 0]) * (texture[b, 1] - texture[a, 1])
    )
    return float(0.5 * np.log2(max(area * atlas_px * density, 1e-3)))


@compiled()
def resolve_static(
    face_at: Int32Array,
    screen: FloatArray,
    faces: Int32Array,
    material: Int32Array,
    vertices_m: Float32Array,
    normals: Float32Array,
    texture: Float32Array,
    colour: Float32Array,
    floor_pattern: FloatArray,
    texels: npt.NDArray[np.uint8],
    level_start: npt.NDArray[np.int64],
    level_size: npt.NDArray[np.int64],
    camera_m: FloatArray,
    place: Float32Array,
    normal: Float32Array,
    albedo: Float32Array,
) -> None:
    """Write place, normal and albedo `(h, w, 3)` of every sample; lamps get an albedo of -1."""
    height, width = face_at.shape
    atlas_px = float(level_size[0, 0] * level_size[0, 1])
    for y in range(height):
        for x in range(width):
            t = face_at[y, x]
            if t < 0:
                continue
            w0, w1, w2, density = face_weights(screen, faces, t, x + 0.5, y + 0.5)
            a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
            length = 0.0
            facing = 0.0
            for k in range(3):
                place[y, x, k] = w0 * vertices_m[a, k] + w1 * vertices_m[b, k] + w2 * vertices_m[c, k]
                normal[y, x, k] = w0 * normals[a, k] + w1 * normals[b, k] + w2 * normals[c, k]
                length += normal[y, x, k] ** 2
                facing += normal[y, x, k] * (camera_m[k] - place[y, x, k])
            scale = (1.0 if facing >= 0 else -1.0) / np.sqrt(length + 1e-18)
            for k in range(3):
                normal[y, x, k] *= scale
            if material[t] == LAMP:
                albedo[y, x, :] = -1.0
                continue
            lod = texture_lod(texture, faces, t, density, atlas_px) if material[t] == PRINTED else 0.0
            red, green, blue = surface_colour(
                material[t],
                w0 * texture[a, 0] + w1 * texture[b, 0] + w2 * texture[c, 0],
                w0 * texture[a, 1] + w1 * texture[b, 1] + w2 * texture[c, 1],
                w0 * texture[a, 2] + w1 * texture[b, 2] + w2 * texture[c, 2],
                colour[a, 0],
                colour[a, 1],
                colour[a, 2],
                floor_pattern,
                lod,
                texels,
                level_start,
                level_size,
            )
            albedo[y, x, 0], albedo[y, x, 1], albedo[y, x, 2] = red, green, blue


@compiled()
def shade_movers(
    face_at: Int32Array,
    rows: npt.NDArray[np.int64],
    screen: FloatArray,
    faces: Int32Array,
    material: Int32Array,
    pattern_of_face: Int32Array,
    texture: Float32Array,
    colour: Float32Array,
    light: Float32Array,
    patterns: FloatArray,
    texels: npt.NDArray[np.uint8],
    level_start: npt.NDArray[np.int64],
    level_size: npt.NDArray[np.int64],
    linear: Float32Array,
    coverage: Float32Array,
) -> None:
    """Colour the pixels that movers cover; a pixel has 2 x 2 samples in `face_at`.

    Every distinct face of a pixel is shaded once, where its samples are on average.

    `face_at` `(2h, 2w)` holds faces or -1, `rows` `(h, 2)` the columns from and to that may hold a
    mover, `light` `(n, 3)` the irradiance of vertices, `patterns` a row per person for `surface_colour`.
    Written where `rows` says: `linear` `(h, w, 3)`, the sum of the covered samples' radiance over 4, and
    `coverage` `(h, w)`, the number of covered samples over 4.
    """
    atlas_px = float(level_size[0, 0] * level_size[0, 1])
    for y in range(rows.shape[0]):
        for x in range(rows[y, 0], rows[y, 1]):
            linear[y, x, 0], linear[y, x, 1], linear[y, x, 2] = 0.0, 0.0, 0.0
            covered = 0
            for s in range(4):
                t = face_at[2 * y + (s >> 1), 2 * x + (s & 1)]
                if t < 0:
                    continue
                covered += 1
                is_repeat = False
                for before in range(s):
                    if face_at[2 * y + (before >> 1), 2 * x + (before & 1)] == t:
                        is_repeat = True
                if is_repeat:
                    continue
                count, sum_x, sum_y = 0, 0.0, 0.0
                for other in range(s, 4):
                    if face_at[2 * y + (other >> 1), 2 * x + (other & 1)] == t:
                        count += 1
                        sum_x += 2 * x + (other & 1) + 0.5
                        sum_y += 2 * y + (other >> 1) + 0.5
                w0, w1, w2, density = face_weights(screen, faces, t, sum_x / count, sum_y / count)
                a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
                # One level coarser than samples: a pixel is two samples wide.
                lod = (
                    texture_lod(texture, faces, t, density, atlas_px) + 0.6 if material[t] == PRINTED else 0.0
                )
                red, green, blue = surface_colour(
                    material[t],
                    w0 * texture[a, 0] + w1 * texture[b, 0] + w2 * texture[c, 0],
                    w0 * texture[a, 1] + w1 * texture[b, 1] + w2 * texture[c, 1],
                    w0 * texture[a, 2] + w1 * texture[b, 2] + w2 * texture[c, 2],
                    w0 * colour[a, 0] + w1 * colour[b, 0] + w2 * colour[c, 0],
                    w0 * colour[a, 1] + w1 * colour[b, 1] + w2 * colour[c, 1],
                    w0 * colour[a, 2] + w1 * colour[b, 2] + w2 * colour[c, 2],
                    patterns[pattern_of_face[t]],
                    lod,
                    texels,
                    level_start,
                    level_size,
                )
                share = count * 0.25
                linear[y, x, 0] += share * red * (w0 * light[a, 0] + w1 * light[b, 0] + w2 * light[c, 0])
                linear[y, x, 1] += share * green * (w0 * light[a, 1] + w1 * light[b, 1] + w2 * light[c, 1])
                linear[y, x, 2] += share * blue * (w0 * light[a, 2] + w1 * light[b, 2] + w2 * light[c, 2])
            coverage[y, x] = covered * 0.25


@compiled()
def mix_rows(
    rows: npt.NDArray[np.int64],
    keep: float,
    linear: Float32Array,
    coverage: Float32Array,
    other_linear: Float32Array,
    other_coverage: Float32Array,
) -> None:
    """Mix pictures of movers `(h, w, 3)` and coverage `(h, w)`: `keep` of the first, the rest the other's."""
    kept, mixed = np.float32(keep), np.float32(1 - keep)
    for y in range(rows.shape[0]):
        for x in range(rows[y, 0], rows[y, 1]):
            coverage[y, x] = kept * coverage[y, x] + mixed * other_coverage[y, x]
            for k in range(3):
                linear[y, x, k] = kept * linear[y, x, k] + mixed * other_linear[y, x, k]
