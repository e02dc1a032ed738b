"""The picture in the README is the picture in the code."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def test_every_import_contract_is_kept() -> None:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"

    finished = subprocess.run(  # noqa: S603  # our own interpreter, a constant command
        [sys.executable, "-c", command], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )

    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize("name", ["vision", "cart_tracker", "checkout_api", "models", "walkout.cli"])
def test_running_a_store_loads_no_training_library(name: str) -> None:
    command = f"import {name}, sys; print(sorted({{'torch', 'ultralytics', 'numba'}} & set(sys.modules)))"

    finished = subprocess.run(  # noqa: S603  # our own interpreter, a constant command
        [sys.executable, "-c", command], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )

    assert finished.stdout.strip() == "[]"
