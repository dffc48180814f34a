"""Reading PDFs: paragraphs, pages, what is refused."""

from contextlib import suppress
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter

from ingest.read_pdf import composed, lines_of, read_pdf, without_running_heads
from tutor.errors import ReadingError

URL = "https://a.test/paper.pdf"
BODY = [
    "The first law of small models is that they invent what they were not",
    "told. A second law says that evidence mends this, when it is shown be-",
    "fore the question and not after it.",
    "A new paragraph starts here and goes on about self-",
    "attention, which is a compound and stays one. Here self-attention is",
]


def pdf(pages: list[list[str]], info: dict[str, str] | None = None) -> bytes:
    """A PDF with these lines on its pages, built by hand."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        shown = b" T*\n".join(b"(%b) Tj" % line.encode("latin-1") for line in lines)
        stream = b"BT /F1 11 Tf 15 TL 72 770 Td\n" + shown + b"\nET"
        kids.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (len(objects) + 2)
        )
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream))
    objects[1] = b"<< /Type /Pages /Kids [%b] /Count %d >>" % (b" ".join(b"%d 0 R" % n for n in kids), len(kids))
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return with_info(bytes(out), info) if info else bytes(out)


def with_info(body: bytes, info: dict[str, str], password: str = "") -> bytes:
    """The same file with these facts about itself, and perhaps encrypted."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(body)))
    writer.add_metadata(info)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def refusal(body: bytes) -> tuple[str, str]:
    """State and reason of a file that must be refused."""
    with pytest.raises(ReadingError) as caught:
        read_pdf(body, url=URL)
    return caught.value.state, caught.value.reason


def test_lines_become_paragraphs_and_pages_keep_their_place() -> None:
    page = read_pdf(pdf([["On Evidence", *BODY], ["meant once more, on the next page.", "The end."]]), url=URL)
    assert page.title == "On Evidence"
    assert page.text == (
        "# On Evidence\n\n"
        "The first law of small models is that they invent what they were not told. A second law says that evidence"
        " mends this, when it is shown before the question and not after it.\n\n"
        "A new paragraph starts here and goes on about self-attention, which is a compound and stays one. Here"
        " self-attention is meant once more, on the next page.\n\nThe end."
    )
    assert page.pages[0] == 0
    assert page.text[page.pages[1] :].startswith("meant once more")


def test_facts_come_from_the_file() -> None:
    info = {"/Title": "On Evidence", "/Author": "Ada Field", "/CreationDate": "D:20240206120000Z"}
    page = read_pdf(pdf([BODY], info), url=URL)
    assert (page.title, page.author, page.published, page.kind) == ("On Evidence", "Ada Field", "2024-02-06", "paper")
    stamped = read_pdf(pdf([[*BODY, "arXiv:1301.00001v3  [cs.CL]  7 Sep 2013"]], info), url=URL)
    assert stamped.published == "2013-09-07"
    assert "arXiv" not in stamped.text


def test_numbered_sections_become_headings_and_rows_of_tables_do_not() -> None:
    lines = [
        "1 Introduction",
        BODY[0],
        "2 Methods",
        BODY[1],
        "2.1 Data",
        BODY[2],
        "7 Wonders Of Nothing",
        "3 12.5 41.0",
    ]
    lines += ["2.2 Model and Loss", BODY[3], "3 Results", BODY[4], "References", "[1] A. Field. On Evidence."]
    text, _ = composed([lines])
    headings = [line.lstrip("# ") for line in text.split("\n") if line.startswith("#")]
    assert headings == ["1 Introduction", "2 Methods", "2.1 Data", "2.2 Model and Loss", "3 Results", "References"]
    assert "\n\n### 2.1 Data\n\n" in text


def test_the_files_own_outline_makes_headings() -> None:
    text, _ = composed([["A Study of Steps", BODY[0]]], outline={"astudyofsteps": 1})
    assert text.startswith("## A Study of Steps\n\nThe first law")


def test_running_heads_and_page_numbers_go() -> None:
    names = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
    pages = [
        [f"{n} A. Field et al.", f"{name} begins", name, f"{name} ends", f"- {n} -"] for n, name in enumerate(names)
    ]
    assert without_running_heads(pages) == [[f"{name} begins", name, f"{name} ends"] for name in names]
    assert without_running_heads([["The only page", "says this."]]) == [["The only page", "says this."]]


def test_ligatures_and_odd_blanks_are_plain() -> None:
    assert lines_of("eﬃcient\u00a0ﬁlters\n\n  two\t words ") == ["efficient filters", "two words"]


def test_offsets_are_those_of_the_text() -> None:
    pages = [[f"Page {n} begins with these words and it goes on.", *BODY] for n in range(5)]
    text, starts = composed([*pages, [], ["Last."]])
    assert [text[start:].startswith(f"Page {n} begins") for n, start in enumerate(starts[:5])] == [True] * 5
    assert starts[5] <= starts[6] < len(text)
    assert list(starts) == sorted(starts)


def test_what_cannot_be_read_is_refused_by_name() -> None:
    whole = pdf([BODY])
    assert refusal(whole[: len(whole) // 3].replace(b"endobj", b"e\x00d")) == ("failed", "broken PDF")
    assert refusal(b"%PDF-1.4\nnothing here") == ("failed", "broken PDF")
    assert refusal(pdf([[], []])) == ("failed", "scanned PDF: it has no text")
    assert refusal(with_info(whole, {}, password="secret"))[0] == "blocked"


@pytest.mark.parametrize("cut", range(50, 900, 85))
def test_damage_is_survived(cut: int) -> None:
    whole = pdf([BODY, BODY])
    for body in (whole[:cut], whole[:cut] + whole[cut + 40 :], whole[:cut] + b"\x00\xff<<" + whole[cut:]):
        with suppress(ReadingError):
            assert read_pdf(body, url=URL).text
