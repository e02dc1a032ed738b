"""What a store file says of the store's own confidence reaches everything that runs the store."""

from dataclasses import replace
from pathlib import Path

import pytest

from cart_tracker.confidence import ASSUMED, settings_text
from cart_tracker.errors import CalibrationFileError
from vision.settings import StoreSettings, read_settings
from walkout.store import confidence_of

DEMO = Path(__file__).parents[2] / "recordings" / "demo"


@pytest.fixture
def settings() -> StoreSettings:
    return read_settings(DEMO)


def test_a_store_that_was_not_calibrated_uses_the_assumed_confidence(settings):
    assert confidence_of(replace(settings, confidence_path=None)) == ASSUMED


def test_a_store_uses_the_confidence_that_was_fitted_for_it(settings, tmp_path):
    fitted = replace(ASSUMED, basket_from=0.9)
    (tmp_path / "confidence.json").write_text(settings_text(fitted))

    assert confidence_of(replace(settings, confidence_path=tmp_path / "confidence.json")) == fitted


def test_a_confidence_file_that_is_missing_is_named_with_how_to_make_it(settings, tmp_path):
    with pytest.raises(CalibrationFileError, match=r"nowhere.json .* walkout evaluate --calibrate"):
        confidence_of(replace(settings, confidence_path=tmp_path / "nowhere.json"))
