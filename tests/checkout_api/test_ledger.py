"""Every movement of money balances."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_api.charges import share
from checkout_api.ledger import Entry, LedgerAccount, charge_entries, is_balanced, refund_entries

movements = st.integers(1, 10**12).flatmap(lambda amount: st.tuples(st.just(amount), st.integers(0, amount)))


def test_a_charge_is_owed_to_sales_and_to_the_tax_office():
    assert charge_entries(119, 19) == [
        Entry(LedgerAccount.PROVIDER_CLEARING, 119),
        Entry(LedgerAccount.SALES, -100),
        Entry(LedgerAccount.TAX_PAYABLE, -19),
    ]


@given(movements)
def test_debits_equal_credits(movement):
    assert is_balanced(charge_entries(*movement))
    assert is_balanced(refund_entries(*movement))


@given(movements)
def test_a_refund_undoes_its_charge(movement):
    pairs = zip(charge_entries(*movement), refund_entries(*movement), strict=True)

    assert all(charge.account is refund.account for charge, refund in pairs)
    assert sum(entry.amount_minor for entry in charge_entries(*movement) + refund_entries(*movement)) == 0


@given(movements, st.lists(st.fractions(0, 1), max_size=8))
def test_refunds_in_parts_give_back_the_whole_tax_and_never_more(movement, cuts):
    amount, tax = movement
    for cut in [*cuts, 1]:
        part = int(amount * cut)
        if part == 0:
            continue
        part_tax = share(tax, part, amount)
        assert 0 <= part_tax <= min(part, tax)
        amount, tax = amount - part, tax - part_tax

    assert (amount, tax) == (0, 0)


@pytest.mark.parametrize(("amount", "tax"), [(0, 0), (-1, 0), (5, 6), (5, -1)])
def test_what_cannot_be_is_not_posted(amount, tax):
    with pytest.raises(ValueError, match="cannot post"):
        charge_entries(amount, tax)
