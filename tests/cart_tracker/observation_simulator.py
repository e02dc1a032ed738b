"""Scripted shoppers in a small store, told to the tracker with errors as of cameras; no pictures.

Everything is drawn from one seed. The truth (carts and events) comes from the script alone.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cart_tracker.observations import (
    CameraId,
    GateScanned,
    Hand,
    HandSeen,
    Observation,
    PeopleSeen,
    SlotChanged,
    SlotLogLikelihood,
    TrackletId,
    VisitId,
)
from cart_tracker.store_map import Product, ProductId, Shelf, ShelfId, Slot, SlotId, StoreMap

FloatArray = npt.NDArray[np.float64]

START_S = 1_795_000_000.0
FPS = 10
CAMERAS = np.array([[0.2, 0.2, 2.7], [5.8, 0.2, 2.7], [0.2, 4.4, 2.7], [5.8, 4.4, 2.7]])
N_PRODUCTS = 14
WALK_M_S = 1.0
STAND_BACK_M = 0.42
BODY_M = 0.5


@dataclass(frozen=True)
class Noise:
    """How bad the cameras are."""

    foot_sigma_m: float = 0.05
    foot_correlation: float = 0.8
    miss: float = 0.08
    occluded: float = 0.12
    wrist_sigma_rad: float = 0.006
    wrist_hidden_in_shelf: float = 0.4
    hands_swapped: float = 0.04
    hand_accuracy: float = 0.85
    slot_recall: float = 0.85
    slot_false_per_touch: float = 0.15


@dataclass(frozen=True)
class Action:
    """What one shopper does at one slot; `at_s` is when the hand is deepest."""

    kind: str
    product: ProductId | None
    slot_id: SlotId
    at_s: float


@dataclass
class Shopper:
    """Positions and hands of one scripted shopper, per frame; NaN while outside."""

    visit_id: VisitId
    scan_s: float
    xy: FloatArray
    wrists: FloatArray
    held: list[ProductId | None]
    actions: list[Action] = field(default_factory=list)

    @property
    def cart(self) -> Counter[ProductId]:
        cart: Counter[ProductId] = Counter()
        for action in self.actions:
            if action.product is not None:
                cart[action.product] += 1 if action.kind == "pick" else -1
        return +cart


def store_map() -> StoreMap:
    """A wall shelf and a gondola with two faces, the gate on the left and the exit on the right."""
    products = tuple(
        Product(ProductId(f"sku-{index:02d}"), f"Product {index}", 100 + 10 * index, (0.08, 0.08, 0.2))
        for index in range(N_PRODUCTS)
    )
    faces = [("wall", (1.0, 4.0), (1.0, 0.0), 4.0), ("south", (1.5, 1.9), (1.0, 0.0), 3.0)]
    faces.append(("north", (4.5, 2.5), (-1.0, 0.0), 3.0))
    shelves, next_product = [], 0
    for name, origin, along, width in faces:
        slots = []
        for level, (low, high) in enumerate([(0.4, 0.75), (0.8, 1.15), (1.2, 1.55)]):
            for column in range(int(width / 0.5)):
                slot_id = SlotId(f"{name}-{level}-{column}")
                product = products[next_product % N_PRODUCTS].product_id
                next_product += 1
                slots.append(Slot(slot_id, product, (0.5 * column, 0.5 * column + 0.5), (low, high), 8))
        shelves.append(
            Shelf(ShelfId(name), origin, along, width, 0.3 if name != "wall" else 0.45, tuple(slots))
        )
    return StoreMap(
        "test-store",
        "Test store",
        "EUR",
        np.array([[0.0, 0.0], [6.0, 0.0], [6.0, 4.0], [0.0, 4.0]]),
        np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]),
        np.array([[5.0, 0.0], [6.0, 0.0], [6.0, 1.0], [5.0, 1.0]]),
        np.array([0.1, 0.5]),
        tuple(shelves),
        products,
    )


class Script:
    """Draws shoppers and what they do."""

    def __init__(self, seed: int, n_shoppers: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.map = store_map()
        self.shoppers: list[Shopper] = []
        scan_s = START_S + 1.0
        for number in range(n_shoppers):
            self.shoppers.append(self._shopper(VisitId(f"visit-{number + 1}"), scan_s))
            scan_s += self.rng.uniform(3.0, 8.0)
        _keep_apart(self.shoppers)
        self.end_s = max(START_S + len(shopper.xy) / FPS for shopper in self.shoppers) + 4.0

    def _shopper(self, visit_id: VisitId, scan_s: float) -> Shopper:
        rng = self.rng
        path = [np.array([0.3, 0.5])]
        wrist_path: list[FloatArray] = [np.full((2, 3), np.nan)]
        held: list[ProductId | None] = [None]
        actions: list[Action] = []
        cart: Counter[ProductId] = Counter()
        before = round((scan_s - START_S + rng.uniform(-1.0, 1.0)) * FPS)

        def walk(target: FloatArray, carried: ProductId | None = None) -> None:
            start = path[-1]
            steps = max(1, round(np.linalg.norm(target - start) / WALK_M_S * FPS))
            for step in range(1, steps + 1):
                path.append(start + (target - start) * step / steps)
                wrist_path.append(_resting(path[-1], target - start))
                held.append(carried if step < 1.2 * FPS else None)

        carried: ProductId | None = None
        for _ in range(int(rng.integers(2, 6))):
            shelf = self.map.shelves[int(rng.integers(len(self.map.shelves)))]
            slot = shelf.slots[int(rng.integers(len(shelf.slots)))]
            kind, product = "pick", slot.product_id
            draw = rng.random()
            if draw < 0.15:
                kind, product = "touch", None
            elif draw < 0.35 and sum(cart.values()):
                kind, product = "put", sorted(cart.elements())[0]
                homes = [one for one in shelf.slots if one.product_id == product]
                if homes and rng.random() < 0.7:
                    slot = homes[0]
            along = float(np.clip(np.mean(slot.along_m) + rng.uniform(-0.2, 0.2), 0.1, shelf.width_m - 0.1))
            stand = shelf.to_store(np.array([along, -STAND_BACK_M, 0.0]))[:2]
            for corner in _detour(path[-1], stand):
                walk(corner, carried)
                carried = None
            walk(stand, carried)
            carried = None
            contact = self._reach(path, wrist_path, held, shelf, slot, kind, product)
            at_s = START_S + (before + contact) / FPS
            actions.append(Action(kind, product, slot.slot_id, at_s))
            if product is not None:
                cart[product] += 1 if kind == "pick" else -1
                carried = product if kind == "pick" else None
        for corner in _detour(path[-1], np.array([5.5, 0.6])):
            walk(corner, carried)
            carried = None
        walk(np.array([5.5, 0.6]), carried)
        walk(np.array([6.6, 0.5]))
        outside = np.full((max(before, 0), 2), np.nan)
        return Shopper(
            visit_id,
            scan_s,
            np.concatenate([outside, np.array(path)]),
            np.concatenate([np.full((len(outside), 2, 3), np.nan), np.array(wrist_path)]),
            [None] * len(outside) + held,
            actions,
        )

    def _reach(
        self,
        path: list[FloatArray],
        wrist_path: list[FloatArray],
        held: list[ProductId | None],
        shelf: Shelf,
        slot: Slot,
        kind: str,
        product: ProductId | None,
    ) -> int:
        rng = self.rng
        along = np.clip(rng.uniform(*slot.along_m), slot.along_m[0] + 0.08, slot.along_m[1] - 0.08)
        height = slot.height_m[0] + rng.uniform(0.08, 0.2)
        deep = shelf.to_store(np.array([along, rng.uniform(0.02, 0.12), height]))
        rest = _resting(path[-1], np.array(shelf.inward_xy))
        hand = int(rng.integers(2))
        there, stay, back = (int(rng.integers(*limits)) for limits in ((5, 9), (2, 6), (5, 9)))
        pause = int(rng.integers(3, 9))
        shares = [0.0] * pause + list(np.linspace(0, 1, there)) + [1.0] * stay + list(np.linspace(1, 0, back))
        shares += [0.0] * 5
        contact = len(path) + pause + there + stay // 2
        for share in shares:
            wrists = rest.copy()
            wrists[hand] = rest[hand] + (deep - rest[hand]) * share
            path.append(path[-1])
            wrist_path.append(wrists)
            before_contact = len(path) - 1 < contact
            held.append(product if (kind == "put") == before_contact and kind != "touch" else None)
        self.reaching_hand = hand
        return contact


def _keep_apart(shoppers: list[Shopper]) -> None:
    """Two bodies do not stand in one place: whoever walks goes round, whoever stands gives half."""
    n_frames = max(len(shopper.xy) for shopper in shoppers)
    shift = np.zeros((len(shoppers), n_frames, 2))
    for frame in range(1, n_frames):
        here = [
            i for i, one in enumerate(shoppers) if frame < len(one.xy) and np.isfinite(one.xy[frame - 1, 0])
        ]
        for position, i in enumerate(here):
            for j in here[position + 1 :]:
                gap = shoppers[i].xy[frame] - shoppers[j].xy[frame]
                metres = float(np.linalg.norm(gap))
                if metres < BODY_M:
                    away = gap / metres if metres > 1e-3 else np.array([1.0, 0.0])
                    speed = [
                        np.linalg.norm(shoppers[k].xy[frame] - shoppers[k].xy[frame - 1]) for k in (i, j)
                    ]
                    share = 0.5 if (speed[0] > 0) == (speed[1] > 0) else float(speed[0] > 0)
                    shift[i, frame] += share * (BODY_M - metres) * away
                    shift[j, frame] -= (1 - share) * (BODY_M - metres) * away
    window = np.ones(7) / 7
    for i, shopper in enumerate(shoppers):
        n = len(shopper.xy)
        smooth = np.stack([np.convolve(shift[i, :, axis], window, "same") for axis in (0, 1)], axis=1)[:n]
        shopper.xy = shopper.xy + smooth


def _resting(xy: FloatArray, heading: FloatArray) -> FloatArray:
    ahead = heading / max(float(np.linalg.norm(heading)), 1e-9)
    left = np.array([-ahead[1], ahead[0]])
    return np.array([[*(xy + 0.1 * ahead + 0.22 * left), 0.9], [*(xy + 0.1 * ahead - 0.22 * left), 0.9]])


def _detour(start: FloatArray, end: FloatArray) -> list[FloatArray]:
    """Corners on the way round the gondola."""
    low, high = min(start[1], end[1]), max(start[1], end[1])
    if low > 2.4 or high < 2.0:
        return []
    side = 0.8 if start[0] + end[0] < 6.0 else 5.2
    return [np.array([side, start[1]]), np.array([side, end[1]])]


def observe(script: Script, noise: Noise, seed: int) -> list[Observation]:
    """Tell the script as cameras would, in order of capture."""
    rng = np.random.default_rng([seed, 7])
    observations: list[Observation] = []
    n_frames = round((script.end_s - START_S) * FPS)
    shoppers = script.shoppers
    for shopper in shoppers:
        observations.append(GateScanned(shopper.scan_s, "gate-1", shopper.visit_id))
    bias = np.zeros((len(CAMERAS), len(shoppers), 2))
    hidden = np.zeros((len(CAMERAS), len(shoppers)), bool)
    tracklet = np.arange(len(CAMERAS) * len(shoppers)).reshape(len(CAMERAS), -1)
    unseen = np.zeros_like(tracklet)
    confused = rng.integers(N_PRODUCTS + 1, size=(len(CAMERAS), len(shoppers), 2))
    for frame in range(n_frames):
        at_s = START_S + frame / FPS
        inside = [
            index
            for index, shopper in enumerate(shoppers)
            if frame < len(shopper.xy) and np.isfinite(shopper.xy[frame]).all() and shopper.xy[frame, 0] < 6.1
        ]
        for camera, centre in enumerate(CAMERAS):
            rows = []
            for index in inside:
                shopper = shoppers[index]
                xy = shopper.xy[frame]
                close = any(
                    np.linalg.norm(shoppers[other].xy[frame] - xy) < 0.7
                    and np.linalg.norm(shoppers[other].xy[frame] - centre[:2])
                    < np.linalg.norm(xy - centre[:2])
                    for other in inside
                    if other != index
                )
                turn_off = 0.6 if close else noise.occluded / (1.0 - noise.occluded) / 15
                hidden[camera, index] = rng.random() < (turn_off if not hidden[camera, index] else 14 / 15)
                rho = noise.foot_correlation
                bias[camera, index] = rho * bias[camera, index] + np.sqrt(1 - rho**2) * rng.normal(
                    0, noise.foot_sigma_m, 2
                )
                if hidden[camera, index] or rng.random() < noise.miss:
                    unseen[camera, index] += 1
                    continue
                if unseen[camera, index] > 10:
                    tracklet[camera, index] = tracklet.max() + 1
                unseen[camera, index] = 0
                if rng.random() < 0.05:
                    confused[camera, index] = rng.integers(N_PRODUCTS + 1, size=2)
                rays, sigmas = _wrists(rng, noise, script.map, shopper.wrists[frame], centre)
                rows.append((tracklet[camera, index], xy + bias[camera, index], rays, sigmas))
                observations += _looks(
                    rng,
                    noise,
                    script,
                    shopper,
                    frame,
                    camera,
                    int(tracklet[camera, index]),
                    sigmas,
                    confused[camera, index],
                )
            observations.append(_people(f"cam{camera + 1}", at_s, rows, centre, noise))
    observations += _slot_changes(rng, noise, script)
    return sorted(observations, key=lambda one: one.at_s)


def _wrists(
    rng: np.random.Generator, noise: Noise, where: StoreMap, wrists: FloatArray, centre: FloatArray
) -> tuple[FloatArray, FloatArray]:
    rays, sigmas = np.full((2, 3), np.nan), np.full(2, np.nan)
    if not np.isfinite(wrists).all():
        return rays, sigmas
    for hand in (0, 1):
        in_shelf = any(
            shelf.to_shelf(wrists[hand])[1] > -0.02 and 0 < shelf.to_shelf(wrists[hand])[0] < shelf.width_m
            for shelf in where.shelves
        )
        if rng.random() < (noise.wrist_hidden_in_shelf if in_shelf else 0.15):
            continue
        ray = wrists[hand] - centre
        ray = ray / np.linalg.norm(ray) + rng.normal(0, noise.wrist_sigma_rad, 3)
        rays[hand], sigmas[hand] = ray / np.linalg.norm(ray), noise.wrist_sigma_rad
    if rng.random() < noise.hands_swapped:
        rays, sigmas = rays[::-1].copy(), sigmas[::-1].copy()
    return rays, sigmas


def _looks(
    rng: np.random.Generator,
    noise: Noise,
    script: Script,
    shopper: Shopper,
    frame: int,
    camera: int,
    tracklet: int,
    sigmas: FloatArray,
    confused: npt.NDArray[np.int64],
) -> list[Observation]:
    looks: list[Observation] = []
    at_s = START_S + frame / FPS
    if not any(abs(action.at_s - at_s) < 2.5 for action in shopper.actions):
        return looks
    held = shopper.held[frame]
    reaching = int(np.nanargmax(np.abs(shopper.wrists[frame] - np.nanmean(shopper.wrists[frame])).sum(1)))
    for hand in Hand:
        if np.isnan(sigmas[hand]):
            continue
        true = 0
        if held is not None and (hand == _carrying_hand(shopper, frame, reaching)):
            true = 1 + script.map.product_ids.index(held)
        shown = true if rng.random() < noise.hand_accuracy else int(confused[hand])
        logits = rng.normal(0, 0.7, N_PRODUCTS + 1)
        logits[shown] += 3.5
        log_share = logits - np.logaddexp.reduce(logits)
        looks.append(HandSeen(CameraId(f"cam{camera + 1}"), at_s, TrackletId(tracklet), hand, log_share))
    return looks


def _carrying_hand(shopper: Shopper, frame: int, fallback: int) -> int:
    """The hand that reaches at the action nearest in time."""
    at_s = START_S + frame / FPS
    nearest = min(shopper.actions, key=lambda action: abs(action.at_s - at_s))
    wrists = shopper.wrists[min(round((nearest.at_s - START_S) * FPS), len(shopper.wrists) - 1)]
    body = shopper.xy[min(round((nearest.at_s - START_S) * FPS), len(shopper.xy) - 1)]
    if not np.isfinite(wrists).all():
        return fallback
    return int(np.argmax(np.linalg.norm(wrists[:, :2] - body, axis=1)))


def _people(
    name: str,
    at_s: float,
    rows: list[tuple[int, FloatArray, FloatArray, FloatArray]],
    centre: FloatArray,
    noise: Noise,
) -> PeopleSeen:
    n = len(rows)
    return PeopleSeen(
        CameraId(name),
        at_s,
        np.array([row[0] for row in rows], np.int64),
        np.full(n, 0.8),
        np.array([row[1] for row in rows]).reshape(n, 2),
        np.tile(np.eye(2) * noise.foot_sigma_m**2, (n, 1, 1)),
        np.array([row[2] for row in rows]).reshape(n, 2, 3),
        np.array([row[3] for row in rows]).reshape(n, 2),
        centre,
    )


def _slot_changes(rng: np.random.Generator, noise: Noise, script: Script) -> list[Observation]:
    changes: list[Observation] = []
    for action in (action for shopper in script.shoppers for action in shopper.actions):
        moved = action.kind != "touch"
        if rng.random() < (noise.slot_recall if moved else noise.slot_false_per_touch):
            units = {"pick": -1.0, "put": 1.0, "touch": 0.0}[action.kind]
            at_s, since_s = action.at_s + rng.uniform(0.8, 3.0), action.at_s - rng.uniform(0.5, 2.0)
            log_ratio = float(rng.normal(3.0, 1.0) if moved else rng.normal(1.0, 0.5))
            told = units if rng.random() < 0.8 else 0.0
            likelihood = SlotLogLikelihood.of_ratio(log_ratio, told)
            changes.append(SlotChanged(CameraId("cam1"), at_s, since_s, action.slot_id, likelihood, told))
    return changes
