"""Scenarios keep what their descriptions promise."""

import pytest

from datasets.errors import OutputError, ScenarioError
from datasets.synthetic.play.acts import Action
from datasets.synthetic.play.scenarios import find_scenario, list_scenarios, write_scenario
from datasets.synthetic.simulate import simulate


def test_every_scenario_has_a_name_and_says_what_it_is():
    names = [scenario.name for scenario in list_scenarios()]

    assert {"easy", "normal", "demo"} <= set(names)
    assert len(set(names)) == len(names)
    assert all(scenario.description for scenario in list_scenarios())


def test_the_demo_has_everything_a_visitor_should_see():
    script = write_scenario(find_scenario("demo"), 5)

    actions = [event.action for event in script.events]
    assert len(script.people) == 3
    assert actions.count(Action.PICK) >= 8
    assert actions.count(Action.PUT) == 2
    assert actions.count(Action.TOUCH) >= 1
    assert [event.is_misplaced for event in script.events].count(True) == 1
    assert 60.0 <= script.duration_s <= 72.0
    assert all(stay.left_s < script.duration_s for stay in script.stays)
    assert any(script.cart_of(shopper) for shopper in range(3))


def test_a_misspelt_scenario_is_refused_with_the_right_names(tmp_path):
    with pytest.raises(ScenarioError, match="easy, normal, crowded"):
        simulate("eassy", 1, tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "out").mkdir()

    with pytest.raises(OutputError, match="exists already"):
        simulate("easy", 1, tmp_path / "out")


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(tmp_path):
    one, other = (simulate("easy", 4, tmp_path / name) for name in ("one", "other"))

    files = sorted(path.name for path in one.iterdir())
    assert {"store.toml", "recording.toml", "gate.jsonl", "truth.json.gz", "cam1.mp4"} <= set(files)
    for name in files:
        assert (one / name).read_bytes() == (other / name).read_bytes()
