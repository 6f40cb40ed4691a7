"""The exceptions whose message is one sentence for a person."""

from __future__ import annotations


class InputError(ValueError):
    """What a person gave cannot be used.

    ``str(error)`` is one clear sentence for that person, which says what to do; the page, the
    command line and the web API show it as it is.
    """


class SourceError(OSError):
    """Raw data cannot be had or is not what it should be."""
