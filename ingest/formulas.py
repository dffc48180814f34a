r"""
Formulas of a page, as LaTeX.

MathML, KaTeX, MathJax (versions 2 and 3), Pandoc's and Wikipedia's markup and pictures of formulas all become
`<span class="x-formula">` with the LaTeX in dollars; LaTeX that stands in the text itself is left alone.
Knows nothing of blocks, pages or what is kept.
Not covered: MathML content markup (only presentation markup), alignment marks inside matrices.
"""

import re
from collections.abc import Callable
from itertools import zip_longest
from typing import Any

from lxml import etree

Element = Any
"""An element of lxml, which brings no types."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CLASS = "x-formula"
DISPLAY = "x-display"  # an attribute of such a span: the formula stands on lines of its own

DELIMITED = re.compile(r"^\s*(\$\$?.*\$\$?|\\\(.*\\\)|\\\[.*\\\]|\\begin\{.*\})\s*$", re.DOTALL)
PICTURE_CLASS = re.compile(r"(?:^|[\s_-])(?:latex|tex|math|equation|ee_img)(?:$|[\s_-])", re.IGNORECASE)
LATEX_LOOK = re.compile(r"[\\^_{}=$]")
OPERATORS = {
    "−": "-", "×": r"\times", "⋅": r"\cdot", "·": r"\cdot", "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∞": r"\infty",
    "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "∈": r"\in", "∉": r"\notin", "→": r"\to",
    "←": r"\leftarrow",
    "⇒": r"\Rightarrow", "∂": r"\partial", "∇": r"\nabla", "±": r"\pm", "∼": r"\sim", "∝": r"\propto", "∥": r"\|",
    "⊙": r"\odot", "⊗": r"\otimes", "⊕": r"\oplus", "∘": r"\circ", "∀": r"\forall", "∃": r"\exists", "…": r"\dots",
    "⋯": r"\cdots", "⋮": r"\vdots", "∣": r"\mid", "⟨": r"\langle", "⟩": r"\rangle", "∪": r"\cup", "∩": r"\cap",
    "⊂": r"\subset", "⊆": r"\subseteq", "≡": r"\equiv", "≪": r"\ll", "≫": r"\gg", "∧": r"\wedge", "∨": r"\vee",
    "⊤": r"\top", "⊥": r"\perp", "ℝ": r"\mathbb{R}", "𝔼": r"\mathbb{E}", "ℓ": r"\ell", "′": "'",
    "{": r"\{", "}": r"\}", "%": r"\%", "#": r"\#", "&": r"\&", "_": r"\_",
    "\u2061": "", "\u2062": "", "\u2063": "", "\u200b": "",
}  # fmt: skip
GREEK_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau"
    " upsilon phi chi psi omega"
)
GREEK = {
    chr(code): f"\\{name}"
    for code, name in zip(
        range(0x3B1, 0x3CA),
        GREEK_NAMES.split(),
        strict=True,
    )
} | {"Γ": r"\Gamma", "Δ": r"\Delta", "Θ": r"\Theta", "Λ": r"\Lambda", "Ξ": r"\Xi", "Π": r"\Pi", "Σ": r"\Sigma",
     "Φ": r"\Phi", "Ψ": r"\Psi", "Ω": r"\Omega", "ϵ": r"\epsilon", "ϕ": r"\phi", "ϑ": r"\vartheta"}  # fmt: skip
ACCENTS = {
    "^": "hat", "ˆ": "hat", "~": "tilde", "˜": "tilde", "¯": "bar", "ˉ": "bar", "‾": "bar", "→": "vec", "⃗": "vec",
    "˙": "dot", "¨": "ddot", "⏞": "overbrace", "⏟": "underbrace",
}  # fmt: skip
KATEX_COLUMNS = "./span[starts-with(@class,'col-align')]"
KATEX_ROWS = "(.//span[@class='vlist'])[1]/span[.//text()[normalize-space()]]"
FUNCTIONS = _words("log exp sin cos tan sinh cosh tanh max min sup inf lim arg det dim ker gcd ln deg hom Pr")
BIG = (r"\sum", r"\prod", r"\int", r"\max", r"\min", r"\lim", r"\sup", r"\inf")


def restore(tree: Element) -> None:
    """Turn every formula of the tree into a span of class `x-formula`, in place."""
    for path, finder in FINDERS.items():
        for element in tree.xpath(path):
            if _is_attached(element, tree):
                found = finder(element)
                if found is not None:
                    latex, display = found
                    replace(element, latex, display=display)
    for leftover in tree.xpath(PREVIEWS):
        if PREVIEW.search(leftover.get("class") or ""):
            _drop(leftover)


def _drop(element: Element) -> None:
    """Take an element out; the text after it stays."""
    span = etree.Element("span")
    span.tail = element.tail
    if element.getparent() is not None:
        element.getparent().replace(element, span)


def _is_attached(element: Element, tree: Element) -> bool:
    """Whether the element is still part of the tree, and not inside a formula that was replaced."""
    at: Element | None = element
    while at is not None:
        if at is tree:
            return True
        if at is not element and CLASS in (at.get("class") or ""):
            return False
        at = at.getparent()
    return False


def replace(element: Element, latex: str, *, display: bool) -> None:
    """Put a span with the formula where the element is; nothing where the formula is empty."""
    latex = " ".join(latex.split())
    parent = element.getparent()
    if parent is None:
        return
    span = etree.Element("span")
    span.set("class", CLASS)
    if display:
        span.set(DISPLAY, "1")
    span.text = dollars(latex, display=display) if latex else ""
    span.tail = element.tail
    parent.replace(element, span)


def dollars(latex: str, *, display: bool) -> str:
    """The formula between dollars, unless it brings delimiters of its own."""
    if DELIMITED.match(latex) and not latex.startswith(r"\begin"):
        return latex.strip()
    return f"$${latex}$$" if display else f"${latex}$"


# Where formulas are found: each gives (LaTeX, stands alone), or None when the element is no formula.


def _from_script(element: Element) -> tuple[str, bool] | None:
    kind = (element.get("type") or "").lower().replace(" ", "")
    if not kind.startswith("math/"):
        return None
    if kind.startswith("math/mml"):
        inner = etree.fromstring(f"<div>{element.text or ''}</div>", parser=etree.HTMLParser())
        maths = inner.find(".//math")
        return (of_mathml(maths), maths.get("display") == "block") if maths is not None else ("", False)
    text = re.sub(r"^%\s*<!\[CDATA\[|%?\s*\]\]>$", "", (element.text or "").strip())
    return text, "mode=display" in kind


def _from_span(element: Element) -> tuple[str, bool] | None:
    classes = (element.get("class") or "").split()
    if "mwe-math-element" in classes:
        return _from_wiki(element)
    if "katex-display" in classes or "katex" in classes:
        maths = element.find(".//math")
        latex = of_mathml(maths) if maths is not None else _katex(element, 0)
        return latex, "katex-display" in classes
    if "math" in classes and ("inline" in classes or "display" in classes) and len(element) == 0:
        return element.text or "", "display" in classes
    return None


def _katex(element: Element, depth: int) -> str:
    """
    The LaTeX that KaTeX's layout stands for, where a page brings no MathML beside it.

    KaTeX stacks from the bottom up: a subscript comes before its superscript, a denominator before its numerator.
    """
    classes = (element.get("class") or "").split()
    if depth > DEEPEST:
        return "".join(element.itertext())
    if "msupsub" in classes or "mfrac" in classes:
        rows = [_katex(row, depth + 1).strip() for row in element.xpath(KATEX_ROWS)]
        rows = [row for row in rows if row]
        if "mfrac" in classes and len(rows) == 2:
            return rf"\frac{{{rows[1]}}}{{{rows[0]}}}"
        if len(rows) == 2:
            return f"_{_group(rows[0])}^{_group(rows[1])}"
        mark = "_" if element.find("span[@class='vlist-t vlist-t2']") is not None else "^"
        return f"{mark}{_group(rows[0])}" if rows else ""
    if "mtable" in classes:
        columns = [
            [_katex(row, depth + 1).strip() for row in column.xpath(KATEX_ROWS)]
            for column in element.xpath(KATEX_COLUMNS)
        ]
        lines = " \\\\ ".join(" & ".join(cells) for cells in zip_longest(*columns, fillvalue=""))
        return rf"\begin{{matrix}} {lines} \end{{matrix}}"
    if "sqrt" in classes:
        rows = [_katex(row, depth + 1).strip() for row in element.xpath(KATEX_ROWS)]
        return rf"\sqrt{{{rows[0] if rows else ''}}}"
    if "op-limits" in classes:
        rows = [_katex(row, depth + 1).strip() for row in element.xpath(KATEX_ROWS)]
        if len(rows) == 3:
            return f"{rows[1]}_{_group(rows[0])}^{_group(rows[2])}"
        if len(rows) == 2:
            return f"{rows[1]}_{_group(rows[0])}"
    plain = "".join(element.itertext()).replace("\u200b", "")
    if "mop" in classes and plain in FUNCTIONS:
        return f"\\{plain}"
    if "text" in classes or "textrm" in classes:
        return rf"\text{{{plain}}}"
    own = [_symbol((element.text or "").replace("\u200b", "").strip())]
    return _joined(own + [_katex(child, depth + 1) for child in element if isinstance(child.tag, str)])


def _from_mathjax(element: Element) -> tuple[str, bool] | None:
    maths = element.find(".//math")
    latex = of_mathml(maths) if maths is not None else element.get("data-latex") or ""
    return latex, element.get("display") in ("true", "block")


def _from_div(element: Element) -> tuple[str, bool] | None:
    classes = (element.get("class") or "").split()
    if "katex-display" in classes:
        return _from_span(element)
    if "math" in classes and len(element) == 0 and (element.text or "").strip():
        return (element.text or "").strip(), True
    return None


def _from_distill(element: Element) -> tuple[str, bool] | None:
    return (element.text or "").strip(), element.get("block") is not None


def _from_eq(element: Element) -> tuple[str, bool] | None:
    return _from_span(element[0]) if len(element) == 1 else None


def _from_image(element: Element) -> tuple[str, bool] | None:
    alt = (element.get("alt") or "").strip()
    source, classes = element.get("src") or "", element.get("class") or ""
    drawn = "latex.php" in source or "/math/render/" in source
    if not alt or not (drawn or LATEX_LOOK.search(alt)):
        return None
    if drawn or PICTURE_CLASS.search(classes) or "latex" in source:
        return _undisplayed(alt), _is_alone(element)
    return None


def _is_alone(element: Element) -> bool:
    """Whether an element is all that a paragraph holds."""
    parent = element.getparent()
    if element.getprevious() is not None or element.getnext() is not None:
        return False
    if parent is None or parent.tag not in ("p", "dd", "div", "center", "figure"):
        return False
    return not (parent.text or "").strip() and not (element.tail or "").strip()


def _from_wiki(element: Element) -> tuple[str, bool] | None:
    """MediaWiki's: the same formula twice, as hidden MathML and as a picture."""
    classes = " ".join(child.get("class") or "" for child in element.iter())
    display = "image-display" in classes or "mathml-display" in classes
    maths, picture = element.find(".//math"), element.find(".//img")
    latex = of_mathml(maths) if maths is not None else ""
    if not latex and picture is not None:
        latex = _undisplayed((picture.get("alt") or "").strip())
    return (latex, display) if latex else None


