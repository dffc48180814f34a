"""
Chromium for the browser tests: where it is, and how it comes to be there.

`python -m tests.chromium` installs it where it is missing: Debian's package for root on Debian, else playwright's own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# Chromium looks for Google's hosts at every start unless told not to.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def executable() -> str | None:
    """The Chromium to use: the system's, else playwright's own; None where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def install() -> None:
    """Installs Chromium; raises CalledProcessError where neither way works."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=True, env=environment)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__":
    if executable() is None:
        print("Chromium is missing; installing it for the browser tests.", flush=True)
        install()
