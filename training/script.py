"""How every script of the training ends when it was given what it cannot use."""

from __future__ import annotations

import sys
from collections.abc import Callable

from data.errors import InputError, SourceError
from models.checkpoint import CheckpointError
from training.run_state import StateError


def run_script(main: Callable[[], object]) -> None:
    """Run a script: what it was given and cannot use is one sentence on standard error, and exit
    code 2."""
    try:
        main()
    except (InputError, SourceError, CheckpointError, StateError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
