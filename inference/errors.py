"""The exceptions whose message is a sentence for the person at the page or the command line."""

from __future__ import annotations

from data.errors import InputError
from models.checkpoint import CheckpointError

EXPECTED_ERRORS = (InputError, CheckpointError)
