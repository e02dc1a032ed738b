"""The bag that a person carries, hung where its kind is carried."""

import numpy as np

from datasets.synthetic.body.skeleton import UprightBone
from datasets.synthetic.body.tailor import Tailor
from datasets.synthetic.body.wardrobe import Bag, Outfit, Rgb, shaded
from datasets.synthetic.mesh import Material
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
    _add_backpack_straps(tailor, looseness + 0.012, dark)


def _add_backpack_straps(tailor: Tailor, lift_m: float, colour: Rgb) -> None:
    """Lay a ribbon over each shoulder, from under the arm to the back, on whatever is worn."""
    x = 0.55 * float(tailor.head_of("upperarm01.L")[0])
    low, high = tailor.chest_z - 0.08 * tailor.scale, tailor.shoulder_top_z(x)
    heights = np.linspace(low, high - 0.02 * tailor.scale, 6)
    out = np.array([0.0, lift_m, 0.0])
    up = np.array([tailor.surface_point(x, z) - out for z in heights])
    down = np.array([tailor.surface_point(x, z, front=False) + out for z in heights[:2:-1]])
    top = np.array([[x, (up[-1, 1] + down[0, 1]) / 2, high + 0.6 * lift_m]])
    left = np.concatenate([up, top, down])
    left[:, 2] += 1.2 * lift_m * np.clip((left[:, 2] - low) / (high - low), 0, 1) ** 3
    half = np.array([0.02 * tailor.scale, 0.0, 0.0])
    k = 2 * np.arange(len(left) - 1)
    faces = np.concatenate([np.stack([k, k + 1, k + 3], 1), np.stack([k, k + 3, k + 2], 1)])
    for path in (left, left * [-1.0, 1.0, 1.0]):
        edges = np.stack([path - half, path + half], axis=1).reshape(-1, 3)
        tailor.add_rigid(edges, faces, colour, "spine01", Material.CLOTH)
