"""Face, hair and what is worn on the head."""

from dataclasses import dataclass

import numpy as np

from datasets.synthetic.body.tailor import BoolArray, Tailor
from datasets.synthetic.body.wardrobe import Hair, Headwear, Outfit, Rgb, as_rgb
from datasets.synthetic.mesh import Material
from datasets.synthetic.scene import FloatArray

_EYE_WHITE: Rgb = (0.42, 0.41, 0.40)
_IRIS: Rgb = (0.025, 0.018, 0.013)
_THICKNESS_M = {Hair.CROPPED: 0.006, Hair.SHORT: 0.020, Hair.CURLY: 0.045, Hair.BOB: 0.026}
_DRAWN_BACK_M = 0.014
_UNDER_HAT_M = 0.007
_REFERENCE_FACE_M = 0.237  # chin to crown of the head that sizes are meant for


@dataclass(frozen=True, slots=True, eq=False)
class HeadMeasures:
    """Places on one head at rest, metres.

    Attributes:
        eye_m: `(2, 3)` centres of the eyes.
        crown_z: Top of the skull.
        chin_z: Lower end.
        front_y: Nose.
        back_y: Back of the head.
        scale: Size of this head over that of the reference.
        up: `(n,)` 0 at the neck joint, 1 at the crown.
        backward: `(n,)` 0 at the nose, 1 at the back.
    """

    eye_m: FloatArray
    crown_z: float
    chin_z: float
    front_y: float
    back_y: float
    scale: float
    up: FloatArray
    backward: FloatArray

    @classmethod
    def of(cls, tailor: Tailor) -> "HeadMeasures":
        """Measure a head."""
        library, shape = tailor.library, tailor.shape_m
        eyes = shape[np.unique(library.eye_faces)]
        eye_m = np.stack([eyes[eyes[:, 0] > 0].mean(0), eyes[eyes[:, 0] < 0].mean(0)])
        skull = shape[np.unique(library.skin_faces[tailor.is_head[library.skin_faces].all(1)])]
        crown, joint = float(skull[:, 2].max()), float(tailor.head_of("head")[2])
        front, back = float(skull[:, 1].min()), float(skull[:, 1].max())
        chin = float(eye_m[0, 2]) - 1.03 * (crown - float(eye_m[0, 2]))
        return cls(
            eye_m=eye_m,
            crown_z=crown,
            chin_z=chin,
            front_y=front,
            back_y=back,
            scale=(crown - chin) / _REFERENCE_FACE_M,
            up=(shape[:, 2].astype(np.float64) - joint) / (crown - joint),
            backward=(shape[:, 1].astype(np.float64) - front) / (back - front),
        )


def hidden_skin(tailor: Tailor, outfit: Outfit) -> BoolArray:
    """Tell vertices `(n,)` of the head that hair, a hat or a scarf covers for certain."""
    head = HeadMeasures.of(tailor)
    if outfit.headwear in (Headwear.HEADSCARF, Headwear.HOOD):
        is_face = (head.backward < 0.55) & (np.abs(tailor.shape_m[:, 0]) < 0.085 * head.scale)
        return tailor.is_head & ~is_face | tailor.is_neck & ~tailor.is_front
    if outfit.hair == Hair.BALD:
        return np.zeros(len(tailor.shape_m), dtype=np.bool_)
    return tailor.is_head & (head.up > _hairline(head, outfit.hair == Hair.CROPPED) + 0.16)


def add_head(tailor: Tailor, outfit: Outfit) -> None:
    """Add face, hair and headwear."""
    head = HeadMeasures.of(tailor)
    _add_face(tailor, head, outfit)
    covered = outfit.headwear in (Headwear.HEADSCARF, Headwear.HOOD)
    if outfit.hair != Hair.BALD and not covered:
        _add_hair(tailor, head, outfit)
    if covered:
        _add_veil(tailor, head, outfit)
    elif outfit.headwear != Headwear.NONE:
        _add_hat(tailor, head, outfit)


def _ellipse(
    tailor: Tailor, head: HeadMeasures, x: float, z: float, half_width: float, half_height: float
) -> FloatArray:
    """Field `(n,)` of an ellipse painted on the face at `|x|`, z; sizes for the reference head."""
    a, b = half_width * head.scale, half_height * head.scale
    away = np.hypot((np.abs(tailor.shape_m[:, 0]) - x) / a, (tailor.shape_m[:, 2] - z) / b)
    on_face = tailor.is_head & (tailor.shape_m[:, 1] < head.eye_m[0, 1] + 0.03 * head.scale)
    return np.where(on_face, (1 - away) * min(a, b), -1.0)


