"""Base45, against the examples of RFC 9285."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_api import base45


@pytest.mark.parametrize(
    ("data", "text"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581")]
)
def test_the_examples_of_the_standard(data, text):
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@given(st.binary(max_size=100))
def test_decoding_undoes_encoding(data):
    assert base45.decode(base45.encode(data)) == data


@pytest.mark.parametrize("text", ["GGW", "A", "ab8", "::"])
def test_other_text_is_refused(text):
    with pytest.raises(ValueError, match="base45"):
        base45.decode(text)
