"""Fetching: what each answer becomes, manners, and the guard."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

import pytest

import ingest.fetch
from ingest.fetch import Fetched, Fetcher, Limits, Stopped, check_address, is_public, meta_refresh
from tests.mirror import Pages, Reply, Website, website
from tutor.errors import ReadingError

HTML = {"Content-Type": "text/html"}
QUICK = Limits(connect=2, read=1, total=3, backoff=0.01, retries=2)
PAGE = Reply(b"<p>hello</p>")


@contextmanager
def fetching(pages: Pages, **options: Any) -> Iterator[tuple[Fetcher, Website]]:
    """A Fetcher that sees these pages, by original address, as the whole web; other addresses are 404."""
    settings: dict[str, Any] = {"delay": 0.0, "limits": QUICK} | options
    with (
        website({f"/{url}": page for url, page in pages.items()}) as site,
        Fetcher(via=site.base + "{url}", **settings) as fetcher,
    ):
        yield fetcher, site


def fetched(pages: Pages, url: str, **options: Any) -> Fetched:
    """What a fetch of this address gives."""
    with fetching(pages, **options) as (fetcher, _):
        return fetcher.fetch(url)


def refusal(pages: Pages, url: str = "https://a.test/p", **options: Any) -> tuple[str, str]:
    """State and reason of a fetch that must fail."""
    with pytest.raises(ReadingError) as caught:
        fetched(pages, url, **options)
    return caught.value.state, caught.value.reason


def redirect(location: str, status: int = 302) -> Reply:
    """A redirect."""
    return Reply(status=status, headers={"Location": location})


@dataclass
class FakeTime:
    """A clock that only sleeping moves."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


# What an answer becomes


def test_a_page_comes_with_its_headers() -> None:
    page = Reply(b"<p>hi</p>", headers=HTML | {"ETag": '"1"', "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"})
    found = fetched({"https://a.test/p?q=1": page}, "https://a.test/p?q=1#part")
    assert found.body == b"<p>hi</p>"
    assert (found.url, found.final_url, found.status) == ("https://a.test/p?q=1#part", "https://a.test/p?q=1", 200)
    assert (found.etag, found.last_modified) == ('"1"', "Mon, 01 Jan 2024 00:00:00 GMT")
    assert (found.content_type, found.unchanged, found.archived, found.moved_to) == ("text/html", False, False, None)


@pytest.mark.parametrize(
    ("status", "state"),
    [(404, "dead"), (410, "dead"), (401, "blocked"), (403, "blocked"), (402, "blocked"), (451, "blocked"),
     (500, "failed"), (400, "failed"), (503, "failed"), (429, "failed")],
)  # fmt: skip
def test_a_status_has_its_state(status: int, state: str) -> None:
    found = refusal({"https://a.test/p": Reply(status=status)})
    assert found[0] == state
    assert str(status) in found[1]


def test_validators_turn_an_unchanged_page_into_a_304() -> None:
    def page(headers: Mapping[str, str]) -> Reply:
        return Reply(status=304) if headers.get("if-none-match") == '"1"' else PAGE

    with fetching({"https://a.test/p": page}) as (fetcher, _):
        assert fetcher.fetch("https://a.test/p").body == PAGE.body
        again = fetcher.fetch("https://a.test/p", etag='"1"')
    assert (again.unchanged, again.status, again.body) == (True, 304, b"")


@pytest.mark.parametrize("kind", ["image/png", "application/zip", "video/mp4", "application/x-gzip"])
def test_images_and_archives_are_not_read(kind: str) -> None:
    assert refusal({"https://a.test/p": Reply(b"x", headers={"Content-Type": kind})}) == (
        "skipped",
        f"not a page ({kind})",
    )


def test_gzip_is_unpacked() -> None:
    page = Reply(gzip.compress(b"<p>hi</p>"), headers=HTML | {"Content-Encoding": "gzip"})
    assert fetched({"https://a.test/p": page}, "https://a.test/p").body == b"<p>hi</p>"