def _add_face(tailor: Tailor, head: HeadMeasures, outfit: Outfit) -> None:
    skin, faces = np.array(outfit.skin), tailor.library.skin_faces
    eye_x, eye_z = float(head.eye_m[0, 0]), float(head.eye_m[0, 2])
    radius_front = tailor.shape_m[:, 1] < head.eye_m[0, 1] - 0.008 * head.scale
    eyes = np.where(radius_front[:, None], np.array(_IRIS), np.array(_EYE_WHITE))
    tailor.add_cut(tailor.library.eye_faces, 0.0, eyes, material=Material.SKIN)
    # Sockets, brows and lips: what is left of a face from four metres.
    lid = _ellipse(tailor, head, eye_x, eye_z, 0.021, 0.011)
    tailor.add_cut(faces, 0.0006, as_rgb(0.62 * skin), lid, material=Material.SKIN)
    brow = _ellipse(tailor, head, eye_x + 0.002, eye_z + 0.020 * head.scale, 0.022, 0.006)
    tailor.add_cut(faces, 0.0015, as_rgb(0.25 * skin + 0.6 * np.array(outfit.hair_colour)), brow)
    lips_z = head.chin_z + 0.054 * head.scale
    lips = _ellipse(tailor, head, 0.0, lips_z, 0.025, 0.009)
    lip_colour = as_rgb(skin * [0.78, 0.52, 0.50])
    tailor.add_cut(faces, 0.0012, lip_colour, lips, material=Material.SKIN)
    jaw = _ellipse(tailor, head, 0.0, lips_z - 0.004, 0.064, 0.047)
    if outfit.mask is not None:
        tailor.add_cut(faces, 0.009 * head.scale, outfit.mask, jaw)
    elif outfit.beard > 0:
        beard = np.minimum(jaw, -lips)
        lift = 0.002 + 0.010 * outfit.beard * (1 + 0.4 * tailor.hair_lumps)
        tailor.add_cut(faces, lift, outfit.hair_colour, beard, material=Material.HAIR)
    if outfit.glasses is not None:
        _add_glasses(tailor, head, outfit.glasses)


def _add_glasses(tailor: Tailor, head: HeadMeasures, colour: Rgb) -> None:
    size = head.scale
    y = float(head.eye_m[0, 1]) - 0.022 * size
    for eye in head.eye_m:
        for dx, dz, half_x, half_z in (
            (0, 0.017, 0.026, 0.0025),
            (0, -0.017, 0.026, 0.0025),
            (0.025, 0, 0.0025, 0.018),
            (-0.025, 0, 0.0025, 0.018),
        ):
            x, z = eye[0] + dx * size, eye[2] + dz * size
            a, b = half_x * size, half_z * size
            corners = [[x - a, y, z - b], [x + a, y, z - b], [x + a, y, z + b], [x - a, y, z + b]]
            tailor.add_patch(corners, colour, "head")


def _hairline(head: HeadMeasures, is_receding: bool) -> FloatArray:
    """Height `(n,)` (in `up`) above which hair grows."""
    forehead = 0.90 if is_receding else 0.84
    return np.interp(head.backward, [0, 0.15, 0.32, 0.52, 0.75, 1], [forehead, 0.80, 0.60, 0.36, 0.18, 0.05])


def _add_hair(tailor: Tailor, head: HeadMeasures, outfit: Outfit) -> None:
    is_under_hat = outfit.headwear != Headwear.NONE
    free = _THICKNESS_M.get(outfit.hair, _DRAWN_BACK_M)
    thick = head.scale * (min(free, _UNDER_HAT_M) if is_under_hat else free)
    line = _hairline(head, outfit.hair == Hair.CROPPED)
    height = head.crown_z - head.chin_z
    lumps = (0.28 if outfit.hair == Hair.CURLY else 0.14) * thick * tailor.hair_lumps
    lift = thick * (0.3 + 0.7 * np.clip((head.up - line) / 0.25, 0, 1)) + lumps
    keep = np.where(tailor.is_head, (head.up - line) * height, -1.0)
    # Roots are darker than ends; so hair is not one flat patch.
    shade = 0.75 + 0.35 * np.clip(tailor.normals[:, 2], 0, 1) + 0.15 * tailor.hair_lumps
    colour = np.asarray(outfit.hair_colour) * shade[:, None]
    tailor.add_cut(tailor.library.skin_faces, lift, colour, keep, material=Material.HAIR)
    middle = np.array([0.0, (head.front_y + head.back_y) / 2, float(tailor.head_of("head")[2])])
    half = 0.5 * (head.back_y - head.front_y)
    if outfit.hair in (Hair.LONG, Hair.BOB):
        _add_hanging_hair(tailor, head, outfit, colour)
    elif outfit.hair == Hair.BUN and not is_under_hat:
        bun = middle + np.array([0.0, half + 0.02, 0.7 * (head.crown_z - middle[2])])
        tailor.add_solid(bun, (0.045, 0.04, 0.042), outfit.hair_colour, "head", material=Material.HAIR)
    elif outfit.hair == Hair.PONYTAIL:
        tail = middle + np.array([0.0, half + 0.02, 0.15 * (head.crown_z - middle[2])])
        tailor.add_solid(tail, (0.03, 0.03, 0.12), outfit.hair_colour, "neck03", 2.4, material=Material.HAIR)


