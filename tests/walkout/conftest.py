"""Builders: a small store, a story of who took what, a run that gets everything right, a recording."""

import json
import tomllib
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pytest

from cart_tracker.store_map import (
    Product,
    ProductId,
    Shelf,
    ShelfId,
    Slot,
    SlotId,
    StoreMap,
    store_map_from_toml,
)
from checkout_api.settings import Settings
from datasets.recording import (
    EventTruth,
    RecordingTruth,
    Role,
    ShopperTruth,
    UnitPlace,
    UnitTruth,
    VisitTruth,
)
from datasets.recording_writer import write_recording_toml, write_truth
from vision.video_writer import VideoWriter
from walkout.cli import DEMO_RECORDING
from walkout.comparison import compare
from walkout.run_result import (
    CartUpdate,
    FloorSamples,
    LineDecision,
    RecognisedEvent,
    StageCpu,
    StoreRun,
    VisitLine,
    VisitResult,
)

START_S = 1_777_885_200.0
DURATION_S = 20.0
TICKS_PER_S = 4.0
PRICES = {"cola": 150, "water": 100, "beans": 700}


def build_store():
    products = [
        Product(ProductId(name), name.title(), price, (0.1, 0.1, 0.2)) for name, price in PRICES.items()
    ]
    slots = tuple(
        Slot(SlotId(f"slot-{name}"), ProductId(name), (k * 0.5, k * 0.5 + 0.5), (1.0, 1.3), 6)
        for k, name in enumerate(PRICES)
    )
    return StoreMap(
        store_id="corner",
        name="Corner",
        currency="EUR",
        floor_xy_m=np.array([[0.0, 0.0], [6.0, 0.0], [6.0, 5.0], [0.0, 5.0]]),
        gate_xy_m=np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]),
        exit_xy_m=np.array([[5.0, 0.0], [6.0, 0.0], [6.0, 1.0], [5.0, 1.0]]),
        scanner_xy_m=np.array([0.5, 0.5]),
        shelves=(Shelf(ShelfId("wall"), (2.0, 4.5), (1.0, 0.0), 1.5, 0.4, slots),),
        products=tuple(products),
    )


@dataclass(frozen=True)
class Act:
    """Somebody takes ("pick") or puts back ("put") one unit, seconds after the start."""

    shopper: str
    kind: str
    product: str
    second: float


def build_truth(acts, shoppers, scenario="easy", seed=1):
    """Tell a story: everybody in `shoppers` is there for the whole time, one metre apart."""
    ticks_s = START_S + np.arange(round(DURATION_S * TICKS_PER_S)) / TICKS_PER_S
    carts = {shopper: Counter() for shopper in shoppers}
    for act in acts:
        carts[act.shopper][act.product] += 1 if act.kind == "pick" else -1
    return RecordingTruth(
        scenario=scenario,
        seed=seed,
        fps=TICKS_PER_S,
        start_s=START_S,
        duration_s=DURATION_S,
        shoppers=tuple(
            ShopperTruth(
                shopper,
                f"visit-of-{shopper}",
                Role.SHOPPER,
                START_S,
                START_S + DURATION_S,
                1.7,
                {p: n for p, n in carts[shopper].items() if n},
            )
            for shopper in shoppers
        ),
        events=tuple(
            EventTruth(
                event_id=number,
                kind=act.kind,
                shopper_id=act.shopper,
                product_id=act.product,
                unit_id=number,
                slot_id=f"slot-{act.product}",
                hand="right",
                start_s=START_S + act.second - 0.5,
                contact_s=START_S + act.second,
                end_s=START_S + act.second + 0.5,
                is_misplaced=False,
            )
            for number, act in enumerate(acts, start=1)
        ),
        ticks_s=ticks_s,
        floor_xy_m={
            shopper: np.column_stack([np.full(len(ticks_s), 1.0 + k), np.linspace(1, 4, len(ticks_s))])
            for k, shopper in enumerate(shoppers)
        },
        visits=tuple(
            VisitTruth(
                f"visit-of-{shopper}",
                shopper,
                START_S,
                START_S + DURATION_S,
                (shopper,),
                {p: n for p, n in carts[shopper].items() if n},
                sum(PRICES[p] * n for p, n in carts[shopper].items()),
            )
            for shopper in shoppers
        ),
        units=tuple(
            UnitTruth(number, act.product, (UnitPlace(START_S, f"slot:slot-{act.product}"),))
            for number, act in enumerate(acts, start=1)
        ),
    )


def visit_of(shopper, cart, left_s=START_S + DURATION_S, decision=LineDecision.CHARGE):
    lines = tuple(VisitLine(product, units, 0.99, decision) for product, units in sorted(cart.items()))
    is_sure = decision is LineDecision.CHARGE
    return VisitResult(
        visit_id=f"visit-of-{shopper}",
        shopper=shopper,
        lines=lines,
        closed_at_s=left_s + 0.5,
        receipt_wait_s=0.25,
        charged_minor=sum(PRICES[product] * units for product, units in cart.items()) if is_sure else 0,
        is_auto_charged=is_sure,
        is_in_review=not is_sure,
    )


