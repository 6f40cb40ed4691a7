"""How the page looks: theme and style sheet. System fonts, nothing from an outside host."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]

THEME = gr.themes.Base(
    primary_hue=gr.themes.colors.indigo,
    neutral_hue=gr.themes.colors.slate,
    font=SANS,
    font_mono=MONO,
    radius_size=gr.themes.sizes.radius_md,
).set(
    button_primary_background_fill="*primary_600",
    button_primary_background_fill_hover="*primary_700",
    button_primary_text_color="white",
    button_secondary_background_fill="*neutral_100",
    button_secondary_background_fill_dark="*neutral_700",
    body_text_color_subdued="*neutral_600",  # the default grey is too faint on white
    body_text_color_subdued_dark="*neutral_400",
    block_info_text_color="*neutral_600",
    block_info_text_color_dark="*neutral_400",
    block_label_text_color="*neutral_600",
    block_label_text_color_dark="*neutral_300",
)

STYLES = (
    "style", "moving", "sheet", "own_text", "sentiment", "reviews", "forecast", "translation",
    "inside", "flow", "path", "gradient_check", "memory",
)  # fmt: skip
CSS_FILES = [Path(__file__).with_name(f"{name}.css") for name in STYLES]

# Gradio hides the button on a phone, though the foot of the page names it. Style files reach no
# footer: Gradio puts a prefix before their selectors.
FOOTER = """<style>@media (width <= 640px) {
  footer .show-api, footer .show-api-divider { display: flex !important }
}</style>"""

# What app.py hands to launch(); the tests serve the page with the same.
LAUNCH = {
    "theme": THEME,
    "css_paths": CSS_FILES,
    "footer_links": ["api", "settings"],
    "head": FOOTER,
    "run_history": False,
}
