"""The truth as accounts see it: whoever came on a code is one with who scanned it.

The store knows accounts, the truth knows bodies. Before both are compared, the truth's events carry the
account that answers for them, and the one who scanned walks under it. Companions, staff and people on
nobody's code keep names of their own.
"""

from collections import Counter
from dataclasses import replace

from datasets.recording import RecordingTruth, VisitTruth


def repeated(name: str, times_before: int) -> str:
    """Name the visit of an account that was here before: "shopper-1 (2)"."""
    return f"{name} ({times_before + 1})" if times_before else name


def labels_of(visits: tuple[VisitTruth, ...]) -> dict[str, str]:
    """Return visit id -> label; an account that comes twice has two, in order of its codes."""
    seen: Counter[str] = Counter()
    labels = {}
    for visit in sorted(visits, key=lambda visit: visit.scanned_s):
        labels[visit.visit_id] = repeated(visit.account, seen[visit.account])
        seen[visit.account] += 1
    return labels


def told_by_account(truth: RecordingTruth) -> RecordingTruth:
    """Return the truth with events under accounts' labels, and the floor under who scanned."""
    labels = labels_of(truth.visits)
    visit_of = {shopper.shopper_id: shopper.visit_id for shopper in truth.shoppers}
    leader = {visit.shopper_ids[0]: labels[visit.visit_id] for visit in truth.visits if visit.shopper_ids}

    def account(shopper_id: str) -> str:
        visit_id = visit_of.get(shopper_id)
        return shopper_id if visit_id is None else labels[visit_id]

    return replace(
        truth,
        events=tuple(replace(event, shopper_id=account(event.shopper_id)) for event in truth.events),
        floor_xy_m={leader.get(body, body): xy_m for body, xy_m in truth.floor_xy_m.items()},
    )