def build_perfect_run(truth):
    names = tuple(truth.floor_xy_m)
    events = sorted(truth.events, key=lambda event: event.contact_s)
    held = {name: Counter() for name in names}
    updates = []
    for event in events:
        held[event.shopper_id][event.product_id] += 1 if event.kind == "pick" else -1
        quantity = held[event.shopper_id][event.product_id]
        updates.append(CartUpdate(event.end_s + 0.3, event.shopper_id, event.product_id, quantity))
    return StoreRun(
        visits=tuple(visit_of(shopper.shopper_id, shopper.cart) for shopper in truth.shoppers),
        events=tuple(
            RecognisedEvent(e.kind, e.product_id, e.slot_id, e.shopper_id, e.contact_s, 0.99) for e in events
        ),
        cart_updates=tuple(updates),
        floor=FloorSamples(
            at_s=np.tile(truth.ticks_s, len(names)),
            xy_m=np.concatenate([truth.floor_xy_m[name] for name in names]) if names else np.empty((0, 2)),
            shopper_index=np.repeat(np.arange(len(names)), len(truth.ticks_s)),
            shoppers=names,
        ),
        stages=(StageCpu("decode", 2.0), StageCpu("detect", 8.0)),
        camera_frames=800,
        media_s=20.0,
        wall_s=8.0,
        peak_memory_mb=700.0,
    )


def build_comparison(truth, run, name="tale"):
    return compare(name, truth, build_store(), run)


def write_recording(folder, truth):
    """Write a recording whose three cameras show a grey room: near, far, and behind the shelf."""
    folder.mkdir(parents=True)
    (folder / "store.toml").write_text(_store_toml(), encoding="utf-8")
    scans = [{"at_s": s.entered_s, "gate_id": "gate-1", "shopper": s.shopper_id} for s in truth.shoppers]
    (folder / "gate.jsonl").write_text("".join(json.dumps(scan) + "\n" for scan in scans), encoding="utf-8")
    for camera in CAMERAS:
        with VideoWriter(folder / f"{camera}.mp4", 10) as writer:
            for index in range(60):
                writer.write(np.full((120, 160, 3), 80 + index, np.uint8))
    write_recording_toml(
        folder / "recording.toml", truth.scenario, truth.seed, START_S, DURATION_S, 10, "test"
    )
    write_truth(folder, truth)
    return folder


# Camera -> where it hangs; all look level along y, cam3 from behind the shelf.
CAMERAS = {"cam1": (2.25, 1.5), "cam2": (2.25, 0.5), "cam3": (2.25, 7.0)}


def _store_toml():
    store = build_store()
    lines = ["[store]", 'id = "corner"', 'name = "Corner"', 'currency = "EUR"']
    for key in ("floor_xy_m", "gate_xy_m", "exit_xy_m", "scanner_xy_m"):
        lines.append(f"{key} = {getattr(store, key).tolist()}")
    lines += ["[recording]", 'gate = "gate.jsonl"', 'start_at = "2026-05-04T09:00:00Z"', "fps = 10"]
    for product in store.products:
        lines += ["[[products]]", f'id = "{product.product_id}"', f'name = "{product.name}"']
        lines += [f"price_minor = {product.price_minor}", f"size_m = {list(product.size_m)}"]
    for shelf in store.shelves:
        lines += ["[[shelves]]", f'id = "{shelf.shelf_id}"', f"origin_xy_m = {list(shelf.origin_xy_m)}"]
        lines += [
            f"along_xy = {list(shelf.along_xy)}",
            f"width_m = {shelf.width_m}",
            f"depth_m = {shelf.depth_m}",
        ]
        for slot in shelf.slots:
            lines += ["[[shelves.slots]]", f'id = "{slot.slot_id}"', f'product = "{slot.product_id}"']
            lines += [f"along_m = {list(slot.along_m)}", f"height_m = {list(slot.height_m)}", "stock = 6"]
    for camera, (x, y) in CAMERAS.items():
        lines += [
            "[[cameras]]",
            f'id = "{camera}"',
            f'video = "{camera}.mp4"',
            "size_px = [160, 120]",
            "fps = 10",
        ]
        lines += ["matrix = [[120, 0, 80], [0, 120, 60], [0, 0, 1]]", "distortion = [0, 0, 0, 0, 0]"]
        lines += ["rotation = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]", f"position_m = [{x}, {y}, 1.2]"]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Builders:
    """The functions above, for tests."""

    act = staticmethod(Act)
    store = staticmethod(build_store)
    truth = staticmethod(build_truth)
    perfect_run = staticmethod(build_perfect_run)
    visit = staticmethod(visit_of)
    comparison = staticmethod(build_comparison)
    recording = staticmethod(write_recording)
    replace = staticmethod(replace)
    start_s = START_S


@pytest.fixture(scope="session")
def build():
    return Builders()


@pytest.fixture
def demo_map():
    return store_map_from_toml(tomllib.loads((DEMO_RECORDING / "store.toml").read_text(encoding="utf-8")))


@pytest.fixture
def api_settings(tmp_path, demo_map):
    """Of a checkout API beside the demo's store, on any free port."""
    return Settings(
        demo=True,
        port=0,
        database_url=f"sqlite:///{tmp_path / 'walkout.db'}",
        simulator_books=tmp_path / "provider.db",
        store_id=demo_map.store_id,
        currency=demo_map.currency,
        audit_probability=0,
    )