def test_a_body_is_bounded_before_and_after_unpacking() -> None:
    small = Limits(size_bytes=1000, backoff=0.01)
    bomb = Reply(gzip.compress(b"a" * 5_000_000), headers=HTML | {"Content-Encoding": "gzip"})
    pages = {
        "https://a.test/p": Reply(b"a" * 1001),
        "https://a.test/bomb": bomb,
        "https://a.test/fits": Reply(b"a" * 1000),
    }
    assert refusal(pages, limits=small) == ("failed", "too large (more than 0 MB)")
    assert refusal(pages, "https://a.test/bomb", limits=small)[1].startswith("too large")
    assert len(fetched(pages, "https://a.test/fits", limits=small).body) == 1000


def test_half_a_body_is_a_failure() -> None:
    short = Reply(b"<p>hi", headers=HTML | {"Content-Length": "999", "Connection": "close"})
    cut = Reply(gzip.compress(b"hi" * 5000)[:-20], headers=HTML | {"Content-Encoding": "gzip"})
    damaged = Reply(b"not gzip", headers=HTML | {"Content-Encoding": "gzip"})
    pages = {"https://a.test/short": short, "https://a.test/cut": cut, "https://a.test/damaged": damaged}
    assert refusal(pages, "https://a.test/short")[1].startswith("truncated")
    assert refusal(pages, "https://a.test/cut")[1].startswith("truncated")
    assert refusal(pages, "https://a.test/damaged") == ("failed", "the compressed body is damaged")


def test_silence_is_named() -> None:
    def silent(headers: Mapping[str, str]) -> Reply:
        time.sleep(0.7)
        return PAGE

    impatient = Limits(read=0.3, backoff=0.01)
    assert refusal({"https://a.test/p": silent}, limits=impatient)[1].startswith("no answer within")
    impatient = Limits(total=0.3, backoff=0.01)
    assert refusal({"https://a.test/p": silent}, limits=impatient)[1].startswith("not finished within")


# Redirects


def test_redirects_resolve_against_the_original_address() -> None:
    pages = {
        "https://a.test/dir/old": redirect("new", 301),
        "https://a.test/dir/new": redirect("/there", 308),
        "https://a.test/there": redirect("//b.test/last"),
        "https://b.test/last": PAGE,
    }
    found = fetched(pages, "https://a.test/dir/old")
    assert found.final_url == "https://b.test/last"
    assert found.moved_to == "https://a.test/there"  # the last hop was not permanent


def test_an_address_that_the_via_server_made_is_unwrapped() -> None:
    pages: dict[str, Reply] = {"https://b.test/last?x=http://c.test/": PAGE}
    with fetching(pages) as (fetcher, site):
        for location in (f"{site.base}https://b.test/last?x=http://c.test/", "/https://b.test/last?x=http://c.test/"):
            assert fetcher._resolved("https://a.test/p", location) == "https://b.test/last?x=http://c.test/"
        assert fetcher._resolved("https://a.test/p", "/http") == "https://a.test/http"
        with pytest.raises(ReadingError, match="private address"):
            fetcher._resolved("https://a.test/p", f"{site.base}secret")


def test_redirects_end() -> None:
    circle = {"https://a.test/p": redirect("q"), "https://a.test/q": redirect("p")}
    assert refusal(circle) == ("failed", "redirects in a circle")
    endless = {f"https://a.test/{n}": redirect(f"/{n + 1}") for n in range(20)}
    assert refusal(endless, "https://a.test/0")[1] == "more than 8 redirects"


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1:1/secret", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "http://10.0.0.1/",
     "http://localhost/", "http://[::1]/", "http://2130706433/", "http://0x7f.1/", "http://metadata.google.internal/",
     "ftp://b.test/", "http://user:secret@b.test/", "http://[::ffff:10.0.0.1]/", "gopher://b.test/", "http://router/"],
)  # fmt: skip
def test_no_redirect_leads_inside(location: str) -> None:
    pages = {"https://a.test/p": redirect(location)}
    with fetching(pages) as (fetcher, site), pytest.raises(ReadingError) as caught:
        fetcher.fetch("https://a.test/p")
    assert caught.value.state == "skipped"
    assert site.paths == ["/https://a.test/robots.txt", "/https://a.test/p"]


def test_a_redirect_to_a_sign_in_page_is_a_login_wall() -> None:
    assert refusal({"https://a.test/p": redirect("/login?next=/p")})[0] == "blocked"


def test_a_meta_refresh_is_followed() -> None:
    refresh = Reply(b'<meta http-equiv="refresh" content="0; url=q&amp;r">')
    found = fetched({"https://a.test/p": refresh, "https://a.test/q&r": PAGE}, "https://a.test/p")
    assert found.final_url == "https://a.test/q&r"