def _from_math(element: Element) -> tuple[str, bool] | None:
    return of_mathml(element), element.get("display") == "block" or element.get("mode") == "display"


# `descendant::`, since `//` before a condition takes time that grows with the square of an element's children.
FINDERS: dict[str, Callable[[Element], tuple[str, bool] | None]] = {
    "descendant::script[starts-with(@type,'math/')]": _from_script,
    "descendant::span[contains(@class,'katex') or contains(@class,'math')]": _from_span,
    "descendant::div[contains(@class,'katex') or contains(@class,'math')]": _from_div,
    "descendant::mjx-container": _from_mathjax,
    "descendant::eq": _from_eq,
    "descendant::img[@alt]": _from_image,
    "descendant::d-math": _from_distill,
    "descendant::math": _from_math,
}
PREVIEWS = "descendant::*[contains(@class,'MathJax')]"  # what the script drew, beside its source
PREVIEW = re.compile(r"MathJax_(?:Preview|CHTML|SVG|Display)|^MathJax$")


# --------------------------------------------------------------------------------------
# MathML
# --------------------------------------------------------------------------------------

DEEPEST = 100  # levels of MathML; what lies deeper is taken as plain text


def of_mathml(maths: Element) -> str:
    """The LaTeX of a `math` element: as it is annotated, or built from its presentation markup."""
    for annotation in maths.iter("annotation"):
        if "tex" in (annotation.get("encoding") or "").lower() and annotation.text:
            return _undisplayed(annotation.text.strip())
    if alternative := maths.get("alttext"):
        return _undisplayed(alternative.strip())
    return re.sub(r"\s+", " ", _latex(maths, 0)).strip()


