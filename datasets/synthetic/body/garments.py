"""Cut skin, tops, trousers, skirts and shoes for one body."""

import numpy as np

from datasets.synthetic.body.heads import hidden_skin
from datasets.synthetic.body.tailor import Tailor
from datasets.synthetic.body.wardrobe import Cloth, Collar, Layer, Legwear, Outfit, Rgb, shaded
from datasets.synthetic.mesh import Material
from datasets.synthetic.scene import FloatArray

_ABOVE_NECK_M = {
    Collar.CREW: 0.012,
    Collar.SHIRT: 0.02,
    Collar.STAND: 0.055,
    Collar.HOOD: 0.025,
    Collar.SCARF: 0.03,
    Collar.V_NECK: 0.008,
}
_UNDER_CLOTH_M = 0.05  # skin and inner layers go on this far under what covers them


def add_skin_and_shoes(tailor: Tailor, outfit: Outfit) -> None:
    """Keep only the skin that clothes leave bare; put shoes over the feet."""
    z, scale = tailor.shape_m[:, 2], tailor.scale
    leg_end = _leg_end_z(tailor, outfit) + 0.05
    bare = tailor.is_head | tailor.is_neck
    bare |= tailor.is_arm & (tailor.along_arm > max(layer.sleeve for layer in outfit.layers) - 0.10)
    bare |= tailor.is_leg & (z < leg_end)
    is_low = any(layer.collar == Collar.V_NECK for layer in outfit.layers)
    depth = np.where(tailor.is_front, 0.20 if is_low else 0.06, 0.05)
    bare |= (tailor.above_neck_m > -depth * scale) & ~tailor.is_arm
    bare &= ~hidden_skin(tailor, outfit)
    is_shoe = tailor.is_foot & (z < tailor.ankle_z + 0.015)
    colour = np.tile(np.asarray(outfit.skin), (len(z), 1))
    if outfit.tights is not None:
        colour[tailor.is_leg] = outfit.tights
    faces = tailor.library.skin_faces
    faces = faces[bare[faces].all(1)]
    on_foot = is_shoe[faces].all(1)
    tailor.add_cut(faces[~on_foot], 0.0, colour, material=Material.SKIN)
    sole: FloatArray = 0.024 * scale - z.astype(np.float64)
    tailor.add_cut(faces[on_foot], 0.010, outfit.shoes, -sole)
    tailor.add_cut(faces[on_foot], 0.014, outfit.soles, sole)


def _leg_end_z(tailor: Tailor, outfit: Outfit) -> float:
    if outfit.legs is not None:
        return tailor.ankle_z + outfit.legs.end_above_ankle_m * tailor.scale
    return tailor.ankle_z + outfit.skirt_end_above_ankle_m * tailor.scale + 0.08


def add_clothes(tailor: Tailor, outfit: Outfit) -> None:
    """Add trousers or skirt, then the tops from the skin outwards."""
    outer = outfit.layers[-1]
    if outfit.legs is not None:
        _add_trousers(tailor, outfit, outfit.legs, outer)
    if outfit.skirt is not None:
        _add_skirt(tailor, outfit, outfit.skirt, outer)
    for inner, over in zip(outfit.layers, (*outfit.layers[1:], None), strict=True):
        _add_top(tailor, inner, over)
    if outfit.sash is not None:
        _add_sash(tailor, outfit.sash, outer.looseness_m)
    if outfit.apron is not None:
        _add_apron(tailor, outfit.apron, outer.looseness_m)
    if outfit.badge:
        _add_badge(tailor, outer.looseness_m)