@pytest.mark.parametrize(
    ("html", "target"),
    [("<META content='3;URL=x' HTTP-EQUIV=Refresh>", "x"), ('<meta http-equiv=refresh content="300; url=x">', None),
     ('<meta http-equiv=refresh content="5">', None), ('<!-- <meta http-equiv=refresh content="0;url=x"> -->', None),
     ('<noscript><meta http-equiv=refresh content="0;url=x"></noscript>', None)],
)  # fmt: skip
def test_a_meta_refresh_is_found_where_it_is_meant(html: str, target: str | None) -> None:
    assert meta_refresh(html.encode()) == target


# Copies in an archive


def test_a_dead_page_is_looked_for_in_the_archive_once() -> None:
    copy = "https://web.archive.org/web/2024id_/https://a.test/p?x=1"
    found = fetched({copy: PAGE}, "https://a.test/p?x=1")
    assert (found.archived, found.final_url, found.url) == (True, copy, "https://a.test/p?x=1")
    assert refusal({copy: PAGE}, "https://a.test/p?x=1", archive=False)[0] == "dead"
    assert refusal({}) == ("dead", "not found (404); no archived copy")


# Manners


def test_requests_to_one_host_are_a_delay_apart_and_hosts_are_apart() -> None:
    time_ = FakeTime()
    pages = {f"https://{host}.test/{n}": PAGE for host in "ab" for n in range(3)}
    with fetching(pages, delay=1.0, clock=time_.clock, sleep=time_.sleep) as (fetcher, _):
        for n in range(3):
            fetcher.fetch(f"https://a.test/{n}")
        assert time_.slept == [1.0, 1.0, 1.0]  # robots.txt counts
        fetcher.fetch("https://b.test/0")
        assert len(time_.slept) == 4  # only after robots.txt of its own


