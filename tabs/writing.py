"""Write: a prompt in, a text that streams out and can be stopped and continued.

The visitor's text lives in their session as a Draft, and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from inference.errors import InputError
from inference.own_text import Shelf
from inference.predictions import Generation
from inference.registry import Registry
from inference.streaming import bursts
from inference.writing import Bookmark, Writer
from tabs import settings, surprise, text_html
from tabs.common import AT_ONCE, about, press, wire_stream
from tabs.settings import TASK
from tabs.sheet import sheet
from tabs.texts import text as texts

ALTERNATIVES = 5  # what else was likely, at each place
MAX_DRAFT = 20_000  # characters on one sheet, so that the browser stays quick


@dataclass(frozen=True)
class Draft:
    """A text so far: what was written by all presses together, ``lines`` as the sheet draws it, in
    how many ``seconds``, and the ``bookmark`` from where it goes on."""

    generation: Generation
    lines: str
    seconds: float
    bookmark: Bookmark


@dataclass(frozen=True)
class WritingForm:
    """What another tab needs to let a network write here."""

    model: gr.Dropdown
    prompt: gr.Textbox
    generate: gr.Button


def build(registry: Registry, own: gr.State) -> WritingForm:
    """Add the form, the sheet and their events to the Blocks context; ``own`` holds the visitor's
    own network, or None."""
    names = registry.names(TASK)
    gr.Markdown(texts.TEXT_INTRO)
    with gr.Row():
        with gr.Column(scale=4, min_width=300):
            model, prompt = _task(registry, names, own)
            generate, stop, resume = _buttons()
        with gr.Column(scale=5, min_width=300):
            page = sheet("text-output", empty=texts.TEXT_EMPTY)
            status = gr.HTML(elem_id="text-status")
    with gr.Row():
        with gr.Column(min_width=280):
            length = settings.length_slider("text")
            temperature = settings.temperature_slider("text")
        with gr.Column(min_width=280):
            top_k, top_p = settings.cut_sliders("text")
        with gr.Column(min_width=280):
            seed, keep = settings.seed_controls("text")
    chosen = _examples(registry, names, [model, prompt, length, temperature])

    draft, style = gr.State(None), [length, temperature, top_k, top_p]
    wire_stream(
        {
            generate: (
                lambda own, *v: written(Shelf(registry, own), *v),
                [own, model, prompt, *style, seed, keep],
            ),
            resume: (lambda own, *v: continued(Shelf(registry, own), *v), [own, draft, *style]),
        },
        stop,
        [page, status, draft, seed],
        lambda own, last: finished(Shelf(registry, own), last),
        [own, draft],
    )
    prompt.submit(**press(generate))
    if chosen is not None:
        chosen.then(**press(generate))
    return WritingForm(model, prompt, generate)


def _task(registry: Registry, names: list[str], own: gr.State) -> tuple[gr.Dropdown, gr.Textbox]:
    """Which network, what is known of it, and the prompt, which follows the network's corpus."""
    model = settings.model_choice(names, "text-model")
    known = gr.HTML(
        about(registry, TASK, names[0] if names else None, text_html.facts), elem_id="text-about"
    )
    prompt = gr.Textbox(
        texts.FIRST_PROMPTS["shakespeare"], label="Prompt", lines=5, max_lines=8,
        elem_id="text-prompt",
        placeholder="Where the network shall begin; empty is a fresh line.",
    )  # fmt: skip
    model.change(
        lambda own, name, text: (
            about(Shelf(registry, own), TASK, name, text_html.facts),
            _fitting_prompt(Shelf(registry, own), name, text),
        ),
        [own, model, prompt], [known, prompt], **AT_ONCE,
    )  # fmt: skip
    return model, prompt


def _buttons() -> tuple[gr.Button, gr.Button, gr.Button]:
    """Generate, Stop and Continue."""
    with gr.Row():
        return (
            gr.Button("Generate", variant="primary", elem_id="text-generate", min_width=100),
            gr.Button("Stop", interactive=False, elem_id="text-stop", min_width=80),
            gr.Button("Continue", interactive=False, elem_id="text-continue", min_width=100),
        )