def _add_hanging_hair(tailor: Tailor, head: HeadMeasures, outfit: Outfit, colour: FloatArray) -> None:
    """Let the sides and back fall, without the strands that the helper surface has before the face."""
    shape = tailor.shape_m
    end_z = head.chin_z - (0.0 if outfit.hair == Hair.BOB else 0.13) * head.scale
    behind = shape[:, 1] - head.eye_m[0, 1] - 0.035 * head.scale
    below = head.crown_z - 0.03 * head.scale - shape[:, 2]
    keep = np.minimum(np.minimum(behind, shape[:, 2] - end_z), below)
    lift = 0.008 * head.scale + 0.006 * tailor.hair_lumps
    tailor.add_cut(tailor.library.hair_faces, lift, colour, keep, material=Material.HAIR)
    middle_y = head.back_y - 0.03 * head.scale
    low, high = end_z, float(head.eye_m[0, 2])
    fall = np.array([0.0, middle_y, (low + high) / 2])
    radii = (0.062 * head.scale, 0.038 * head.scale, (high - low) / 2)
    tailor.add_solid(fall, radii, outfit.hair_colour, "neck03", 2.6, material=Material.HAIR)


def _add_hat(tailor: Tailor, head: HeadMeasures, outfit: Outfit) -> None:
    size, colour = head.scale, outfit.headwear_colour
    line = np.interp(head.backward, [0, 1], [0.76, 0.50])
    height = head.crown_z - head.chin_z
    lift = (0.020 if outfit.headwear == Headwear.BEANIE else 0.014) * size
    high = lift + (0.03 if outfit.headwear == Headwear.HAT else 0.008) * size * np.clip(
        (head.up - 0.9) / 0.1, 0, 1
    )
    keep = np.where(tailor.is_head, (head.up - line) * height, -1.0)
    tailor.add_cut(tailor.library.skin_faces, high, colour, keep)
    middle = np.array([0.0, (head.front_y + head.back_y) / 2, float(tailor.head_of("head")[2])])
    half, tall = 0.5 * (head.back_y - head.front_y), head.crown_z - middle[2]
    if outfit.headwear == Headwear.BEANIE:
        fold = np.minimum(keep, 0.035 * size - (head.up - line) * height)
        tailor.add_cut(tailor.library.skin_faces, lift + 0.006, as_rgb(0.75 * np.array(colour)), fold)
    elif outfit.headwear == Headwear.HAT:
        brim = middle + np.array([0.0, 0.0, 0.68 * tall])
        tailor.add_solid(brim, (1.4 * half, 1.5 * half, 0.007), colour, "head")
        band = np.minimum(keep, 0.03 * size - (head.up - line) * height)
        tailor.add_cut(tailor.library.skin_faces, lift + 0.003, as_rgb(0.4 * np.array(colour)), band)
    elif outfit.headwear == Headwear.CAP:
        visor = middle + np.array([0.0, -0.95 * half, 0.74 * tall])
        tailor.add_solid(visor, (0.72 * half, 0.7 * half, 0.007), colour, "head")


def _add_veil(tailor: Tailor, head: HeadMeasures, outfit: Outfit) -> None:
    """Cover head and neck but for the face: a headscarf, or the hood of a top."""
    is_hood = outfit.headwear == Headwear.HOOD
    colour = outfit.layers[-1].cloth.colour if is_hood else outfit.headwear_colour
    face_z = 0.5 * (float(head.eye_m[0, 2]) + head.chin_z) + 0.012 * head.scale
    face = _ellipse(tailor, head, 0.0, face_z, 0.064, 0.088)
    covers = tailor.is_head | tailor.is_neck
    keep = np.where(covers, np.where(face > -0.9, -face, 0.05), -1.0)
    lift = (0.028 if is_hood else 0.013) * head.scale + 0.004 * tailor.hair_lumps
    tailor.add_cut(tailor.library.skin_faces, lift, colour, keep)
    shoulders = np.minimum(
        tailor.above_neck_m + 0.085 * tailor.scale, 0.07 * tailor.scale - tailor.above_neck_m
    )
    shoulders = np.where(tailor.is_arm, -1.0, shoulders)
    loose = outfit.layers[-1].looseness_m + 0.016 + 0.005 * tailor.wrinkles
    tailor.add_cut(tailor.library.tights_faces, loose, as_rgb(0.92 * np.array(colour)), shoulders)
