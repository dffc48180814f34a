"""
Reading what was fetched: bytes of any kind to a Page of text.

Chooses the reader by what the bytes are, not only by what they are called. Knows nothing of fetching and storing.
"""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from ingest.captions import is_captions
from ingest.fetch import Fetched
from ingest.links import original_of, shown_file_of, youtube_id
from ingest.page import Link, Page, is_reading_list, is_short_list
from ingest.read_html import decoded, read_html
from ingest.read_notebook import is_notebook, read_notebook
from ingest.read_pdf import read_pdf
from ingest.read_text import read_text
from ingest.read_video import read_captions, read_video
from tutor.errors import ReadingError

# Grows when pages are read better, so that those which an older reader read are read again from their kept bytes.
READER = 2

__all__ = ["Link", "Page", "read", "read_text"]


def read(fetched: Fetched) -> Page:
    """
    The page in what was fetched. HTML that is read as a list has every link of its main part.

    `Page.url` is the original address that answered: of an archived copy the one it is a copy of, of a file that
    GitHub serves raw the one that shows it. A video's page may have no text (`read_video`).
    ReadingError when it is not a page of text (see `read_html`, `read_pdf`), or was unchanged and so has no bytes.
    """
    if fetched.unchanged:
        raise ReadingError("failed", "unchanged: there is nothing new to read")
    if youtube_id(fetched.url):
        return read_video(fetched)
    url = shown_file_of(original_of(fetched.final_url))
    body, kind = fetched.body, fetched.content_type.partition(";")[0].strip().lower()
    if body[:1024].lstrip().startswith(b"%PDF-"):
        return read_pdf(body, url=url)
    if "pdf" in kind:
        raise ReadingError("failed", "empty" if not body.strip() else "broken PDF")
    if is_notebook(body, kind, urlsplit(url).path):
        return _notebook(decoded(body, fetched.content_type), url)
    if is_captions(body):
        return read_captions(decoded(body, fetched.content_type), url=url)
    if kind in ("text/plain", "text/markdown", "text/x-markdown") and not _looks_like_html(body):
        return read_text(decoded(body, fetched.content_type), url=url)
    if fetched.as_list is not False:
        # Links that stand by themselves in a line are what a list consists of; elsewhere they are menus and the like.
        whole = read_html(body, url=url, content_type=fetched.content_type, whole=True)
        if fetched.as_list or is_reading_list(whole) or is_short_list(whole):
            return whole
    return read_html(body, url=url, content_type=fetched.content_type)


def _looks_like_html(body: bytes) -> bool:
    return re.match(rb"\s*(?:<!doctype html|<html)", body[:512], re.IGNORECASE) is not None


def _notebook(text: str, url: str) -> Page:
    notebook = read_notebook(text)
    page = read_text(notebook.markdown, url=url)
    return replace(page, title=notebook.title or page.title, author=notebook.author)
