"""`python -m ui`: the tutor in the browser."""

import argparse
import sys
from pathlib import Path

from tutor.errors import TutorError
from ui.terminal import leave


def main(arguments: list[str] | None = None) -> int:
    """Runs until it is interrupted; returns 1 with one line where it cannot."""
    parser = argparse.ArgumentParser(
        prog="python -m ui", description="Opens the tutor in the browser.", allow_abbrev=False
    )
    parser.add_argument("--port", type=int, help="default: 7860, or a free one where that is taken")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--via", metavar="TEMPLATE", help='fetch pages through another address, "http://host/{url}"')
    parser.add_argument("--share-on-lan", action="store_true", help="let others on the network use it, with a password")
    parser.add_argument("--password-file", type=Path, help="the password is its first line; default: asked for")
    named = parser.parse_args(arguments)
    try:
        from tutor import settings
        from ui import sharing
        from ui.app import launch

        if named.password_file and not named.share_on_lan:
            parser.error("--password-file goes with --share-on-lan")
        given = settings.load()
        password = sharing.chosen(named.password_file) if named.share_on_lan else None
        launch(given, named.port, not named.no_browser, via=named.via, password=password)
    except TutorError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before there was anything to close
        return 130
    return 0


if __name__ == "__main__":
    leave(main())
