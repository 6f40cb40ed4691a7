"""The system's Chromium, as the browser tests and the pictures of the README start it."""

from __future__ import annotations

import shutil

CHROMIUM = shutil.which("chromium")  # None where it is not installed
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip
