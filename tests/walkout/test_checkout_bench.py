import pytest

from walkout import checkout_bench
from walkout.checkout_bench import describe_checkout, measure_checkout
from walkout.errors import EvaluationError


def test_a_few_exits_are_charged_and_timed(monkeypatch):
    monkeypatch.setattr(checkout_bench, "PACED_S", 0.2)
    monkeypatch.setattr(checkout_bench, "_RECEIPTS", 2)

    cost = measure_checkout(exits=6)

    assert (cost.database, cost.exits, len(cost.answer_s), len(cost.receipt_s)) == ("sqlite", 6, 4, 2)
    assert cost.exits_per_s > 0
    assert "6 exits by 8 senders" in describe_checkout(cost)


def test_an_api_that_does_not_start_says_why(tmp_path):
    with pytest.raises(EvaluationError, match="did not start"):
        measure_checkout(exits=1, database_url=f"sqlite:///{tmp_path}/nowhere/walkout.db")
