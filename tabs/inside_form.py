"""What the views inside a network share: the form, its events, and which networks there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from inference.errors import EXPECTED_ERRORS
from inference.inside import MAX_CHARACTERS, MAX_WORDS, open_up
from inference.registry import Registry
from tabs import html
from tabs.common import AT_ONCE, PRIVATE, guarded, press, press_at_rest, sentence
from tabs.long_texts import LONG_TEXTS
from tabs.texts import inside as texts
from tabs.texts import sentiment, shared

HERE = Path(__file__).parent
FIRST = "shakespeare-lstm"  # quick to look into, and there in every copy of the repository
SENTIMENT = "sentiment"
# Of many events while one is at work only the last runs, so that typing never waits.
LOOK = {**PRIVATE, "trigger_mode": "always_last", "show_progress": "minimal"}


def script(name: str) -> str:
    """The script of a view behind what all of them share."""
    files = (HERE / "strip.js", HERE / name)
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def drawn(template: str, name: str, elem_id: str) -> gr.HTML:
    """A view that a script draws from a value, which is empty until there is one."""
    return gr.HTML(
        {}, html_template=template, js_on_load=script(name), apply_default_css=False,
        elem_id=elem_id,
    )  # fmt: skip


# ---- the networks


def task_of(registry: Registry, name: str) -> str:
    """The task of a network of text or of sentiment."""
    return SENTIMENT if name in registry.names(SENTIMENT) else "generation"


def kind_of(registry: Registry, name: str) -> str:
    """What a network was trained on, as the texts of the page name it."""
    if task_of(registry, name) == SENTIMENT:
        return SENTIMENT
    return registry.metrics(name).get("corpus", "")


def predictor(registry: Registry, name: str | None) -> Any:
    """The network of that name, FIRST or the default one without a name. CheckpointError when it
    is not there."""
    if name is None and registry.is_here(FIRST):
        name = FIRST
    return registry.load(task_of(registry, name) if name else "generation", name)


def long_text(registry: Registry, name: str) -> tuple[str, str] | None:
    """A longer text of the kind that a network was trained on, and what it is; None without one."""
    kind = kind_of(registry, name)
    if kind == SENTIMENT:
        reviews = (text for text, _, _ in sentiment.SENTIMENT_EXAMPLES.values())
        return " ".join(reviews), texts.SATURATION_SOURCES[kind]
    return (LONG_TEXTS[kind], texts.SATURATION_SOURCES[kind]) if kind in LONG_TEXTS else None


def layers(registry: Registry, name: str) -> list[tuple[str, int]]:
    """The layers of a network by their names, the top one last."""
    count = len(open_up(predictor(registry, name)).cells)
    if count == 1:
        return [(texts.LAYER_ONE, 0)]
    titles = [texts.LAYER_FIRST, *[texts.LAYER_BETWEEN] * (count - 2), texts.LAYER_LAST]
    return [(title.format(number + 1), number) for number, title in enumerate(titles)]


# ---- the form


@dataclass(frozen=True)
class Form:
    """A text, the network that reads it, one of its layers, and the button that asks."""

    text: gr.Textbox
    model: gr.Dropdown
    layer: gr.Dropdown
    look: gr.Button


def text_box(prefix: str) -> gr.Textbox:
    """Where the text is typed; it begins with an example."""
    return gr.Textbox(
        texts.INSIDE_EXAMPLES["shakespeare"], label="Your text", lines=4, max_lines=8,
        info=texts.INSIDE_BOX.format(characters=MAX_CHARACTERS, words=MAX_WORDS),
        elem_id=f"{prefix}-text",
    )  # fmt: skip


def look_button(prefix: str) -> gr.Button:
    """The button that asks."""
    return gr.Button("Look", variant="primary", elem_id=f"{prefix}-look", min_width=100)


def examples(text: gr.Textbox) -> gr.Examples:
    """Texts to begin with; the view follows by itself."""
    titles = {"Hamlet": texts.INSIDE_EXAMPLES["shakespeare"], **texts.INSIDE_OTHERS}
    return gr.Examples([[t] for t in titles.values()], [text], example_labels=list(titles),
                       label="Examples")  # fmt: skip


def form(registry: Registry, prefix: str) -> Form | None:
    """The form over all networks that can be looked into, or what is missing."""
    names = [name for task in ("generation", SENTIMENT) for name in registry.names(task)]
    if not names:
        gr.HTML(html.notes([texts.INSIDE_NONE.format(command=shared.TRAIN_CELL)]))
        return None
    first = FIRST if FIRST in names else names[0]
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=280):
            text = text_box(prefix)
        with gr.Column(scale=2, min_width=280):
            model = gr.Dropdown(
                [(_title(registry, name), name) for name in names], value=first,
                label="Network", elem_id=f"{prefix}-model",
            )  # fmt: skip
            with gr.Row(equal_height=False, elem_classes="aligned-end"):
                layer = gr.Dropdown(label="Layer", elem_id=f"{prefix}-layer", min_width=150)
                look = look_button(prefix)
    examples(text)
    return Form(text, model, layer, look)


def _title(registry: Registry, name: str) -> str:
    title = shared.MODEL_TITLES.get(name, name)
    return f"Film reviews: {title}" if task_of(registry, name) == SENTIMENT else title


def wire(
    registry: Registry, shown: Form, frames: Callable[..., Iterator[tuple[Any, ...]]],
    status: gr.HTML, views: Sequence[gr.HTML],
) -> None:  # fmt: skip
    """Let ``frames`` (text, name, layer) answer the form into (status, *views), again whenever it
    changes; the layers and, unless the visitor wrote one, the text follow the network."""

    def answered(text: str, name: str, layer: int | None) -> Iterator[tuple[Any, ...]]:
        choices = layers(registry, name)
        if layer not in range(len(choices)):
            layer = len(choices) - 1
        for told, *rest in frames(text or "", name, layer):
            yield told, gr.Dropdown(choices, value=layer), *rest

    inputs = [shown.text, shown.model, shown.layer]
    listen(shown.look, shown.text, answered, inputs, [status, shown.layer, *views])
    shown.layer.input(**press(shown.look))
    example = guarded(lambda name, text: _example(registry, name, text))
    moved = shown.model.input(example, [shown.model, shown.text], shown.text, **AT_ONCE)
    moved.then(**press(shown.look))


def listen(
    look: gr.Button, text: gr.Textbox, frames: Callable[..., Iterator[tuple[Any, ...]]],
    inputs: Sequence[Any], outputs: Sequence[Any],
) -> None:  # fmt: skip
    """Let ``frames`` answer ``inputs`` into ``outputs``, a status line first: by the button, by
    Enter, or when the text has rested."""
    handler = told(frames, len(outputs) - 1)
    look.click(handler, inputs, outputs, **LOOK, show_progress_on=outputs[0])
    text.submit(**press(look))
    press_at_rest(text, look)


def told(
    frames: Callable[..., Iterator[tuple[Any, ...]]], others: int
) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """``frames`` with their expected errors as the status, above the ``others``, which stay."""

    def wrapper(*values: Any) -> Iterator[tuple[Any, ...]]:
        try:
            yield from frames(*values)
        except EXPECTED_ERRORS as error:
            yield html.notes([str(error)]), *[gr.skip()] * others
        except Exception as error:
            raise sentence(error) from error

    return wrapper


def _example(registry: Registry, name: str, text: str) -> Any:
    """An example for another network, in place of an example for others; else nothing new."""
    example = texts.INSIDE_EXAMPLES.get(kind_of(registry, name))
    return example if example and text in texts.INSIDE_EXAMPLES.values() else gr.skip()
