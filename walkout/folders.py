"""Folders for results: made before the work starts, so that a long run does not end at a closed door."""

from pathlib import Path

from walkout.errors import OutputError


def result_folder(path: Path) -> Path:
    """Make the folder and check that files can be written in it.

    Raises:
        OutputError: If not.
    """
    probe = path / ".writable"
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}); choose another --out") from error
    return path
