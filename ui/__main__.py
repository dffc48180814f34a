"""`python -m ui`: the tutor in the browser."""

import argparse
import sys

from tutor.errors import TutorError
from ui.terminal import leave


def main(arguments: list[str] | None = None) -> int:
    """Runs until it is interrupted; returns 1 with one line where it cannot."""
    parser = argparse.ArgumentParser(prog="python -m ui", description="Opens the tutor in the browser.")
    parser.add_argument("--port", type=int, help="default: 7860, or a free one where that is taken")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--via", metavar="TEMPLATE", help='fetch pages through another address, "http://host/{url}"')
    named = parser.parse_args(arguments)
    try:
        from tutor import settings
        from ui.app import launch

        launch(settings.load(), named.port, not named.no_browser, via=named.via)
    except TutorError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before there was anything to close
        return 130
    return 0


if __name__ == "__main__":
    leave(main())
