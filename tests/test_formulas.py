"""Formulas: every notation becomes LaTeX."""

import pytest
from lxml import etree

from ingest import formulas


def restored(html: str) -> str:
    """The text of a page after its formulas have been restored; a formula on its own is put in angle brackets."""
    tree = etree.fromstring(f"<html><body>{html}</body></html>", parser=etree.HTMLParser())
    formulas.restore(tree)
    for span in tree.iter("span"):
        if span.get(formulas.DISPLAY):
            span.text = f"<{span.text}>"
    return "".join(tree.itertext()).strip()


@pytest.mark.parametrize(
    ("mathml", "latex"),
    [
        ("<mi>x</mi><mo>=</mo><mn>2</mn>", "x=2"),
        ("<mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mn>1</mn></mrow></mfrac>", r"\frac{a}{b+1}"),
        ("<msup><mi>e</mi><mrow><mo>−</mo><mi>x</mi></mrow></msup>", "e^{-x}"),
        ("<msub><mi>W</mi><mi>Q</mi></msub><mi>x</mi>", "W_Qx"),
        ("<msubsup><mi>h</mi><mi>t</mi><mn>2</mn></msubsup>", "h_t^2"),
        ("<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover><mi>x</mi>",
         r"\sum_{i=1}^nx"),
        ("<msqrt><mi>d</mi></msqrt>", r"\sqrt{d}"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", r"\sqrt[3]{x}"),
        ("<mover><mi>y</mi><mo>^</mo></mover>", r"\hat{y}"),
        ("<mi>α</mi><mi>x</mi>", r"\alpha x"),
        ("<mi>log</mi><mi>p</mi>", r"\log p"),
        ("<mi>softmax</mi><mo>(</mo><mi>z</mi><mo>)</mo>", r"\mathrm{softmax}(z)"),
        ("<mi mathvariant='bold'>w</mi>", r"\mathbf{w}"),
        ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", "(a,b)"),
        ("<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>0</mn></mtd></mtr><mtr><mtd><mn>0</mn></mtd><mtd><mn>1</mn></mtd>"
         "</mtr></mtable>", r"\begin{matrix} 1 & 0 \\ 0 & 1 \end{matrix}"),
        ("<mtext>if  so</mtext>", r"\text{if so}"),
        ("<msup><mrow><mo>(</mo><mi>a</mi><mo>)</mo></mrow><mn>2</mn></msup>", "{(a)}^2"),
    ],
)  # fmt: skip
def test_mathml_is_written_as_latex(mathml: str, latex: str) -> None:
    assert restored(f"<p>so <math>{mathml}</math> holds</p>") == f"so ${latex}$ holds"


def test_an_annotation_is_taken_at_its_word() -> None:
    maths = (
        "<math display='block'><semantics><mi>x</mi>"
        r"<annotation encoding='application/x-tex'>\mathbf{x} % y</annotation></semantics></math>"
    )
    assert restored(maths) == r"<$$\mathbf{x} % y$$>"
    assert restored(r"<p><math alttext='{\displaystyle a+b}'><mi>a</mi></math></p>") == "$a+b$"


def test_katex_is_read_from_its_mathml_and_its_picture_dropped() -> None:
    katex = (
        "<span class='katex'><span class='katex-mathml'><math><semantics><mi>h</mi>"
        "<annotation encoding='application/x-tex'>h_t</annotation></semantics></math></span>"
        "<span class='katex-html' aria-hidden='true'>ht</span></span>"
    )
    assert restored(f"<p>state {katex}, then</p>") == "state $h_t$, then"
    assert restored(f"<span class='katex-display'>{katex}</span>") == "<$$h_t$$>"


def test_katex_without_mathml_is_read_from_its_layout() -> None:
    def stacked(*rows: str) -> str:
        return "<span class='vlist'>" + "".join(f"<span><span>{row}</span></span>" for row in rows) + "</span>"

    both = f"<span class='msupsub'><span class='vlist-t vlist-t2'>{stacked('i', '2')}</span></span>"
    low = f"<span class='msupsub'><span class='vlist-t vlist-t2'>{stacked('i')}</span></span>"
    high = f"<span class='msupsub'><span class='vlist-t'>{stacked('2')}</span></span>"
    fraction = f"<span class='mfrac'>{stacked('b', '', 'a')}</span>"
    for inside, latex in ((both, "x_i^2"), (low, "x_i"), (high, "x^2"), (f"<i>=</i>{fraction}", r"x=\frac{a}{b}")):
        html = f"<span class='katex'><span class='katex-html'><span class='base'><i>x</i>{inside}</span></span></span>"
        assert restored(f"<p>{html}</p>") == f"${latex}$"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (r"<span class='MathJax_Preview'>x</span><script type='math/tex'>x^2</script>", "$x^2$"),
        (r"<script type='math/tex; mode=display'>\sum_i x_i</script>", r"<$$\sum_i x_i$$>"),
        ("<mjx-container display='true'><svg></svg><mjx-assistive-mml><math><mi>y</mi></math></mjx-assistive-mml>"
         "</mjx-container>", "<$$y$$>"),
        (r"<span class='math inline'>\(a_1\)</span>", r"\(a_1\)"),
        (r"<span class='math inline'>a_1</span>", "$a_1$"),
        (r"<div class='math'>a_1</div>", "<$$a_1$$>"),
        (r"<p>in <img class='latex' alt='\beta_1' src='x'> and <img alt='a cat' src='y'></p>", r"in $\beta_1$ and"),
        (r"<p>with <img src='https://w.test/latex.php?latex=n' alt='n' class='latex'> coins</p>", "with $n$ coins"),
        (r"<p><img src='https://w.test/latex.php?latex=H' alt='\displaystyle H' class='latex'></p>",
         r"<$$\displaystyle H$$>"),
        (r"<span class='mwe-math-element'><span style='display: none'><math alttext='{\displaystyle a}'></math></span>"
         r"<img src='x/math/render/svg/1' class='mwe-math-fallback-image-display' alt='{\displaystyle a}'></span>",
         "<$$a$$>"),
        (r"<d-math block>a=b</d-math>", "<$$a=b$$>"),
        (r"<p>Already $x$ and \(y\) and \[z\]</p>", r"Already $x$ and \(y\) and \[z\]"),
    ],
)  # fmt: skip
def test_other_notations(html: str, text: str) -> None:
    assert restored(html) == text


def test_deep_mathml_does_not_overflow() -> None:
    assert "x" in restored("<p><math>" + "<mrow>" * 240 + "<mi>x</mi>" + "</mrow>" * 240 + "</math></p>")
