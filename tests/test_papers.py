"""Papers of arXiv: whatever form is named and whatever form is there, one source with title, authors and date."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.fetch import Fetcher
from ingest.pipeline import Address, Pipeline, Report
from tests.mirror import Pages, Reply, Website, mirror, website
from tests.test_metadata import PAPER, PERSON
from tests.test_read_pdf import BODY, pdf
from tutor.encoder import LettersEncoder
from tutor.library import Library
from tutor.passages import Source
from tutor.vectors import ExactIndex

ID = "2402.00001"
ARXIV = "/https://arxiv.org"
PROSE = "<p>" + "A head of attention asks each token what it has to say to each of the others. " * 20 + "</p>"
HTML = "<html><head><title>On Heads</title></head><body>{}</body></html>"
PAGE = Reply(HTML.format(PAPER.format(PERSON.format("Ada Field"))).replace("</article>", f"{PROSE}</article>").encode())
STAMPED = [f"arXiv:{ID}v2 [cs.CL] 14 Feb 2024", "On Heads", *BODY * 3]
FILE = Reply(pdf([STAMPED, BODY * 3, BODY * 3], {"/Title": "On Heads"}), headers={"Content-Type": "application/pdf"})
ABSTRACT = Reply(
    HTML.replace(
        "</head>",
        '<meta name="citation_title" content="On Heads"><meta name="citation_author" content="Field, Ada"></head>',
    )
    .format(f"<h1>Title: On Heads</h1><blockquote>{PROSE}</blockquote>")
    .encode()
)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library.db") as opened:
        yield opened


def run(library: Library, pages: Pages, *urls: str, **more: str) -> tuple[Report, list[str]]:
    """The report, and the paths that were asked for but for robots.txt and the archive's."""
    encoder = LettersEncoder()

    def read(site: Website) -> Report:
        with Fetcher(via=site.base + "{url}", delay=0.0) as fetcher:
            pipeline = Pipeline(library, encoder, ExactIndex(library, encoder), fetcher)
            return pipeline.run([Address(url, **more) for url in urls])  # type: ignore[arg-type]

    with website(pages) as site:
        report = read(site)
    return report, [path.removeprefix(ARXIV) for path in site.paths if "robots" not in path]


def only(library: Library) -> Source:
    (one,) = library.sources()
    return one


FORMS = [f"abs/{ID}", f"abs/{ID}v1", f"pdf/{ID}", f"pdf/{ID}v3.pdf", f"html/{ID}v2"]


@pytest.mark.parametrize("form", FORMS)
def test_the_html_is_read_whatever_form_is_named(library: Library, form: str) -> None:
    pages = {f"{ARXIV}/html/{ID}": PAGE, f"{ARXIV}/pdf/{ID}": FILE, f"{ARXIV}/abs/{ID}": ABSTRACT}
    _, asked = run(library, pages, f"https://arxiv.org/{form}")
    source = only(library)
    assert asked == [f"/html/{ID}"]
    assert (source.title, source.author, source.published) == ("On Heads", "Ada Field", "2024-02-14")
    assert (source.kind, source.licence, source.pages) == ("paper", "CC BY 4.0", ())


@pytest.mark.parametrize("form", FORMS)
def test_a_paper_that_is_only_a_pdf_is_read_with_its_pages(library: Library, form: str) -> None:
    report, asked = run(
        library, {f"{ARXIV}/pdf/{ID}": FILE, f"{ARXIV}/abs/{ID}": ABSTRACT}, f"https://arxiv.org/{form}"
    )
    source = only(library)
    assert report.count("read") == 1
    assert not any("archive" in path for path in asked)
    assert asked[-1] == f"/abs/{ID}"
    assert (source.title, source.author, source.published) == ("On Heads", "Ada Field", "2024-02-14")
    assert len(source.pages) == 3


def test_authors_that_are_known_are_not_asked_for(library: Library) -> None:
    _, asked = run(library, {f"{ARXIV}/pdf/{ID}": FILE}, f"https://arxiv.org/abs/{ID}", author="A. Field")
    assert asked == [f"/html/{ID}", f"/pdf/{ID}"]
    assert only(library).author == "A. Field"


def test_a_paper_without_a_page_for_its_abstract_is_read_all_the_same(library: Library) -> None:
    run(library, {f"{ARXIV}/pdf/{ID}": FILE}, f"https://arxiv.org/pdf/{ID}")
    assert (only(library).title, only(library).author) == ("On Heads", None)


def test_all_forms_and_versions_are_one_source(library: Library) -> None:
    pages = {f"{ARXIV}/html/{ID}": PAGE}
    run(library, pages, *(f"https://arxiv.org/{form}" for form in FORMS))
    for form in FORMS:  # and in later runs
        run(library, pages, f"https://arxiv.org/{form}")
    assert only(library).title == "On Heads"


def test_the_mirrors_paper_is_read_from_its_pdf(library: Library) -> None:
    encoder = LettersEncoder()
    with mirror() as web, Fetcher(via=web.via, delay=0.0) as fetcher:
        wanted = [Address("https://arxiv.org/abs/1706.03762")]
        Pipeline(library, encoder, ExactIndex(library, encoder), fetcher).run(wanted)
    source = only(library)
    assert (source.title, source.published, len(source.pages)) == ("Attention Is All You Need", "2017-12-06", 15)
