"""
Reading a notebook (.ipynb): its cells as one text of Markdown.

Prose stays prose, code goes into fences with its language, of what code printed only short plain text is kept.
Knows nothing of fetching; links and the rest of Markdown are for `ingest.read.read_text`. Nothing is executed.
Not covered: pictures, tables and widgets among the outputs; attachments.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from tutor.errors import ReadingError

MOST_OUTPUT_LINES = 12  # of a cell; a longer output is a log
MOST_OUTPUT_LETTERS = 800
# Lines that speak to the notebook and not to a reader: magics that install or set up, and Colab's form marks.
SETUP = re.compile(
    r"^\s*(?:[!%]\s*(?:pip|conda|apt|cd|wget|load_ext|matplotlib|env)\b|#\s*@(?:title|param|markdown)\b)"
)
SHELLS = {"bash": "bash", "sh": "sh", "ruby": "ruby", "perl": "perl", "R": "r", "julia": "julia", "writefile": ""}
NO_CODE = frozenset(("html", "javascript", "js", "svg", "latex"))


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook as Markdown, and what it says of itself."""

    markdown: str
    title: str | None = None
    author: str | None = None


def is_notebook(body: bytes, content_type: str = "", path: str = "") -> bool:
    """Whether these bytes are a notebook, whatever they are called."""
    if not body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    named = "ipynb" in content_type or path.lower().endswith(".ipynb")
    return named or (b'"cells"' in body and b'"nbformat"' in body)


def read_notebook(text: str) -> Notebook:
    """
    The notebook in a file's text; also of the older form, with worksheets.

    ReadingError ("failed") when it is damaged.
    """
    try:
        notebook = json.loads(text)
        about = notebook.get("metadata") or {}
        language = _language(about)
        cells = notebook.get("cells")
        if cells is None:
            cells = [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
        parts = [part for cell in cells for part in _parts(cell, language)]
        people = [str(one["name"]) for one in about.get("authors") or [] if isinstance(one, dict) and one.get("name")]
        title = about.get("title")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReadingError("failed", "broken notebook") from error
    return Notebook("\n\n".join(parts), str(title) if title else None, ", ".join(people) or None)


def _language(about: dict[str, Any]) -> str:
    stated = (about.get("language_info") or {}).get("name") or (about.get("kernelspec") or {}).get("language")
    return str(stated or "python").lower()


def _parts(cell: dict[str, Any], language: str) -> list[str]:
    """A cell as blocks of Markdown."""
    source = _joined(cell.get("source", cell.get("input", ""))).strip("\n")
    match cell.get("cell_type"):
        case "markdown":
            return [source] if source.strip() else []
        case "heading":  # of the older form
            return [f"{'#' * int(cell.get('level', 1))} {source}"]
        case "code":
            return _code(source, language) + _outputs(cell.get("outputs") or [])
    return []


def _code(source: str, language: str) -> list[str]:
    """Code in a fence; its first line may name another language (`%%bash`). Setting up is left out."""
    if magic := re.match(r"%%(\w+)[^\n]*(?:\n|$)", source):
        if magic[1] in NO_CODE:
            return []
        language = SHELLS.get(magic[1], language)
        source = source[magic.end() :]
    lines = [line for line in source.split("\n") if not SETUP.match(line)]
    code = "\n".join(lines).strip("\n")
    return [_fenced(code, language)] if code.strip() else []


def _outputs(outputs: list[Any]) -> list[str]:
    """What a cell printed, where that is short and plain."""
    pieces = []
    for output in outputs:
        if output.get("output_type") == "stream" and output.get("name", output.get("stream")) != "stderr":
            pieces.append(_joined(output.get("text", "")))
        elif output.get("output_type") in ("execute_result", "pyout") and not _is_shown(output):
            pieces.append(_joined((output.get("data") or {}).get("text/plain", output.get("text", ""))))
    text = "\n".join(piece.strip("\n") for piece in pieces).strip("\n")
    short = text.strip() and text.count("\n") < MOST_OUTPUT_LINES and len(text) <= MOST_OUTPUT_LETTERS
    plain = "\x1b" not in text and not re.match(r"<[\w.]+(?: object)? at 0x", text)
    return [_fenced(text, "text")] if short and plain else []


def _is_shown(output: dict[str, Any]) -> bool:
    """Whether a result is more than text: of a picture or a table the text says nothing."""
    return any(kind != "text/plain" and not kind.startswith("text/latex") for kind in output.get("data") or {})


def _joined(source: Any) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _fenced(code: str, language: str) -> str:
    longest = max((len(found) for found in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"