def _undisplayed(latex: str) -> str:
    match = re.fullmatch(r"\{\\displaystyle\s+(.*)\}", latex, re.DOTALL)
    return match[1].strip() if match else latex


def _joined(parts: list[str]) -> str:
    """Parts side by side; a space only where a command would swallow the letter after it."""
    text = ""
    for part in parts:
        if re.search(r"\\[A-Za-z]+$", text) and part[:1].isalpha():
            text += " "
        text += part
    return text


def _latex(element: Element, depth: int) -> str:
    """The LaTeX of one element of presentation markup."""
    tag = element.tag.rpartition(":")[2].lower()
    if depth > DEEPEST:
        return " ".join("".join(element.itertext()).split())
    if tag in ("mi", "mn", "mo", "ms"):
        return _symbol("".join(element.itertext()).strip(), element.get("mathvariant") if tag == "mi" else None)
    if tag == "mtext":
        text = " ".join("".join(element.itertext()).split())
        return rf"\text{{{text}}}" if text else " "
    if tag in ("annotation", "annotation-xml", "mprescripts", "none", "mphantom"):
        return ""
    if tag == "mspace":
        return " "
    parts = [_latex(child, depth + 1) for child in element if isinstance(child.tag, str)]
    build = BUILDERS.get(tag)
    if build is not None and len(parts) >= build[0]:
        return build[1](parts)
    if tag == "mfenced":
        inner = (element.get("separators") or ",").strip()[:1].join(parts)
        return f"{element.get('open', '(')}{inner}{element.get('close', ')')}"
    if tag == "mtable":
        rows = r" \\ ".join(parts)
        return rf"\begin{{matrix}} {rows} \end{{matrix}}"
    if tag in ("mtr", "mlabeledtr"):
        return " & ".join(parts)
    return _joined([_symbol((element.text or "").strip()), *parts])


