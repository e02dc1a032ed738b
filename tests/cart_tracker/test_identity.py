import numpy as np

from cart_tracker.identity import Identities, Newcomer, ShopperId
from cart_tracker.observations import GateScanned, VisitId

SCANNER = np.array([0.0, 0.5])


def scan(at_s: float, name: str) -> GateScanned:
    return GateScanned(at_s, "gate-1", VisitId(name))


def newcomer(number: int, first_seen_s: float, *at_scan: tuple[float, float]) -> Newcomer:
    return Newcomer(ShopperId(number), first_seen_s, np.array(at_scan, float).reshape(-1, 2))


def bound(identities: Identities, newcomers: list[Newcomer], now_s: float) -> dict[str, int]:
    return {one.scan.visit_id: one.shopper_id for one in identities.bind(newcomers, now_s)}


def test_the_only_person_in_the_gate_gets_the_scan():
    identities = Identities(SCANNER)
    identities.scanned(scan(10.0, "a"))

    assert bound(identities, [newcomer(1, 9.0, (0.3, 0.5))], 10.9) == {"a": 1}
    assert identities.visit_of(ShopperId(1)) == "a"


def test_a_person_first_seen_after_the_scan_gets_it_too():
    identities = Identities(SCANNER)
    identities.scanned(scan(10.0, "a"))

    assert bound(identities, [newcomer(1, 12.5, (0.6, 0.5))], 13.0) == {"a": 1}


def test_of_two_people_the_one_at_the_reader_gets_the_scan_and_the_other_waits_for_the_next():
    identities = Identities(SCANNER)
    identities.scanned(scan(10.0, "a"))
    pair = [newcomer(1, 8.0, (1.4, 0.5)), newcomer(2, 9.0, (0.2, 0.5))]

    assert bound(identities, pair, 10.9) == {}
    assert bound(identities, pair, 12.1) == {"a": 2}


def test_two_scans_and_two_people_are_matched_jointly():
    identities = Identities(SCANNER)
    identities.scanned(scan(10.0, "a"))
    identities.scanned(scan(12.0, "b"))
    pair = [newcomer(1, 9.0, (0.2, 0.5), (1.5, 0.5)), newcomer(2, 11.5, (0.1, 0.5), (0.1, 0.5))]

    assert bound(identities, pair, 15.0) == {"a": 1, "b": 2}


def test_somebody_far_from_the_reader_is_not_meant():
    identities = Identities(SCANNER)
    identities.scanned(scan(10.0, "a"))

    assert bound(identities, [newcomer(1, 2.0, (5.0, 3.0))], 13.0) == {}


def test_a_scan_to_which_nobody_comes_is_given_up_and_a_second_scan_of_a_visit_ignored():
    identities = Identities(SCANNER)
    identities.scanned(scan(10.0, "a"))
    identities.scanned(scan(11.0, "a"))

    assert identities.give_up(20.0) == []
    assert [one.visit_id for one in identities.give_up(26.0)] == ["a"]
    assert identities.open_scans == ()
