"""What the terminal's commands share: JSON as it is printed, a day as it is written, and a quick end."""

import json
import os
import sys
from datetime import date
from typing import Any, NoReturn

from tutor.errors import BadInput


def print_json(value: Any) -> None:
    """Prints one JSON document."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def leave(code: int) -> NoReturn:
    """Ends this process once all is closed: taking apart what it has imported would take most of a second."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def day(written: str) -> date:
    """The day of "2026-03-30". Raises BadInput for what is none."""
    try:
        return date.fromisoformat(written.strip())
    except ValueError as error:
        raise BadInput(f"{written!r} is no date. Write the day as 2026-03-30.") from error
