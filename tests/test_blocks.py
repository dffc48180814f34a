"""Blocks: each construct of a page as light Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ingest import formulas
from ingest.blocks import Block, blocks_of, cleaned, fenced, inline_code, plain_code, rendered, tidy


def blocks(html: str) -> list[Block]:
    """The blocks of a body with this HTML."""
    parser = etree.HTMLParser(huge_tree=True, remove_comments=True)
    tree = etree.fromstring(f"<html><body>{html}</body></html>", parser=parser)
    plain_code(tree)
    formulas.restore(tree)
    cleaned(tree)
    return blocks_of(tree, base="https://a.test/dir/page")


def text(html: str) -> str:
    """The text of a body with this HTML."""
    return "".join(rendered(blocks(html)))


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>One <em>two</em></h2><p>Three</p>", "## One two\n\nThree"),
        ("<h3>Head<a class='headerlink' href='#h'>¶</a></h3>", "### Head"),
        ("<p>a<b>b</b> <i>c</i>\n d&nbsp;e</p>", "ab c d e"),
        ("<p>one<br>two</p>", "one\ntwo"),
        ("<p>one<br><br>two</p>", "one\n\ntwo"),
        ("<p>see <a href='x'>here</a>.</p>", "see here."),
        ("<p>call <code>f(x)</code> now</p>", "call `f(x)` now"),
        ("<p>a <code>b`c</code></p>", "a `` b`c ``"),
        ("<p>word<sup><a href='#fn1'>1</a></sup> on</p>", "word on"),
        ("<p>10<sup>6</sup>, x<sub>ij</sub>, 1<sup>st</sup></p>", "10^6, x_{ij}, 1st"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n  - c"),
        ("<ol start='3'><li>a</li><li>b</li></ol>", "3. a\n4. b"),
        ("<ul><li>a</li></ul><ol><li>b</li></ol>", "- a\n\n1. b"),
        ("<ul><li><p>a</p><p>more</p></li><li>b</li></ul>", "- a\n\nmore\n\n- b"),
        ("<ul><li>a<pre>x</pre></li></ul>", "- a\n\n```\nx\n```"),
        ("<blockquote><p>said</p></blockquote>", "> said"),
        ("<figure><img src='x'><figcaption>A curve.</figcaption></figure>", "A curve."),
        ("<dl><dt>term</dt><dd>meaning</dd></dl>", "term\n\nmeaning"),
        ("<p># no heading</p>", "\\# no heading"),
        ("<p>a<script>b</script>c<style>d</style>e</p>", "ace"),
        ("<p>a</p><div style='display: none'>b</div><p hidden>c</p><p>d</p>", "a\n\nd"),
        ("<p>x<img src='i' alt='no'></p>", "x"),
        ("text in no paragraph <div>and more</div> after", "text in no paragraph\n\nand more\n\nafter"),
        ("<p>so $$x$$ and <math><mi>y</mi></math></p>", "so $$x$$ and $y$"),
        ("<p>so<math display='block'><mi>y</mi></math>is</p>", "so\n\n$$y$$\n\nis"),
    ],
)  # fmt: skip
def test_constructs(html: str, markdown: str) -> None:
    assert text(html) == markdown


def test_code_keeps_its_language_and_every_blank() -> None:
    html = (
        '<div class="highlight"><pre class="chroma"><code class="language-python" data-lang="python">'
        '<span class="line"><span class="lnt">1</span><span class="k">def</span> f():\n</span>'
        '<span class="line"><span class="lnt">2</span>    <span>if</span> a &lt; b:\n\n\n</span>'
        '<span class="line">\t\treturn "&amp;"  \n</span></code></pre><button>Copy</button></div>'
    )
    assert text(html) == '```python\ndef f():\n    if a < b:\n\n\n\t\treturn "&"\n```'


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ("<pre><code class='language-c++'>x</code></pre>", "c++"),
        ("<pre class='lang-rust'>x</pre>", "rust"),
        ("<div class='highlight-python notranslate'><div class='highlight'><pre>x</pre></div></div>", "python"),
        ("<div class='highlight highlight-source-shell'><pre>x</pre></div>", "shell"),
        ("<div class='highlight language-python'><pre><code>x</code></pre></div>", "python"),
        ("<pre class='brush: js; toolbar: false'>x</pre>", "js"),
        ("<div class='highlight hl-ipython3'><pre>x</pre></div>", "python"),
        ("<d-code block language='ruby'>x</d-code>", "ruby"),
        ("<div class='highlight-go'><table><tr><td><div class='highlight'><pre>x</pre></div></td></tr></table></div>",
         "go"),
        ("<div class='sourceCode'><pre class='sourceCode bash code-with-copy'>x</pre></div>", "bash"),
        ("<pre data-language='go'>x</pre>", "go"),
        ("<pre class='language-none'>x</pre>", ""),
        ("<article class='lang-en c'><p>y</p><div><div><div><pre>x</pre></div></div></div></article>", ""),
    ],
)  # fmt: skip
def test_the_language_of_code_is_found_where_pages_put_it(html: str, language: str) -> None:
    code = next(block for block in blocks(html) if block.kind == "code")
    assert code.text == f"```{language}\nx\n```"


def test_line_numbers_in_a_column_of_their_own_are_left_out() -> None:
    html = (
        "<table class='lntable'><tr><td class='lntd gutter'><pre><span class='lnt'>1\n2\n</span></pre></td>"
        "<td class='lntd'><pre><code>a = 1\nb = 2</code></pre></td></tr></table>"
    )
    assert text(html) == "```\na = 1\nb = 2\n```"


@pytest.mark.parametrize(
    "html",
    [
        "<td class='linenos'><div><pre>1\n2</pre></div></td><td><pre>}\nb</pre></td>",
        "<td><pre><code class='line-numbers'>}\nb<span class='line-numbers-rows'></span></code></pre></td>",
        "<td><pre><span data-line-number='1'></span>}\n<span class='lineno'>2</span>b</pre></td>",
        "<td data-line-number='1'></td><td class='blob-code'>}</td></tr><tr><td></td><td class='blob-code'>b</td>",
    ],
)
def test_line_numbers_go_and_lines_without_words_stay(html: str) -> None:
    assert text(f"<table><tr>{html}</tr></table>") == "```\n}\nb\n```"


def test_lines_that_are_elements_stay_lines() -> None:
    assert text("<pre><div>a</div><div>  b</div></pre>") == "```\na\n  b\n```"
    assert text("<pre>a<br>b</pre>") == "```\na\nb\n```"


def test_a_fence_is_longer_than_what_it_holds() -> None:
    assert fenced("", "```\nx\n```") == "````\n```\nx\n```\n````"
    assert inline_code("``") == "``` `` ```"


def test_tables_have_a_head_and_escaped_pipes() -> None:
    html = (
        "<table><thead><tr><th>A</th><th colspan=2>B</th></tr></thead><tbody><tr><td>1</td><td>x|y</td>"
        "<td><p>two</p><p>parts</p></td></tr><tr><td></td><td></td><td></td></tr></tbody></table>"
    )
    assert text(html) == "| A | B |  |\n| --- | --- | --- |\n| 1 | x\\|y | two parts |"


def test_a_cell_over_several_rows_is_said_in_each_and_a_caption_comes_first() -> None:
    html = (
        "<table><caption>Rules</caption><tr><th rowspan=2>A</th><th colspan=2>B</th></tr><tr><td>x</td><td>y</td></tr>"
        "<tr><td>1</td><td rowspan=99>2</td><td>3</td></tr><tr><td>4</td><td>5</td></tr></table>"
    )
    assert text(html) == ("Rules\n\n| A | B |  |\n| --- | --- | --- |\n| A | x | y |\n| 1 | 2 | 3 |\n| 4 | 2 | 5 |")


def test_tables_that_are_data_are_not_written_out() -> None:
    wide = "<table>" + "<tr><td>a</td>" + "<td colspan=20>b</td>" * 3 + "</tr>" * 1 + "<tr><td>c</td></tr></table>"
    assert "|" not in text(wide)


def test_notes_in_the_margin_stand_in_brackets_and_their_marks_go() -> None:
    note = "<label class='margin-toggle'>⊕</label><input type='checkbox'><span class='sidenote'>or not</span>"
    assert text(f"<p>So it is.{note} On.</p>") == "So it is. (or not) On."
    assert text("<p>So<a href='#f1' role='doc-noteref'><sup>1</sup></a> it is<a href='#f2'><sup>2</sup></a>.</p>") == (
        "So it is."
    )


def test_a_part_with_much_prose_is_text_whatever_it_is_called() -> None:
    long = "<p>" + "A recommendation, at some length. " * 12 + "</p>"
    found = blocks(f"<div class='recommendations'>{long}</div><div class='recommendations'><p>Next: this.</p></div>")
    assert [block.noise for block in found] == [False, True]


def test_tables_for_layout_are_taken_apart() -> None:
    assert text("<table><tr><td><p>left</p></td></tr><tr><td>right</td></tr></table>") == "left\n\nright"
    assert text("<table role='presentation'><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>") == (
        "a\n\nb\n\nc\n\nd"
    )


def test_blocks_know_their_links_and_their_place() -> None:
    found = blocks(
        "<nav><a href='/'>Home</a></nav><main><h2>H</h2><p>A <a href='b?x=1#y'>link</a> and <a href='#here'>one</a>"
        " and <a href='javascript:x()'>none</a> and <a href='http://[bad'>bad</a></p></main>"
    )
    assert [block.kind for block in found] == ["paragraph", "heading", "paragraph"]
    assert [block.noise for block in found] == [True, False, False]
    assert found[2].links == [("https://a.test/dir/b?x=1#y", "link")]
    assert found[2].linked == len("linkonenonebad")
    assert found[0].linked == len(found[0].text)


def test_invisible_characters_go_and_joiners_that_join_stay() -> None:
    assert tidy("I\u200bg\u200bn\u2060o\ufeffre it.\u200d") == "Ignore it."
    assert tidy("👩\u200d🔬 می\u200cخواهم") == "👩\u200d🔬 می\u200cخواهم"
    assert tidy("cafe\u0301") == "café"
    assert tidy("a\x00\x1b[0m b\x85") == "a b"


def test_depth_costs_nothing() -> None:
    depth = 3_000
    deep = etree.Element("body")
    at = deep
    for _ in range(depth):
        at = etree.SubElement(at, "div")
    at.text = "bottom"
    assert [block.text for block in blocks_of(deep, base="https://a.test/")] == ["bottom"]


TAGS = "<p> </p> <div> </div> <ul><li> </li></ul> <b> <pre> </pre> <br> <table><tr><td> </td></tr></table> <h2> </h2>"
TAGS += " <blockquote> <code> </code> <sup>1</sup> ` &#8203; <math><mi>x</mi></math> word"
PIECES = st.sampled_from([*TAGS.split(), "a b", "x\n\ny", "# "])


@given(st.lists(PIECES, max_size=30))
def test_text_is_tidy_whatever_the_tags(pieces: list[str]) -> None:
    shown = text("".join(pieces))
    assert shown == shown.strip("\n")
    assert not any(line != line.rstrip() for line in shown.split("\n"))
    outside = [part for number, part in enumerate(shown.split("```")) if number % 2 == 0]
    assert not any("\n\n\n" in part for part in outside)
