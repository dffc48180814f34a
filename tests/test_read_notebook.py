"""Notebooks: prose, code with its language, short outputs; wherever they come from."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.fetch import Fetched, Fetcher
from ingest.pipeline import Address, Pipeline, addresses
from ingest.read import read
from ingest.read_notebook import is_notebook, read_notebook
from tests.mirror import Reply, website
from tutor.encoder import LettersEncoder
from tutor.errors import ReadingError
from tutor.library import Library
from tutor.vectors import ExactIndex

PROSE = "A gradient says in which direction a function grows; a small step against it makes the loss smaller. "


def markdown(*lines: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": [line + "\n" for line in lines]}


def code(source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": source, "outputs": list(outputs)}


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def result(**data: str) -> dict[str, Any]:
    return {"output_type": "execute_result", "data": {kind.replace("_", "/"): text for kind, text in data.items()}}


def notebook(*cells: dict[str, Any], **about: Any) -> str:
    return json.dumps({"cells": list(cells), "metadata": about, "nbformat": 4, "nbformat_minor": 5})


def test_cells_become_markdown_in_order() -> None:
    text = notebook(markdown("# Descent", PROSE), code("x = 1\nif x:\n    print(x)", stream("1\n")), markdown("Done."))
    assert read_notebook(text).markdown == (
        f"# Descent\n{PROSE}\n\n```python\nx = 1\nif x:\n    print(x)\n```\n\n```text\n1\n```\n\nDone."
    )


def test_code_has_the_language_of_its_cell() -> None:
    cells = (code("f <- 1"), code("%%bash\nls"), code("%%time\ng <- 2"), code("%%html\n<b>x</b>"), code("```\n"))
    text = read_notebook(notebook(*cells, language_info={"name": "R"})).markdown
    assert text == "```r\nf <- 1\n```\n\n```bash\nls\n```\n\n```r\ng <- 2\n```\n\n````r\n```\n````"
    assert read_notebook(notebook(code("1"), kernelspec={"language": "julia"})).markdown.startswith("```julia")


def test_setting_up_is_left_out_and_indentation_is_not() -> None:
    text = read_notebook(notebook(code("!pip install x\n%matplotlib inline\n    \ndef f():\n\treturn 1"))).markdown
    assert "pip" not in text
    assert "def f():\n\treturn 1" in text
    assert read_notebook(notebook(code("!pip install x"))).markdown == ""


def test_only_short_plain_outputs_are_kept() -> None:
    kept = read_notebook(notebook(code("a", stream("1\n"), result(text_plain="array([2])")))).markdown
    assert "```text\n1\narray([2])\n```" in kept
    left_out = (
        stream("line\n" * 40),
        stream("x" * 2000),
        stream("careful", "stderr"),
        result(text_plain="<Figure>", image_png="AAAA"),
        result(text_plain="   a  b", text_html="<table></table>"),
        result(text_plain="<module.Thing object at 0x7f00>"),
        stream("\x1b[31mred\x1b[0m"),
        {"output_type": "error", "ename": "E", "traceback": ["t"]},
    )
    for output in left_out:
        assert read_notebook(notebook(code("a", output))).markdown == "```python\na\n```"


def test_older_notebooks_are_read_too() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Part"},
        {"cell_type": "code", "input": ["x = 1"], "outputs": [{"output_type": "pyout", "text": ["1"]}]},
    ]
    old = json.dumps({"worksheets": [{"cells": cells}], "metadata": {}, "nbformat": 3})
    assert read_notebook(old).markdown == "## Part\n\n```python\nx = 1\n```\n\n```text\n1\n```"


@pytest.mark.parametrize("text", ["{", "{}", '{"cells": 1}', '{"cells": [1]}', '{"cells": [{"cell_type": "code"}, 2]}'])
def test_a_broken_notebook_says_so(text: str) -> None:
    with pytest.raises(ReadingError, match="broken notebook"):
        read_notebook(text)


def test_a_notebook_is_known_by_its_bytes() -> None:
    body = notebook(markdown(PROSE)).encode()
    assert is_notebook(body, "text/plain", "/x")
    assert is_notebook(b"{", "application/x-ipynb+json")
    assert is_notebook(b"{", "", "/a/B.ipynb")
    assert not is_notebook(b'{"a": 1}', "application/json", "/a.json")
    assert not is_notebook(b"<html>", "", "/a.ipynb")


def test_a_page_has_title_authors_and_links() -> None:
    cells = (
        markdown("# On [steps](steps.md)", PROSE * 3, "See [*more*](https://b.test/)."),
        code("x = '<p>'"),
    )
    body = notebook(*cells, authors=[{"name": "A. Field"}, {"name": "B. Hill"}]).encode()
    url = "https://raw.githubusercontent.com/o/r/main/a/n.ipynb"
    page = read(Fetched(url, url, 200, "text/plain; charset=utf-8", body))
    assert (page.title, page.author, page.kind) == ("On steps", "A. Field, B. Hill", "repo")
    assert page.url == "https://github.com/o/r/blob/main/a/n.ipynb"
    assert [one.url for one in page.links] == ["https://github.com/o/r/blob/main/a/steps.md", "https://b.test/"]
    assert "See more." in page.text
    assert "x = '<p>'" in page.text


def read_all(library: Library, pages: dict[str, Reply], wanted: list[Address]) -> tuple[list[str], list[str]]:
    """Outcomes, and the paths that were asked for but for robots.txt."""
    encoder = LettersEncoder()
    with website(pages) as site, Fetcher(via=site.base + "{url}", delay=0.0) as fetcher:
        report = Pipeline(library, encoder, ExactIndex(library, encoder), fetcher).run(wanted)
    return [one.outcome for one in report.outcomes], [path for path in site.paths if "robots.txt" not in path]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.open(tmp_path / "library.db")


RAW = "/https://raw.githubusercontent.com/o/r"
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


def test_a_notebook_of_github_is_fetched_raw(library: Library) -> None:
    pages = {f"{RAW}/main/n.ipynb": Reply(notebook(markdown("# N", PROSE * 3)).encode(), headers=PLAIN)}
    done, asked = read_all(library, pages, [Address("https://github.com/o/r/blob/main/n.ipynb")])
    assert (done, asked) == (["read"], [f"{RAW}/main/n.ipynb"])
    source = library.source("https://github.com/o/r/blob/main/n.ipynb")
    assert source is not None
    assert source.title == "N"


def test_a_repository_is_its_readme(library: Library) -> None:
    readme = f"# Small Models\n\n{PROSE * 3}\n\n- [One](one.ipynb): the first\n\n```html\n<p>kept</p>\n```\n"
    pages = {f"{RAW}/HEAD/README.md": Reply(readme.encode(), headers=PLAIN)}
    done, asked = read_all(library, pages, [Address("https://github.com/o/r")])
    assert (done, asked) == (["read"], [f"{RAW}/HEAD/README.md"])
    source = library.source(1)
    assert source is not None
    assert (source.url, source.title, source.kind) == ("https://github.com/o/r", "Small Models", "repo")
    assert "- One: the first" in source.text
    assert "```html\n<p>kept</p>\n```" in source.text


def test_a_repository_without_such_a_readme_is_its_front_page(library: Library) -> None:
    front = f"<html><head><title>o/r</title></head><body><article><h1>R</h1><p>{PROSE * 3}</p></article></body></html>"
    pages = {"/https://github.com/o/r": Reply(front.encode())}
    done, asked = read_all(library, pages, [Address("https://github.com/o/r")])
    assert (done, asked) == (["read"], [f"{RAW}/HEAD/README.md", "/https://github.com/o/r"])


def test_a_local_notebook_is_read(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(notebook(markdown("# Local", PROSE * 3), code("loss.backward()")))
    done, _ = read_all(library, {}, addresses([str(path)]))
    assert done == ["read"]
    assert len(library.match("backward", 5)) == 1