def test_one_host_is_asked_one_thing_at_a_time() -> None:
    under_way, most, books = [0], [0], threading.Lock()

    def page(headers: Mapping[str, str]) -> Reply:
        with books:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.02)
        with books:
            under_way[0] -= 1
        return PAGE

    with fetching({f"https://a.test/{n}": page for n in range(6)}) as (fetcher, site):
        threads = [threading.Thread(target=fetcher.fetch, args=(f"https://a.test/{n}",)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == [1]
    assert site.paths.count("/https://a.test/robots.txt") == 1


def robots(text: str, **options: Any) -> dict[str, Reply]:
    return {"https://a.test/robots.txt": Reply(text.encode(), headers={"Content-Type": "text/plain"}, **options)}


def test_robots_rules_are_obeyed_also_behind_a_redirect() -> None:
    rules = robots("User-agent: TutorReader\nDisallow: /p\nAllow: /\n\nUser-agent: *\nDisallow: /q")
    pages = rules | {
        "https://a.test/q": PAGE,
        "https://a.test/p": PAGE,
        "https://b.test/": redirect("https://a.test/p"),
    }
    assert refusal(pages) == ("blocked", "robots.txt does not allow it")
    assert refusal(pages, "https://b.test/") == ("blocked", "robots.txt does not allow it")
    assert fetched(pages, "https://a.test/q").body == PAGE.body


def test_a_crawl_delay_is_obeyed_within_reason() -> None:
    time_ = FakeTime()
    pages = robots("User-agent: *\nCrawl-delay: 5") | {"https://a.test/p": PAGE, "https://a.test/q": PAGE}
    with fetching(pages, delay=1.0, clock=time_.clock, sleep=time_.sleep) as (fetcher, _):
        fetcher.fetch("https://a.test/p")
        fetcher.fetch("https://a.test/q")
    assert time_.slept == [1.0, 5.0]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_no_rules_are_no_refusal(status: int) -> None:
    pages = {"https://a.test/robots.txt": Reply(status=status), "https://a.test/p": PAGE}
    assert fetched(pages, "https://a.test/p").status == 200


def test_rules_that_cannot_be_had_now_leave_the_host_alone() -> None:
    with fetching({"https://a.test/robots.txt": Reply(status=500), "https://a.test/p": PAGE}) as (fetcher, site):
        for _ in range(3):
            with pytest.raises(ReadingError, match=r"failed: robots.txt answered 500"):
                fetcher.fetch("https://a.test/p")
    assert site.paths == ["/https://a.test/robots.txt"]


def test_retry_after_is_obeyed_and_bounded() -> None:
    time_, answers = FakeTime(), iter([429, 503, 200])

    def page(headers: Mapping[str, str]) -> Reply:
        status = next(answers)
        return PAGE if status == 200 else Reply(status=status, headers={"Retry-After": "7"})

    with fetching({"https://a.test/p": page}, clock=time_.clock, sleep=time_.sleep) as (fetcher, _):
        assert fetcher.fetch("https://a.test/p").body == PAGE.body
    assert time_.slept == [7.0, 7.0]
    patient = {"https://a.test/p": Reply(status=429, headers={"Retry-After": "86400"})}
    assert refusal(patient)[1].startswith("the host asked for a pause of 86")


def test_the_reader_says_who_it_is_and_keeps_no_cookies() -> None:
    page = Reply(b"x", headers=HTML | {"Set-Cookie": "id=1; Path=/"})
    with fetching({"https://a.test/p": page}) as (fetcher, site):
        fetcher.fetch("https://a.test/p")
        fetcher.fetch("https://a.test/p")
    assert all(headers["user-agent"].startswith("TutorReader/") for _, headers in site.asked)
    assert not any("cookie" in headers for _, headers in site.asked)


def test_stop_ends_a_wait() -> None:
    stop = threading.Event()
    with fetching({"https://a.test/p": PAGE}, delay=60.0, stop=stop, limits=Limits()) as (fetcher, _):
        threading.Timer(0.1, stop.set).start()
        began = time.monotonic()
        with pytest.raises(Stopped):
            fetcher.fetch("https://a.test/p")
    assert time.monotonic() - began < 5


# The guard


@pytest.mark.parametrize(
    ("address", "public"),
    [("93.184.215.14", True), ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True), ("127.0.0.1", False),
     ("10.1.2.3", False), ("192.168.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False),
     ("224.0.0.1", False), ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False), ("::ffff:127.0.0.1", False),
     ("64:ff9b::a00:1", False), ("2002:7f00:1::", False), ("::ffff:8.8.8.8", True)],
)  # fmt: skip
def test_public_addresses_are_told_from_others(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    ["mailto:a@b.test", "javascript:alert(1)", "http://", "https://a.test:99999/", "notes.txt", "http://[::1", ""],
)
def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(ReadingError, match="skipped"):
        check_address(url)


def test_a_name_that_leads_inside_is_refused_after_look_up() -> None:
    with website({"/": PAGE}) as site, Fetcher(delay=0, resolve=lambda host, port: ["127.0.0.1"]) as fetcher:
        port = site.base.rsplit(":", 1)[1].rstrip("/")
        with pytest.raises(ReadingError) as caught:
            fetcher.fetch(f"http://innocent.test:{port}/")
    assert (caught.value.state, site.asked) == ("skipped", [])
    assert caught.value.reason == "private address (innocent.test leads to 127.0.0.1)"


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"] if len(looked_up) == 1 else ["10.0.0.1"]

    monkeypatch.setattr(ingest.fetch, "is_public", lambda address: str(ip_address(address)) == "127.0.0.1")
    with website({"/": PAGE}) as site, Fetcher(delay=0, resolve=rebinding) as fetcher:
        port = site.base.rsplit(":", 1)[1].rstrip("/")
        assert fetcher.fetch(f"http://innocent.test:{port}/").body == PAGE.body
    assert site.asked[0][1]["host"] == f"innocent.test:{port}"
    assert looked_up == ["innocent.test"]


def test_a_host_that_no_longer_exists_is_dead_and_one_that_cannot_be_looked_up_is_not() -> None:
    def resolver(code: int) -> Any:
        def resolve(host: str, port: int) -> list[str]:
            raise socket.gaierror(code, "no")

        return resolve

    for code, state in ((socket.EAI_NONAME, "dead"), (socket.EAI_AGAIN, "failed")):
        quick = Fetcher(delay=0, resolve=resolver(code), limits=QUICK)
        with quick as fetcher, pytest.raises(ReadingError) as caught:
            fetcher.fetch("https://a.test/p")
        assert caught.value.state == state


def test_via_names_where_the_address_goes() -> None:
    with pytest.raises(ValueError, match="needs"):
        Fetcher(via="http://127.0.0.1:8900/")
