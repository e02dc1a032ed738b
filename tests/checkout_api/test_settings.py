"""Settings: no public secret outside the demo, no demo outside this computer."""

import pytest
from pydantic import ValidationError

from checkout_api.errors import SettingsError
from checkout_api.settings import Settings, read_settings

SECRETS = ("TOKEN_SECRET", "ENTRY_KEY_SEED", "GATE_KEY", "STORE_COMPUTER_KEY", "MANAGER_PASSWORD")


@pytest.fixture
def environment(monkeypatch):
    for name in SECRETS:
        monkeypatch.setenv(f"WALKOUT_{name}", f"{name.lower()}-0123456789-0123456789-0123456789")
    return monkeypatch


def test_real_secrets_come_from_the_environment(environment):
    environment.setenv("WALKOUT_STORE_NAME", "Corner shop")

    assert read_settings().store_name == "Corner shop"
    assert read_settings(host="0.0.0.0", port=81).port == 81  # noqa: S104  # allowed outside the demo


@pytest.mark.parametrize("name", SECRETS)
def test_a_missing_secret_is_named(environment, name):
    environment.delenv(f"WALKOUT_{name}")

    with pytest.raises(SettingsError, match=f"WALKOUT_{name} is not set"):
        read_settings()


@pytest.mark.parametrize("name", SECRETS)
def test_a_short_secret_is_named_and_not_repeated(environment, name):
    environment.setenv(f"WALKOUT_{name}", "hunter2")

    with pytest.raises(SettingsError, match=f"WALKOUT_{name} is too short") as error:
        read_settings()
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WALKOUT_PORT", "many"),
        ("WALKOUT_PORT", "70000"),
        ("WALKOUT_DATABASE_URL", "mysql://x"),
        ("WALKOUT_DATABASE_URL", "sqlite://"),
        ("WALKOUT_CURRENCY", "euro"),
        ("WALKOUT_ENTRY_KEY_ID", "256"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(environment, variable, value):
    environment.setenv(variable, value)

    with pytest.raises(SettingsError, match=f"^settings: {variable}: ") as error:
        read_settings()
    assert "\n" not in str(error.value)


def test_the_demo_needs_no_secret_and_stays_on_this_computer():
    assert Settings(demo=True).host == "127.0.0.1"
    with pytest.raises(ValidationError, match="must not listen on"):
        Settings(demo=True, host="0.0.0.0")  # noqa: S104  # what is refused


def test_secrets_are_not_shown():
    assert "demo-only" not in repr(Settings(demo=True))
