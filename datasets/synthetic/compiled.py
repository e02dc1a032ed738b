"""How inner loops are compiled: by numba, kept on disk where there is a folder for it."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(*, fast: bool = True, inline: str = "never") -> Callable[[Function], Function]:
    """Compile a function on its first call; other threads may run meanwhile.

    The machine code is kept beside the source, in `NUMBA_CACHE_DIR` or in the user's cache folder, whichever
    can be written first; where none can, every process compiles anew (about 20 s).

    Args:
        fast: Let the compiler reorder sums.
        inline: `"always"` to copy the function into its callers.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": fast, "inline": inline}

    def decorate(function: Function) -> Function:
        try:
            machine_code = numba.njit(cache=True, **options)(function)
        except RuntimeError:  # no folder can be written
            machine_code = numba.njit(**options)(function)
        return cast(Function, machine_code)

    return decorate
