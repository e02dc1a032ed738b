from dataclasses import replace
from pathlib import Path

import pytest

from cart_tracker.errors import JournalError
from cart_tracker.explain import explain
from cart_tracker.journal import FootageEnded, JournalWriter, Restarted, is_unfinished, read_journal
from cart_tracker.observations import HandSeen, Observation, PeopleSeen, TrackletId, VisitId
from cart_tracker.replay import replay
from cart_tracker.store_map import StoreMap
from cart_tracker.visits import EventKind, VisitClosed
from tests.cart_tracker.observation_simulator import START_S, Noise, Script, observe, store_map
from tests.cart_tracker.scoring import basket

MAP = store_map()
QUIET = Noise(foot_sigma_m=0.02, miss=0.02, occluded=0.02, wrist_hidden_in_shelf=0.2, hand_accuracy=0.97)


@pytest.fixture(scope="module")
def script() -> Script:
    return Script(2, 1)


@pytest.fixture(scope="module")
def killed(script: Script, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal whose program was killed in the middle of a line, and that was taken up again."""
    path = tmp_path_factory.mktemp("killed") / "journal.jsonl"
    observations = observe(script, QUIET, 2)
    half = len(observations) // 2
    with JournalWriter(path, MAP) as journal:
        for observation in observations[:half]:
            journal.write(observation)
    with path.open("a") as file:
        file.write('{"type":"people","camera":"cam1","at_')
    assert is_unfinished(path, MAP)
    with JournalWriter(path, MAP, resume=True) as journal:
        journal.write(Restarted(observations[half].at_s))
        for observation in observations[half:]:
            journal.write(renumbered(observation))
        journal.write(FootageEnded(script.end_s))
    return path


def renumbered(observation: Observation) -> Observation:
    """Cameras of a program that was started again count people from the beginning: other numbers."""
    if isinstance(observation, PeopleSeen):
        return replace(observation, tracklet_id=observation.tracklet_id[::-1] + 100)
    if isinstance(observation, HandSeen):
        return replace(observation, tracklet_id=TrackletId(observation.tracklet_id + 100))
    return observation


def test_whoever_was_inside_when_the_program_was_killed_still_has_their_cart(script, killed):
    (visit,) = [one for one in replay(killed, MAP) if isinstance(one, VisitClosed)]

    assert basket(visit) == script.shoppers[0].cart


def test_a_journal_that_was_taken_up_is_whole_and_finished(killed):
    assert sum(isinstance(entry, Restarted) for entry in read_journal(killed, MAP)) == 1
    assert not is_unfinished(killed, MAP)


def test_a_receipt_is_explained_by_the_moves_that_made_it(script, killed):
    explanation = explain(killed, MAP, VisitId("visit-1"))

    for line in explanation.visit.lines:
        moves = explanation.moves_of(line)
        assert moves
        assert all(START_S < move.at_s < script.end_s for move in moves)
        assert any(move.text.startswith("takes") for move in moves)
        assert all(alternative.text for move in moves for alternative in move.alternatives)
    kinds = {event.kind for event in explanation.visit.events}
    assert EventKind.PICK in kinds


def test_an_unknown_receipt_is_told_so(killed):
    with pytest.raises(JournalError, match="closes no visit 'visit-9'"):
        explain(killed, MAP, VisitId("visit-9"))


def test_the_journal_of_another_store_is_not_taken_up(tmp_path):
    path = tmp_path / "journal.jsonl"
    JournalWriter(path, MAP).close()
    other: StoreMap = replace(MAP, name="Other", store_id="other")

    assert not is_unfinished(path, other)
    with pytest.raises(JournalError, match="store laid out otherwise"):
        JournalWriter(path, other, resume=True)