def _add_trousers(tailor: Tailor, outfit: Outfit, legs: Legwear, top: Layer) -> None:
    z, scale = tailor.shape_m[:, 2], tailor.scale
    end_z = tailor.ankle_z + legs.end_above_ankle_m * scale
    down = np.clip((tailor.hip_z - z) / (tailor.hip_z - tailor.ankle_z), 0, 1)
    lift = legs.looseness_m + legs.flare_m * down**1.5 + 0.005 * tailor.wrinkles
    lift += 0.01 * np.clip((end_z + 0.03 * scale - z) / (0.03 * scale), 0, 1) * (legs.flare_m > 0.03)
    under = 0.22 if top.opening_m > 0 else 0.08
    waist_z = min(tailor.waist_z + 0.05 * scale, tailor.hip_z - top.hem_below_hip_m * scale + under)
    keep = np.where(tailor.is_arm, -1.0, np.minimum(z - end_z, waist_z - z))
    if outfit.skirt is not None:
        seen = tailor.ankle_z + outfit.skirt_end_above_ankle_m * scale + 0.12 * scale - z
        if outfit.skirt_opening_m > 0:
            gap = outfit.skirt_opening_m + 0.08 * scale - np.abs(tailor.shape_m[:, 0])
            seen = np.where(tailor.is_front, np.maximum(seen, gap), seen)
        keep = np.minimum(keep, seen)
    faces = tailor.library.tights_faces
    tailor.add_cut(faces, np.maximum(lift, 0.004), legs.cloth.colour, keep, cloth=legs.cloth)
    hem = np.minimum(keep, end_z + 0.018 - z)
    tailor.add_cut(faces, np.maximum(lift, 0.004) + 0.003, shaded(legs.cloth.colour, 0.7), hem)
    if legs.stripe is not None:
        hip, ankle = tailor.head_of("upperleg01.L"), tailor.head_of("foot.L")
        middle = np.interp(z, [ankle[2], hip[2]], [ankle[1], hip[1]])
        outward = np.sign(tailor.shape_m[:, 0]) * tailor.normals[:, 0]
        stripe = np.minimum(0.016 - np.abs(tailor.shape_m[:, 1] - middle), 0.1 * (outward - 0.3))
        tailor.add_cut(faces, lift + 0.003, legs.stripe, np.minimum(keep, stripe))


def _add_skirt(tailor: Tailor, outfit: Outfit, cloth: Cloth, top: Layer) -> None:
    """Add a skirt, the lower part of a dress or the tails of a coat."""
    shape, scale = tailor.shape_m, tailor.scale
    z = shape[:, 2]
    end_z = tailor.ankle_z + outfit.skirt_end_above_ankle_m * scale
    down = np.clip((tailor.hip_z + 0.1 - z) / (tailor.hip_z + 0.1 - tailor.ankle_z), 0, 1)
    angle = np.arctan2(shape[:, 0], -(shape[:, 1] - tailor.head_of("spine05")[1]))
    folds = np.sin(11 * angle + 2.0 * np.sin(3 * angle))
    lift = (0.010 if outfit.legs is None else top.looseness_m) + top.flare_m * down
    lift = lift + 0.018 * scale * folds * down + 0.003 * tailor.wrinkles
    keep = np.minimum(z - end_z, tailor.waist_z + 0.06 * scale - z)
    if outfit.skirt_opening_m > 0:
        gap = np.abs(shape[:, 0]) - outfit.skirt_opening_m * (0.5 + down)
        keep = np.where(tailor.is_front, np.minimum(keep, gap), keep)
    # Valleys of folds see less light.
    colour = np.asarray(cloth.colour) * (1 - 0.22 * down * (folds < -0.2))[:, None]
    faces = tailor.library.skirt_faces
    tailor.add_cut(faces, lift, colour, keep, cloth=cloth)
    tailor.add_cut(faces, lift + 0.002, shaded(cloth.colour, 0.7), np.minimum(keep, end_z + 0.02 - z))


def _covered(tailor: Tailor, layer: Layer) -> FloatArray:
    """Return the field `(n,)` of a top: positive inside its hems."""
    shape, scale = tailor.shape_m, tailor.scale
    x, z = np.abs(shape[:, 0]), shape[:, 2]
    hem_z = tailor.hip_z - layer.hem_below_hip_m * scale
    neckline = _ABOVE_NECK_M[layer.collar] * scale - tailor.above_neck_m
    trunk = np.minimum(z - hem_z, neckline)
    if layer.collar == Collar.V_NECK:
        point_z = tailor.neck_m[2] - 0.16 * scale
        trunk = np.where(tailor.is_front, np.minimum(trunk, x - 0.42 * (z - point_z)), trunk)
    if layer.opening_m > 0:
        trunk = np.where(tailor.is_front, np.minimum(trunk, x - _gap_m(tailor, layer)), trunk)
    trunk[tailor.is_head] = -1.0
    return np.where(tailor.is_arm, (layer.sleeve - tailor.along_arm) * tailor.arm_length, trunk)


