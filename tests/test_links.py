"""Addresses: one form, one key for one source, kinds, and what is skipped."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.links import (
    arxiv_id,
    candidates,
    kind_of,
    normalise,
    original_of,
    repository_of,
    skip_reason,
    source_key,
    youtube_id,
)
from ingest.pipeline import handbook_addresses
from tutor import handbook

RESOURCES = [address for address in handbook_addresses(handbook.load()) if address.kind]
RAW = "https://raw.githubusercontent.com/owner/name"


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTPS://Example.ORG", "https://example.org/"),
        ("http://example.org:80/a", "http://example.org/a"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://example.org./a#part", "https://example.org/a"),
        ("https://example.org/app/#/chapter/2", "https://example.org/app/#/chapter/2"),
        ("https://example.org/app/#/", "https://example.org/app/"),
        ("https://example.org/a?utm_source=x&b=1&fbclid=2", "https://example.org/a?b=1"),
        ("https://example.org/a?utm_campaign=", "https://example.org/a"),
        ("https://example.org/%7euser/%c3%a9/a b", "https://example.org/~user/%C3%A9/a%20b"),
        ("https://example.org/é", "https://example.org/%C3%A9"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://example.org/a/./b/../c/", "https://example.org/a/c/"),
        ("  https://example.org/a ", "https://example.org/a"),
        ("https://host.test/%5Bhttps://example.org/a/%5D", "https://example.org/a/"),
        ("[https://example.org/a]", "https://example.org/a"),
        ("http://[2001:db8::1]:80/", "http://[2001:db8::1]/"),
        ("https://youtu.be/abcdefghijk?si=xyz", "https://youtu.be/abcdefghijk"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("https://example.org:99999/", "https://example.org:99999/"),
    ],
)
def test_addresses_have_one_form(url: str, normal: str) -> None:
    assert normalise(url) == normal
    assert normalise(normal) == normal


@given(st.text(max_size=40), st.sampled_from(["https://example.org/", "http://a.test/x?y=", ""]))
def test_any_text_has_a_form_that_does_not_change_again(text: str, start: str) -> None:
    once = normalise(start + text)
    assert normalise(once) == once
    source_key(once)
    kind_of(once)
    skip_reason(once)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("https://arxiv.org/abs/1706.03762", "http://www.arxiv.org/pdf/1706.03762v5.pdf"),
        ("https://arxiv.org/abs/1706.03762", "https://arxiv.org/html/1706.03762v7"),
        ("https://arxiv.org/abs/cs/0112017", "https://arxiv.org/pdf/cs/0112017.pdf"),
        ("https://www.youtube.com/watch?v=abcdefghijk&list=PL1", "https://youtu.be/abcdefghijk?t=3"),
        ("https://github.com/Owner/Name", "https://github.com/owner/name/tree/main?tab=readme-ov-file"),
        ("https://github.com/owner/name/blob/main/a.ipynb", f"{RAW}/main/a.ipynb"),
        ("https://github.com/owner/name/blob/main/README.md", f"{RAW}/HEAD/README.md"),
        ("https://github.com/owner/name/blob/main/a.ipynb", "https://nbviewer.org/github/owner/name/blob/main/a.ipynb"),
        ("http://www.example.org/a/index.html", "https://example.org/a/"),
        ("https://example.org/a", "https://example.org/a/?utm_source=feed#top"),
        ("https://web.archive.org/web/2024id_/https://example.org/a", "https://example.org/a"),
    ],
)
def test_addresses_of_one_source_share_a_key(left: str, right: str) -> None:
    assert source_key(left) == source_key(right)


def test_other_sources_have_other_keys() -> None:
    urls = [
        "https://example.org/",
        "https://example.org/a",
        "https://example.org/a?b=1",
        "https://example.org/b/#/c",
        "https://example.org/A",
        "https://arxiv.org/abs/1706.03763",
        "https://arxiv.org/list/cs.AI/recent",
    ]
    assert len({source_key(url) for url in urls}) == len(urls)


def test_names_are_found_in_addresses() -> None:
    assert arxiv_id("https://arxiv.org/pdf/2004.05150v2") == "2004.05150"
    assert arxiv_id("https://arxiv.org/list/cs.AI/recent") is None
    assert youtube_id("https://www.youtube.com/embed/abcdefghijk") == "abcdefghijk"
    assert youtube_id("https://www.youtube.com/@channel") is None
    assert youtube_id("https://www.youtube.com/playlist?list=PLabc") is None
    assert repository_of("https://github.com/owner/name.git") == "owner/name"
    assert repository_of("https://github.com/owner/name/issues/3") is None
    assert original_of("https://web.archive.org/web/20240101000000id_/https:/a.test/x?y=1") == "https://a.test/x?y=1"


def test_a_paper_is_tried_as_html_first() -> None:
    html, pdf = "https://arxiv.org/html/1706.03762", "https://arxiv.org/pdf/1706.03762"
    assert candidates("https://arxiv.org/abs/1706.03762") == (html, pdf)
    assert candidates("https://arxiv.org/pdf/1706.03762.pdf") == (html, f"{pdf}.pdf", pdf)
    assert candidates("https://example.org/a#b") == ("https://example.org/a",)


@pytest.mark.parametrize(
    ("url", "forms"),
    [
        ("https://github.com/owner/name", (f"{RAW}/HEAD/README.md", "https://github.com/owner/name")),
        ("https://github.com/owner/name/blob/main/a/b.ipynb", (f"{RAW}/main/a/b.ipynb",)),
        ("https://github.com/owner/name/blob/v1/notes.md", (f"{RAW}/v1/notes.md",)),
        ("https://colab.research.google.com/github/owner/name/blob/main/b.ipynb", (f"{RAW}/main/b.ipynb",)),
        ("https://nbviewer.org/github/owner/name/blob/main/b.ipynb", (f"{RAW}/main/b.ipynb",)),
        ("https://github.com/owner/name/blob/main/code.py", ("https://github.com/owner/name/blob/main/code.py",)),
        ("https://youtu.be/abcdefghijk?t=9", ("https://www.youtube.com/watch?v=abcdefghijk",)),
        ("https://www.youtube.com/embed/abcdefghijk", ("https://www.youtube.com/watch?v=abcdefghijk",)),
    ],
)
def test_each_kind_is_asked_for_where_its_text_is(url: str, forms: tuple[str, ...]) -> None:
    assert candidates(url) == forms


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://example.org/posts/one", "article"),
        ("https://arxiv.org/abs/1706.03762", "paper"),
        ("https://example.org/notes/set4.pdf", "paper"),
        ("https://youtu.be/abcdefghijk", "video"),
        ("https://github.com/owner/name", "repo"),
        ("http://d2l.ai", "book"),
        ("https://course.fast.ai/", "course"),
        ("https://docs.example.org/guide", "documentation"),
        ("https://example.org/en/latest/guide.html", "documentation"),
        ("https://x.com/someone/status/1", "post"),
        ("https://huggingface.co/", "product"),
        ("https://huggingface.co/blog/lora", "article"),
        ("https://huggingface.co/spaces/a/b", "app"),
        ("https://example.org/figure.PNG", "file"),
    ],
)
def test_kinds_are_told_by_the_address(url: str, kind: str) -> None:
    assert kind_of(url) == kind


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mailto:someone@example.org", "an e-mail address"),
        ("javascript:alert(1)", "not a web address"),
        ("file:///etc/passwd", "not a web address"),
        ("notes.txt", "not a web address"),
        ("https://www.reddit.com/r/x/comments/1/", "a social post or discussion"),
        ("https://openai.com/", "a product's home page"),
        ("https://openai.com/sora", "a product's home page"),
        ("https://youtu.be/abcdefghijk", None),
        ("https://www.youtube.com/@someone/playlists", "channel or playlist: kept as a resource"),
        ("https://www.youtube.com/playlist?list=PLabc", "channel or playlist: kept as a resource"),
        ("https://vimeo.com/123456", "video: kept as a resource"),
        ("https://colab.research.google.com/drive/1a2b", "an application, not a page to read"),
        ("https://colab.research.google.com/github/owner/name/blob/main/a.ipynb", None),
        ("https://docs.google.com/spreadsheets/d/1/edit", "an application, not a page to read"),
        ("https://example.org/a.zip", "archive, not a page"),
        ("https://example.org/a.jpg?width=3", "image, not a page"),
        ("https://arxiv.org/list/cs.AI/recent", "an application, not a page to read"),
        ("https://openai.com/index/hello-gpt-4o/", None),
        ("https://openai.com/research/some-paper", None),
        ("https://www.anthropic.com/news/some-news", None),
        ("https://deepmind.google/discover/blog/some-post/", None),
        ("https://mistral.ai/news/some-model/", None),
        ("https://huggingface.co/blog/some-post", None),
        ("https://huggingface.co/docs/some/page", None),
        ("https://example.org/", None),
        ("https://host.test/%5Bhttps://example.org/a/%5D", None),
    ],
)
def test_what_is_skipped_has_a_reason(url: str, reason: str | None) -> None:
    assert skip_reason(url) == reason


def test_of_the_handbook_only_what_has_no_text_is_skipped() -> None:
    skipped = {r.url: (r.kind, reason) for r in RESOURCES if (reason := skip_reason(r.url))}
    by_kind = {kind for kind, reason in skipped.values() if "playlist" not in reason}
    assert by_kind == {"site", "social"}  # no article, video, paper, book, course, repository or documentation
    assert all(reason == "a social post or discussion" for kind, reason in skipped.values() if kind == "social")
    assert all(youtube_id(r.url) is None or r.url not in skipped for r in RESOURCES)
    # What is called a site and is read all the same: blogs and people's own pages.
    read = {r.url for r in RESOURCES if r.kind == "site" and r.url not in skipped}
    assert {urlsplit(url).hostname for url in read} == {
        "willcb.com", "huggingface.co", "huyenchip.com", "lilianweng.github.io", "timdettmers.com",
        "towardsdatascience.com", "karpathy.github.io", "magazine.sebastianraschka.com", "www.neelnanda.io",
    }  # fmt: skip
