"""How fast every vertex moves, from two scenes shortly after each other."""

from collections.abc import Sequence

import numpy as np

from datasets.synthetic.body.people import Person
from datasets.synthetic.mesh import Mesh
from datasets.synthetic.scene import BodyPose, Float32Array, PropPose, SceneState, UnitPose

LEAP_M_S = 12.0  # nothing in a store moves faster: it was put elsewhere between the scenes


def vertex_speed(
    state: SceneState, earlier: SceneState, people: Sequence[Person], meshes: Sequence[Mesh]
) -> Float32Array | None:
    """Return metres per second `(n, 3)` of all vertices of `meshes`; None if nothing moves.

    What was not there in the `earlier` scene, or is somewhere else altogether, stands still.

    Args:
        state: The scene.
        earlier: The scene shortly before it.
        people: What the scenes' people are rows of.
        meshes: The scene's people, units and props; then what never moves.
    """
    passed_s = state.at_s - earlier.at_s
    before = _meshes_before(state, earlier, people, meshes)
    if passed_s <= 0 or all(vertices is None for vertices in before):
        return None
    parts = []
    for mesh, vertices in zip(meshes, [*before, *[None] * (len(meshes) - len(before))], strict=True):
        speed = np.zeros_like(mesh.vertices_m)
        if vertices is not None:
            moved = (mesh.vertices_m - vertices) / np.float32(passed_s)
            if len(moved) and float(np.abs(moved).max()) < LEAP_M_S:
                speed = moved
        parts.append(speed)
    return np.concatenate(parts)


def _meshes_before(
    state: SceneState, earlier: SceneState, people: Sequence[Person], meshes: Sequence[Mesh]
) -> list[Float32Array | None]:
    """Return vertices as they were, None for what has not moved or was not there."""
    poses = dict(earlier.people)
    units = {unit.unit_id: unit for unit in earlier.moving_units}
    props = {prop.prop_index: prop for prop in earlier.props}
    before: list[Float32Array | None] = []
    for index, pose in state.people:
        was = poses.get(index)
        is_dressed_alike = was is not None and was.is_coat_off == pose.is_coat_off
        has_moved = was is not None and is_dressed_alike and _differs(pose, was)
        before.append(people[index].posed(was).vertices_m if was is not None and has_moved else None)
    rigid: list[tuple[UnitPose | PropPose, UnitPose | PropPose | None]] = [
        *((unit, units.get(unit.unit_id)) for unit in state.moving_units),
        *((prop, props.get(prop.prop_index)) for prop in state.props),
    ]
    for mesh, (now, then) in zip(meshes[len(state.people) :], rigid, strict=False):
        before.append(None if then is None or then == now else _carried(mesh.vertices_m, now, then))
    return before


def _differs(pose: BodyPose, was: BodyPose) -> bool:
    scalars = (pose.yaw_rad, pose.pelvis_drop_m, pose.lean_rad, pose.twist_rad) != (
        was.yaw_rad, was.pelvis_drop_m, was.lean_rad, was.twist_rad,
    )  # fmt: skip
    return scalars or not all(
        np.array_equal(now, then)
        for now, then in (
            (pose.xy_m, was.xy_m),
            (pose.ankle_m, was.ankle_m),
            (pose.wrist_m, was.wrist_m),
            (pose.head_yaw_pitch_rad, was.head_yaw_pitch_rad),
        )
    )


def _carried(vertices_m: Float32Array, now: UnitPose | PropPose, then: UnitPose | PropPose) -> Float32Array:
    """Move a rigid thing from where it is to where it was; its tilt changes too slowly to blur anything."""
    turn = then.yaw_rad - now.yaw_rad
    cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    local = vertices_m - np.asarray(now.xyz_m, dtype=np.float32)
    turned = np.stack(
        [cos * local[:, 0] - sin * local[:, 1], sin * local[:, 0] + cos * local[:, 1], local[:, 2]], axis=1
    )
    carried: Float32Array = turned + np.asarray(then.xyz_m, dtype=np.float32)
    return carried