def _lift_of(tailor: Tailor, layer: Layer) -> FloatArray:
    """How far a top is from the skin `(n,)`."""
    z = tailor.shape_m[:, 2]
    hem_z = tailor.hip_z - layer.hem_below_hip_m * tailor.scale
    down = np.clip((tailor.chest_z - z) / (tailor.chest_z - hem_z), 0, 1.2)
    loose = np.full(len(z), layer.looseness_m)
    # Sleeves hang from the shoulder: little play at the top, more at the elbow.
    loose[tailor.is_arm] *= 0.6 + 0.5 * np.clip(tailor.along_arm[tailor.is_arm] * 2, 0, 1)
    flare = np.where(tailor.is_arm, 0.0, layer.flare_m * down)
    lift = loose + flare + (0.003 + 0.16 * layer.looseness_m) * tailor.wrinkles
    collar = np.clip(tailor.above_neck_m / (0.03 * tailor.scale) + 1, 0, 1)
    lift = lift * (1 - 0.5 * collar)
    return np.maximum(lift, 0.004)


def _add_top(tailor: Tailor, layer: Layer, over: Layer | None) -> None:
    """Add one top; of an inner one only what the outer one leaves to be seen.

    Down to the hips it follows the body; what hangs lower is cut from the skirt, which spans both legs.
    """
    keep, lift = _covered(tailor, layer), _lift_of(tailor, layer)
    if over is not None:
        keep = np.minimum(keep, _UNDER_CLOTH_M - _covered(tailor, over))
    z, scale, library = tailor.shape_m[:, 2], tailor.scale, tailor.library
    sheets = [(library.tights_faces, np.where(tailor.is_arm, 1.0, z - tailor.hip_z), lift)]
    if layer.hem_below_hip_m > 0:
        sheets.append((library.skirt_faces, tailor.hip_z + 0.06 * scale - z, lift + 0.002))
    for faces, within, out in sheets:
        inside = np.minimum(keep, within)
        tailor.add_cut(faces, out, layer.cloth.colour, inside, cloth=layer.cloth)
        if layer.has_bands:
            width = (0.045 if layer.sleeve > 0.8 else 0.02) * scale
            band = np.minimum(inside, width - _covered_from_hem(tailor, layer))
            tailor.add_cut(faces, out + 0.003, layer.trim, band)
        if layer.has_placket or layer.opening_m > 0:
            tailor.add_cut(faces, out + 0.003, layer.trim, np.minimum(inside, _front_edge(tailor, layer)))
    if over is None:
        _add_collar(tailor, layer, lift)


def _front_edge(tailor: Tailor, layer: Layer) -> FloatArray:
    """Field `(n,)` of the strip of buttons, or of both edges of an open front."""
    edge = 0.014 * tailor.scale
    x = np.abs(tailor.shape_m[:, 0])
    if layer.opening_m > 0:
        x = x - _gap_m(tailor, layer) - edge
    return np.where(tailor.is_front & ~tailor.is_arm, edge - x, -1.0)


def _gap_m(tailor: Tailor, layer: Layer) -> FloatArray:
    """Half the width `(n,)` of an open front: narrow at the neck, wide at the hem."""
    down = np.clip((tailor.neck_m[2] - tailor.shape_m[:, 2]) / (tailor.neck_m[2] - tailor.hip_z), 0, 1)
    gap: FloatArray = tailor.scale * layer.opening_m * (0.45 + 0.55 * down)
    return gap


def _covered_from_hem(tailor: Tailor, layer: Layer) -> FloatArray:
    """Distance to the lower hem on the trunk and to the cuff on the arms `(n,)`."""
    hem_z = tailor.hip_z - layer.hem_below_hip_m * tailor.scale
    along = (layer.sleeve - tailor.along_arm) * tailor.arm_length
    return np.where(tailor.is_arm, along, tailor.shape_m[:, 2] - hem_z)


