"""The tokenizer of a checkpoint, for all networks that read text."""

from __future__ import annotations

from pathlib import Path

from data import tokenizers
from data.tokenizers import Tokenizer
from models.checkpoint import CheckpointError


def load_tokenizer(folder: Path, vocab_size: int) -> Tokenizer:
    """The tokenizer of a checkpoint; CheckpointError unless it has ``vocab_size`` pieces."""
    try:
        tokenizer = tokenizers.load_tokenizer(folder)
    except ValueError as error:
        raise CheckpointError(str(error)) from error
    if tokenizer.vocab_size != vocab_size:
        raise CheckpointError(
            f"{folder / tokenizers.TOKENIZER_FILE} has {tokenizer.vocab_size:,} pieces, but "
            f"config.json asks for {vocab_size:,}."
        )
    return tokenizer