def _examples(
    registry: Registry, names: list[str], inputs: list[gr.components.Component]
) -> gr.events.Dependency | None:
    """The examples that some network here can write; the event of choosing one."""
    rows = {
        label: [settings.of_corpus(registry, names, corpus), *rest]
        for label, (corpus, *rest) in texts.TEXT_EXAMPLES.items()
    }
    rows = {label: row for label, row in rows.items() if row[0] is not None}
    if not rows:
        return None
    return gr.Examples(
        list(rows.values()), inputs, example_labels=list(rows), label="Examples"
    ).load_input_event


def _fitting_prompt(shelf: Shelf, name: str, prompt: str) -> str:
    """The first prompt of the model's corpus in place of another corpus's; the visitor's own words
    stay."""
    if prompt not in texts.FIRST_PROMPTS.values():
        return prompt
    if (own := shelf.prompt(name)) is not None:
        return own
    return texts.FIRST_PROMPTS.get(shelf.metrics(name).get("corpus"), prompt)


def written(
    shelf: Shelf, name: str, prompt: str, length: int, temperature: float, top_k: int,
    top_p: float, seed: float | None, keep: bool,
) -> Iterator[tuple]:  # fmt: skip
    """Frames of a new text."""
    writer = shelf.load(TASK, name).write(
        prompt or "", length, temperature, settings.seed_to_use(seed, keep), top_k, top_p,
        alternatives=ALTERNATIVES,
    )  # fmt: skip
    begun = writer.result()
    lines = surprise.head_line(begun.model, begun.prompt, follow=True)
    yield from _stream(shelf, writer, Draft(begun, lines, 0.0, writer.bookmark()))


def continued(
    shelf: Shelf, draft: Draft | None, length: int, temperature: float, top_k: int,
    top_p: float,
) -> Iterator[tuple]:  # fmt: skip
    """Frames of a text that goes on where it ended, by the network that began it."""
    if draft is None:
        raise InputError(texts.NO_DRAFT)
    count = len(draft.generation.text)
    if count + length > MAX_DRAFT:
        raise InputError(texts.TOO_LONG_TO_CONTINUE.format(count=count, limit=MAX_DRAFT))
    writer = shelf.load(TASK, draft.generation.model).resume(
        draft.bookmark, length, temperature, top_k, top_p, alternatives=ALTERNATIVES
    )
    yield from _stream(shelf, writer, draft)


def _stream(shelf: Shelf, writer: Writer, begun: Draft) -> Iterator[tuple[str, str, Draft, int]]:
    """Frames of (sheet, status, draft, seed) of what ``writer`` adds to a draft; the last one has
    the whole text."""
    name = begun.generation.model
    author = text_html.author(name, shelf.metrics(name))
    started = time.monotonic()
    frame = begun
    for burst in bursts(writer):
        frame = Draft(
            _joined(begun.generation, writer.result()),
            frame.lines + surprise.piece_lines(burst),
            begun.seconds + time.monotonic() - started,
            writer.bookmark(),
        )
        told = author + text_html.status(frame.generation, frame.seconds, finished=False)
        yield frame.lines, told, frame, frame.generation.seed
    yield finished(shelf, frame)


def _joined(first: Generation, second: Generation) -> Generation:
    """What two Writers wrote, the second going on where the first ended."""
    count = len(first.text) + len(second.text)
    bits = first.bits_per_char * len(first.text) + second.bits_per_char * len(second.text)
    return replace(
        first,
        text=first.text + second.text,
        pieces=first.pieces + second.pieces,
        bits_per_char=bits / count if count else 0.0,
        notes=second.notes,
    )


def finished(shelf: Shelf, draft: Draft | None) -> tuple[Any, ...]:
    """The last frame, which also tells what is copied; nothing changes without a text."""
    if draft is None:
        return (gr.skip(),) * 4
    generation = draft.generation
    copying = shelf.load(TASK, generation.model).copying(generation.text)
    said = text_html.copying_sentence(copying, generation.model)
    page = draft.lines + surprise.foot_line(generation.pieces, copying, said)
    author = text_html.author(generation.model, shelf.metrics(generation.model))
    told = author + text_html.status(generation, draft.seconds, finished=True)
    return page, told, draft, generation.seed