def _add_collar(tailor: Tailor, layer: Layer, lift: FloatArray) -> None:
    scale, above = tailor.scale, tailor.above_neck_m
    faces, colour = tailor.library.tights_faces, layer.trim
    trunk = np.where(tailor.is_arm | tailor.is_head, -1.0, 1.0)

    def ring(low_m: float, high_m: float) -> FloatArray:
        return np.minimum(trunk, np.minimum(above - low_m * scale, high_m * scale - above))

    x = np.abs(tailor.shape_m[:, 0])
    if layer.collar == Collar.CREW:
        tailor.add_cut(faces, lift + 0.003, colour, ring(-0.006, 0.016))
    elif layer.collar == Collar.SHIRT:
        wing = np.where(tailor.is_front, np.minimum(ring(-0.03, 0.045), x - 0.012 * scale), ring(-0.01, 0.05))
        tailor.add_cut(faces, lift + 0.009, layer.cloth.colour, wing, cloth=layer.cloth)
    elif layer.collar == Collar.STAND:
        tailor.add_cut(faces, lift + 0.007, colour, ring(0.0, 0.055))
    elif layer.collar == Collar.HOOD:
        tailor.add_cut(faces, lift + 0.014, layer.cloth.colour, ring(-0.02, 0.04), cloth=layer.cloth)
        back = tailor.neck_m + np.array([0.0, 0.075, 0.0]) * scale
        tailor.add_solid(
            back, (0.125 * scale, 0.05 * scale, 0.07 * scale), layer.cloth.colour, "spine01", 2.6
        )
    elif layer.collar == Collar.SCARF:
        tailor.add_cut(faces, lift + 0.03, colour, ring(-0.035, 0.06))
        end = tailor.surface_point(0.05 * scale, tailor.neck_m[2] - 0.16 * scale)
        end[1] -= 0.045
        tailor.add_solid(end, (0.04 * scale, 0.012, 0.14 * scale), colour, "spine02", 4, rings=4)


def _add_sash(tailor: Tailor, colour: Rgb, looseness_m: float) -> None:
    """Lay the loose end of a wrap from the left shoulder to the right hip."""
    shoulder = tailor.head_of("upperarm01.L")
    top = np.array([0.55 * shoulder[0], shoulder[2] + 0.02])
    low = np.array([-0.16 * tailor.scale, tailor.hip_z])
    along = (low - top) / np.linalg.norm(low - top)
    offset = tailor.shape_m[:, [0, 2]] - top
    away = np.abs(offset[:, 0] * along[1] - offset[:, 1] * along[0])
    keep = np.where(tailor.is_arm | tailor.is_leg, -1.0, 0.085 * tailor.scale - away)
    lift = looseness_m + 0.012 + 0.008 * np.sin(away * 260 / tailor.scale)
    tailor.add_cut(tailor.library.tights_faces, lift, colour, keep)


def _add_apron(tailor: Tailor, colour: Rgb, looseness_m: float) -> None:
    """Tie an apron with a bib around the waist and neck."""
    shape, scale = tailor.shape_m, tailor.scale
    x, z = np.abs(shape[:, 0]), shape[:, 2]
    front = np.where(tailor.is_front & ~tailor.is_arm, 1.0, -1.0)
    bib = np.minimum(0.13 * scale - x, np.minimum(tailor.chest_z + 0.10 * scale - z, z - tailor.hip_z + 0.02))
    lift = looseness_m + 0.012 + 0.004 * tailor.wrinkles
    tailor.add_cut(tailor.library.tights_faces, lift, colour, np.minimum(front, bib))
    strap = np.minimum(np.where(tailor.is_arm, -1.0, 1.0), 0.014 - np.abs(x - 0.09 * scale))
    strap = np.minimum(strap, np.minimum(z - tailor.chest_z - 0.08 * scale, 0.03 - tailor.above_neck_m))
    tailor.add_cut(tailor.library.tights_faces, lift + 0.002, shaded(colour, 0.8), strap)
    side = tailor.head_of("spine05")[1] - 0.01 - shape[:, 1]
    lower = np.minimum(side, np.minimum(z - tailor.knee_z - 0.02, tailor.waist_z + 0.02 - z))
    tailor.add_cut(tailor.library.skirt_faces, looseness_m + 0.016, colour, lower)
    tie = np.minimum(0.016 - np.abs(z - tailor.waist_z), np.where(tailor.is_arm, -1.0, 1.0))
    tailor.add_cut(tailor.library.tights_faces, lift + 0.003, shaded(colour, 0.8), tie)


def _add_badge(tailor: Tailor, looseness_m: float) -> None:
    centre = tailor.surface_point(0.085 * tailor.scale, tailor.chest_z + 0.05 * tailor.scale)
    centre[1] -= looseness_m + 0.016
    tailor.add_solid(centre, (0.034, 0.004, 0.02), (0.68, 0.68, 0.66), "spine01", 6, rings=3)
