"""The demo recording with something wrong with one camera: no wrong charge, and health says what it is."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from cart_tracker.observations import CameraHealthChanged
from cart_tracker.visits import TrackerOutput, VisitClosed
from datasets.recording import read_truth
from tests.picture_faults import (
    BreakPicture,
    FaultySource,
    Frozen,
    black,
    blocks,
    blurred,
    covered,
    dark,
    half_grey,
    shifted,
    small,
    sunlit,
)
from vision.settings import read_settings
from vision.sources import open_sources
from walkout.checkout import PriceOnlyCheckout, Settlement
from walkout.comparison import RecordingComparison, compare
from walkout.gate_log import GateScan
from walkout.store import Store

pytestmark = pytest.mark.slow

RECORDING = Path(__file__).parents[2] / "recordings" / "demo"
CAMERA = 1
FROM_S, TO_S = 22.0, 32.0  # all three shoppers are inside
NOTICED_S = 2.5

PICTURE_FAULTS: dict[str, tuple[BreakPicture, str]] = {
    "black": (black, "black"),
    "dark": (dark, "too dark"),
    "glare": (sunlit, "glare"),
    "covered": (covered, "covered"),
    "defocus": (blurred, "out of focus"),
    "blocks": (blocks, "damaged"),
    "half-grey": (half_grey, "damaged"),
    "knocked": (shifted, "moved"),
    "resolution": (small, "calibrated at"),
    "frozen": (Frozen(), "frozen"),
}


@dataclass
class Health:
    """Keeps what was told of cameras."""

    told: list[CameraHealthChanged] = field(default_factory=list)

    def ticked(self, at_s: float) -> None: ...

    def admitted(self, visit_id: str, scan: GateScan) -> None: ...

    def heard(self, output: TrackerOutput) -> None: ...

    def settled(self, visit: VisitClosed, settlement: Settlement) -> None: ...

    def camera_changed(self, change: CameraHealthChanged) -> None:
        self.told.append(change)


def is_charged_wrong(comparison: RecordingComparison) -> list[str]:
    """Whose account was charged for something else than they took, without a person being asked."""
    return [basket.shopper for basket in comparison.baskets if basket.is_auto_wrong]


@pytest.mark.parametrize("fault", PICTURE_FAULTS)
def test_a_camera_with_bad_pictures_charges_nobody_wrong_and_is_named(fault: str) -> None:
    break_it, words = PICTURE_FAULTS[fault]
    settings, truth, health = read_settings(RECORDING), read_truth(RECORDING), Health()
    sources = list(open_sources(settings))
    start_s = truth.start_s
    faulty = FaultySource(sources[CAMERA], break_it, start_s + FROM_S, start_s + TO_S)
    store = Store(settings.store_map, PriceOnlyCheckout(settings.store_map), [health])

    run = store.play(settings, sources=[faulty if one is sources[CAMERA] else one for one in sources])

    [began, ended] = health.told
    assert began.camera_id == ended.camera_id == settings.cameras[CAMERA].camera_id
    assert words in began.reason
    assert FROM_S < began.at_s - start_s <= FROM_S + NOTICED_S
    assert TO_S <= ended.at_s - start_s <= TO_S + NOTICED_S
    assert is_charged_wrong(compare("demo", truth, settings.store_map, run)) == []


@pytest.mark.parametrize("ahead_s", [0.3, -0.3])
def test_a_clock_that_is_off_charges_nobody_wrong_and_is_named(ahead_s: float) -> None:
    settings, truth, health = read_settings(RECORDING), read_truth(RECORDING), Health()
    cameras = [
        replace(one, clock_offset_s=ahead_s if number == CAMERA else 0.0)
        for number, one in enumerate(settings.cameras)
    ]
    settings = replace(settings, cameras=tuple(cameras))
    store = Store(settings.store_map, PriceOnlyCheckout(settings.store_map), [health])

    run = store.play(settings)

    assert {change.camera_id for change in health.told} == {settings.cameras[CAMERA].camera_id}
    assert "clock" in health.told[0].reason
    assert is_charged_wrong(compare("demo", truth, settings.store_map, run)) == []


def test_nothing_is_said_of_cameras_that_are_well() -> None:
    settings, health = read_settings(RECORDING), Health()

    Store(settings.store_map, PriceOnlyCheckout(settings.store_map), [health]).play(settings)

    assert health.told == []
