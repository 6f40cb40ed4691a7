"""Command-line flags from frozen dataclasses, so that a default stands in one place only."""

from __future__ import annotations

import argparse
import dataclasses
import types
import typing
from collections.abc import Sequence
from typing import Any


def option(default: Any, text: str, choices: Sequence[str] | None = None) -> Any:
    """A dataclass field with a default, a line of help (with its unit), and perhaps its choices."""
    metadata = {"help": text}
    if choices is not None:
        metadata["choices"] = tuple(choices)
    return dataclasses.field(default=default, metadata=metadata)


def parse_flags(argv: Sequence[str] | None, *config_classes: type, description: str) -> tuple:
    """One instance of each dataclass, with the fields that ``argv`` names replaced.

    A field ``learning_rate: float`` is the flag ``--learning-rate`` (or ``--learning_rate``); a
    bool has ``--x`` and ``--no-x``. Fields with ``metadata["help"]`` only: others are not for the
    command line. Ends the process with a message on a bad flag or on a value that a config refuses.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    for config_class in config_classes:
        group = parser.add_argument_group(config_class.__name__)
        hints = typing.get_type_hints(config_class)
        for field in _flag_fields(config_class):
            _add_flag(group, field, hints[field.name])
    values = vars(parser.parse_args(argv))
    try:
        return tuple(
            config_class(**{field.name: values[field.name] for field in _flag_fields(config_class)})
            for config_class in config_classes
        )
    except ValueError as error:
        parser.error(str(error))


def to_argv(*configs: Any) -> list[str]:
    """The flags that give these dataclasses again, every one of them, so that a default which
    changes later changes nothing. None cannot be said by a flag, and is the default where it is
    allowed."""
    argv = []
    for config in configs:
        for field in _flag_fields(type(config)):
            name, value = field.name.replace("_", "-"), getattr(config, field.name)
            if isinstance(value, bool):
                argv.append(f"--{name}" if value else f"--no-{name}")
            elif value is not None:
                argv.append(f"--{name}={value}")
    return argv


def _flag_fields(config_class: type) -> list[dataclasses.Field]:
    return [field for field in dataclasses.fields(config_class) if "help" in field.metadata]


def _add_flag(group: argparse._ArgumentGroup, field: dataclasses.Field, hint: Any) -> None:
    text = field.metadata["help"].replace("%", "%%")
    names = dict.fromkeys((f"--{field.name.replace('_', '-')}", f"--{field.name}"))
    if hint is bool:
        action = argparse.BooleanOptionalAction
        group.add_argument(*names, dest=field.name, action=action, default=field.default, help=text)
        return
    kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
    kind = kinds[0] if isinstance(hint, types.UnionType) else hint
    group.add_argument(
        *names,
        dest=field.name,
        type=kind,
        default=field.default,
        choices=field.metadata.get("choices"),
        help=text,
    )
