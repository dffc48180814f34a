"""What a browser keeps as a file: its name and headers."""

import re
from urllib.parse import quote

LONGEST_NAME = 80  # characters: some file systems take no more than 255 bytes


def attachment(title: str, extension: str, otherwise: str) -> dict[str, str]:
    """The headers of a file named after `title`, or `otherwise` where no letter of that can be in a name."""
    words = " ".join(re.sub(r"[^\w .-]", " ", title).split())
    name = words[:LONGEST_NAME].strip(". ") or otherwise
    return {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}.{extension}",
        "cache-control": "no-store",
    }