def _symbol(text: str, variant: str | None = None) -> str:
    """A name, number or operator."""
    if text in FUNCTIONS:
        return f"\\{text}"
    found = OPERATORS.get(text, GREEK.get(text))
    if found is None:
        found = "".join(OPERATORS.get(letter, GREEK.get(letter, letter)) for letter in text)
        if len(text) > 1 and text.isalpha() and variant is None:
            return rf"\mathrm{{{found}}}"
    faces = {"bold": "mathbf", "double-struck": "mathbb", "script": "mathcal", "bold-italic": "boldsymbol"}
    return rf"\{faces[variant]}{{{found}}}" if variant in faces and found else found


def _group(part: str) -> str:
    return part if len(part) == 1 else f"{{{part}}}"


def _base(part: str) -> str:
    """What a script hangs on: braces only where it would otherwise hang on the last letter alone."""
    whole = len(part) <= 1 or re.fullmatch(r"\\[A-Za-z]+(\{[^{}]*\})*", part)
    return part if whole else f"{{{part}}}"


def _over(parts: list[str]) -> str:
    accent = ACCENTS.get(parts[1].strip(), ACCENTS.get({r"\to": "→"}.get(parts[1].strip(), "")))
    if accent:
        return rf"\{accent}{{{parts[0]}}}"
    if parts[0].strip() in BIG:
        return f"{parts[0]}^{_group(parts[1])}"
    return rf"\overset{{{parts[1]}}}{{{parts[0]}}}"


def _under(parts: list[str]) -> str:
    if parts[1].strip() == "⏟":
        return rf"\underbrace{{{parts[0]}}}"
    return f"{parts[0]}_{_group(parts[1])}"


BUILDERS: dict[str, tuple[int, Callable[[list[str]], str]]] = {
    "mfrac": (2, lambda p: rf"\frac{{{p[0]}}}{{{p[1]}}}"),
    "msup": (2, lambda p: f"{_base(p[0])}^{_group(p[1])}"),
    "msub": (2, lambda p: f"{_base(p[0])}_{_group(p[1])}"),
    "msubsup": (3, lambda p: f"{_base(p[0])}_{_group(p[1])}^{_group(p[2])}"),
    "munderover": (3, lambda p: f"{_base(p[0])}_{_group(p[1])}^{_group(p[2])}"),
    "msqrt": (1, lambda p: rf"\sqrt{{{_joined(p)}}}"),
    "mroot": (2, lambda p: rf"\sqrt[{p[1]}]{{{p[0]}}}"),
    "mover": (2, _over),
    "munder": (2, _under),
}
