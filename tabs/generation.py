"""The text tab: a prompt in, a text that streams out."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr

from inference.generation import MAX_NEW_TOKENS, MAX_SEED
from inference.registry import Registry
from tabs import html, texts
from tabs.common import NETWORK, about, guarded, guarded_stream

TASK = "generation"
FRAME_SECONDS = 0.08  # 12 frames a second: more would make the browser the bottleneck
# For events that only rearrange the page.
AT_ONCE = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def build(registry: Registry) -> None:
    """Add the tab's components and events to the Blocks context."""
    names = registry.names(TASK)
    gr.Markdown(texts.TEXT_INTRO)
    with gr.Row():
        with gr.Column(scale=4, min_width=320):
            settings = _settings(names)
            model, prompt = settings[:2]
            with gr.Row():
                generate = gr.Button("Generate", variant="primary", elem_id="text-generate")
                stop = gr.Button("Stop", interactive=False, elem_id="text-stop")
        with gr.Column(scale=5, min_width=320):
            output = gr.Textbox(
                label="Text", lines=19, max_lines=19, interactive=False, elem_id="text-output",
                placeholder="The text appears here, character by character.",
            )  # fmt: skip
            status = gr.HTML(elem_id="text-status")
    known = gr.HTML(
        about(registry, TASK, names[0] if names else None, html.generation_facts),
        elem_id="text-about",
    )
    examples = {label: row for label, row in texts.TEXT_EXAMPLES.items() if row[0] in names}
    if examples:
        gr.Examples(
            list(examples.values()), settings, example_labels=list(examples), label="Examples"
        )

    _wire_writing(registry, settings, [output, status], generate, stop)
    model.change(
        lambda name, text: (
            about(registry, TASK, name, html.generation_facts),
            _fitting_prompt(registry, name, text),
        ),
        [model, prompt], [known, prompt], **AT_ONCE,
    )  # fmt: skip
    gr.api(guarded(_api(registry)), api_name="generate", **NETWORK)


def _settings(names: list[str]) -> list[gr.components.Component]:
    """Model, prompt, length, temperature and seed, as the visitor sets them."""
    model = gr.Dropdown(
        [(texts.MODEL_TITLES.get(name, name), name) for name in names],
        value=names[0] if names else None, label="Model", elem_id="text-model",
    )  # fmt: skip
    prompt = gr.Textbox(
        texts.FIRST_PROMPTS["shakespeare"], label="Prompt", lines=3, max_lines=8,
        elem_id="text-prompt", placeholder="Where the network shall begin; empty is a fresh line.",
    )  # fmt: skip
    with gr.Row():
        length = gr.Slider(
            50, 2000, 400, step=50, label="Length", elem_id="text-length", info=texts.LENGTH_HELP
        )
        temperature = gr.Slider(
            0, 1.5, 0.8, step=0.05, label="Temperature", elem_id="text-temperature",
            info=texts.TEMPERATURE_HELP,
        )  # fmt: skip
    with gr.Row(elem_classes="aligned-end"):
        seed = gr.Number(
            1, label="Seed", precision=0, minimum=0, maximum=MAX_SEED, elem_id="text-seed",
            info=texts.SEED_HELP, scale=3,
        )  # fmt: skip
        new_seed = gr.Button("New seed", elem_id="text-new-seed", scale=1, min_width=110)
    new_seed.click(lambda: random.randrange(1_000_000), outputs=seed, **AT_ONCE)
    return [model, prompt, length, temperature, seed]


def _wire_writing(
    registry: Registry,
    settings: list[gr.components.Component],
    outputs: list[gr.components.Component],
    generate: gr.Button,
    stop: gr.Button,
) -> None:
    """Generate streams into ``outputs``, Stop ends it; only one of the two can be pressed."""
    buttons = [generate, stop]

    def idle() -> tuple[Any, Any]:
        return gr.Button(interactive=True), gr.Button(interactive=False)

    def busy() -> tuple[Any, Any]:
        return gr.Button(interactive=False), gr.Button(interactive=True)

    writing = generate.click(busy, outputs=buttons, **AT_ONCE).then(
        guarded_stream(lambda *values: _stream(registry, *values)),
        settings,
        outputs,
        api_visibility="private",
        show_progress="hidden",
        concurrency_id="writing",
        concurrency_limit=10,
    )
    writing.then(idle, outputs=buttons, **AT_ONCE)
    writing.failure(idle, outputs=buttons, **AT_ONCE)  # after an error, then() does not run
    stop.click(idle, outputs=buttons, cancels=[writing], **AT_ONCE)


def _fitting_prompt(registry: Registry, name: str, prompt: str) -> str:
    """The first prompt of the model's corpus in place of another corpus's; the visitor's own words
    stay."""
    if prompt not in texts.FIRST_PROMPTS.values():
        return prompt
    return texts.FIRST_PROMPTS.get(registry.metrics(name).get("corpus"), prompt)


def _stream(
    registry: Registry, name: str, prompt: str, length: int, temperature: float, seed: float | None
) -> Iterator[tuple[str, str]]:
    """Frames of (text so far, status), at most one every FRAME_SECONDS, the last one always."""
    generator = registry.load(TASK, name)
    writer = generator.write(prompt or "", length, temperature, seed if seed is not None else 0)
    started = shown = time.monotonic()
    characters = [prompt or ""]
    for character in writer:
        characters.append(character)
        now = time.monotonic()
        if now - shown >= FRAME_SECONDS:
            shown = now
            yield "".join(characters), html.generation_status(writer.result(), now - started, False)
    seconds = time.monotonic() - started
    yield "".join(characters), html.generation_status(writer.result(), seconds, True)


def _api(registry: Registry) -> Any:
    def generate(
        prompt: str = "",
        model: str | None = None,
        max_new_tokens: int = 400,
        temperature: float = 0.8,
        seed: int = 1,
    ) -> dict:
        return (
            registry.load(TASK, model).generate(prompt, max_new_tokens, temperature, seed).to_json()
        )

    generate.__doc__ = (
        "Let a network go on where a prompt ends: prompt, text, seed, model, bits_per_char. "
        f"At most {MAX_NEW_TOKENS:,} characters; temperature 0 is greedy."
    )
    return generate
