"""The bag that a person carries, hung where its kind is carried."""

import numpy as np

from datasets.synthetic.body.skeleton import UprightBone
from datasets.synthetic.body.tailor import Tailor
from datasets.synthetic.body.wardrobe import Bag, Outfit, Rgb, shaded
from datasets.synthetic.scene import FloatArray


def add_bag(tailor: Tailor, outfit: Outfit) -> None:
    """Add the bag with its straps."""
    if outfit.bag == Bag.SHOULDER_TOTE:
        _add_shoulder_tote(tailor, outfit)
    elif outfit.bag == Bag.HAND_TOTE:
        _add_hand_tote(tailor, outfit)
    elif outfit.bag == Bag.BACKPACK:
        _add_backpack(tailor, outfit)


def _add_shoulder_tote(tailor: Tailor, outfit: Outfit) -> None:
    size, bone = outfit.bag_size * tailor.scale, UprightBone.SHOULDER + len(tailor.library.bone_name)
    hips = np.abs(tailor.shape_m[tailor.dominated_by("pelvis", "upperleg01"), 0])
    body = np.array([float(hips.max()) + 0.09, 0.05, tailor.hip_z + 0.06])
    tailor.add_solid(body, (0.055 * size, 0.17 * size, 0.17 * size), outfit.bag_colour, bone, 5)
    shoulder = tailor.head_of("upperarm01.L")
    top = np.array([0.8 * shoulder[0], shoulder[1] + 0.01, shoulder[2] + 0.06 * tailor.scale])
    _add_handles(tailor, outfit.bag_colour, top, body + np.array([0.0, 0.0, 0.15 * size]), bone)


def _add_hand_tote(tailor: Tailor, outfit: Outfit) -> None:
    size, bone = outfit.bag_size * tailor.scale, UprightBone.LEFT_HAND + len(tailor.library.bone_name)
    hand: FloatArray = np.mean([tailor.head_of(f"finger{k}-2.L") for k in (2, 3, 4, 5)], axis=0)
    low = hand + np.array([0.0, 0.0, -0.09 - 0.13 * size])
    tailor.add_solid(low, (0.06 * size, 0.16 * size, 0.13 * size), outfit.bag_colour, bone, 5)
    _add_handles(tailor, outfit.bag_colour, hand, low + np.array([0.0, 0.0, 0.11 * size]), bone)


def _add_handles(tailor: Tailor, colour: Rgb, top_m: FloatArray, low_m: FloatArray, bone: int) -> None:
    """Add two flat bands from the bag's front and back to where it hangs."""
    band = np.array([0.012, 0.0, 0.0])
    for side in (-0.09, 0.09):
        foot = low_m + np.array([0.0, side, 0.0])
        tailor.add_patch([top_m - band, top_m + band, foot + band, foot - band], colour, bone)


def _add_backpack(tailor: Tailor, outfit: Outfit) -> None:
    size = outfit.bag_size * tailor.scale
    looseness = outfit.layers[-1].looseness_m
    back = tailor.surface_point(0.0, tailor.head_of("spine02")[2] - 0.02, front=False)
    back = back + np.array([0.0, 0.07 * size + looseness, 0.0])
    tailor.add_solid(back, (0.15 * size, 0.09 * size, 0.21 * size), outfit.bag_colour, "spine02", 4)
    pocket = back + np.array([0.0, 0.08 * size, -0.08 * size])
    dark = shaded(outfit.bag_colour, 0.75)
    tailor.add_solid(pocket, (0.11 * size, 0.035 * size, 0.09 * size), dark, "spine02", 4, rings=4)
    # Straps lie on whatever is worn, over the shoulders and down the front.
    x, z = np.abs(tailor.shape_m[:, 0]), tailor.shape_m[:, 2]
    middle = 0.55 * float(tailor.head_of("upperarm01.L")[0])
    keep = np.minimum(0.02 * size - np.abs(x - middle), z - tailor.chest_z + 0.06 * size)
    keep = np.where(tailor.is_arm | tailor.is_head, -1.0, keep)
    tailor.add_cut(tailor.library.tights_faces, looseness + 0.014, dark, keep)
