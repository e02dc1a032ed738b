"""Recorded footage in, charged receipts out: the promise of the README, kept or not."""

from tests.e2e.conftest import RECORDING, PlayedDemo
from vision.settings import read_settings
from walkout.checkout import PriceOnlyCheckout
from walkout.run_result import LineDecision, StoreRun
from walkout.store import Store, confidence_of, read_scans


def receipts(run: StoreRun) -> dict[str, dict[str, int]]:
    return {visit.shopper: visit.units(LineDecision.CHARGE) for visit in run.visits}


def test_every_receipt_of_the_demo_is_right(demo: PlayedDemo) -> None:
    assert demo.result.comparison is not None

    wrong = [basket.shopper for basket in demo.result.comparison.baskets if not basket.is_exact_final]

    assert wrong == []


def test_the_payment_provider_moved_what_the_receipts_say(demo: PlayedDemo) -> None:
    charged = sum(visit.charged_minor for visit in demo.result.run.visits)

    assert charged > 0
    assert demo.result.provider_total_minor == charged


def test_without_the_truth_file_the_receipts_are_the_same(
    demo: PlayedDemo, demo_without_truth: PlayedDemo
) -> None:
    assert demo_without_truth.result.comparison is None
    assert receipts(demo_without_truth.result.run) == receipts(demo.result.run)
    assert [visit.charged_minor for visit in demo_without_truth.result.run.visits] == [
        visit.charged_minor for visit in demo.result.run.visits
    ]


def test_both_runs_write_the_same_observations(demo: PlayedDemo, demo_without_truth: PlayedDemo) -> None:
    def observations(played: PlayedDemo) -> list[str]:
        lines = (played.out / "journal.jsonl").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if '"scan"' not in line]  # visits have fresh random ids

    assert observations(demo) == observations(demo_without_truth)


def test_the_journal_gives_the_same_receipts_without_the_video(demo: PlayedDemo) -> None:
    settings = read_settings(RECORDING)
    checkout = PriceOnlyCheckout(settings.store_map)
    store = Store(settings.store_map, checkout, confidence=confidence_of(settings))

    replayed = store.replay(demo.out / "journal.jsonl", read_scans(settings))

    assert [visit.lines for visit in replayed.visits] == [visit.lines for visit in demo.result.run.visits]
    assert [visit.charged_minor for visit in replayed.visits] == [
        visit.charged_minor for visit in demo.result.run.visits
    ]


def test_the_demo_leaves_receipts_report_video_and_books(demo: PlayedDemo) -> None:
    made = {path.relative_to(demo.out).as_posix() for path in demo.out.rglob("*") if path.is_file()}

    assert {"index.html", "annotated.mp4", "journal.jsonl", "checkout.db", "provider-books.db"} <= made
    assert sum(name.startswith("receipts/") and name.endswith(".pdf") for name in made) == 3
