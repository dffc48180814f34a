"""
Addresses: one form for those that are the same, what kind of thing they lead to, which are not read and why.

Knows nothing of fetching: everything here is decided by the address alone.
"""

import re
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlsplit, urlunsplit

LONGEST = 4_000  # characters of an address; no page needs more
DEFAULT_PORTS = {"http": 80, "https": 443}
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
TRACKING = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|mc_[ce]id|igshid|yclid|twclid|_hs\w+|__hs\w+|hsctatracking"
    r"|mkt_tok|ref_src|ref_url|trk|trkinfo|vero_\w+|s_cid|cmpid|guccounter|guce_\w+|oly_\w+|rb_clickid|si|spm)$",
    re.IGNORECASE,
)
REPOSITORY_TABS = frozenset(("tab",))
BRACKETED = re.compile(r"(?:%5B|\[)(https?:/{1,2}.+?)(?:%5D|\])?$", re.IGNORECASE)
ARXIV = re.compile(
    r"^/(?:abs|pdf|html|format|ps)/((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7}))(v\d+)?(?:\.pdf)?/?$"
)
YOUTUBE_HOSTS = frozenset(("youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com",
                           "www.youtube-nocookie.com", "youtu.be"))  # fmt: skip
YOUTUBE_ID = re.compile(r"^[\w-]{11}$")
ARCHIVED = re.compile(r"^https?://web\.archive\.org/web/\d+(?:[a-z]{2}_)?/(?P<url>https?:/{1,2}.+)$", re.IGNORECASE)

VIDEO_HOSTS = YOUTUBE_HOSTS | {"vimeo.com", "www.vimeo.com", "www.twitch.tv", "www.bilibili.com"}
SOCIAL_HOSTS = frozenset(
    ("twitter.com", "x.com", "mobile.twitter.com", "nitter.net", "www.reddit.com", "old.reddit.com", "reddit.com",
     "www.redditmedia.com", "www.linkedin.com", "linkedin.com", "www.facebook.com", "facebook.com", "www.instagram.com",
     "www.threads.net", "bsky.app", "mastodon.social", "sigmoid.social", "www.tiktok.com", "discord.gg", "discord.com",
     "t.me", "news.ycombinator.com", "www.quora.com"))  # fmt: skip
APP_HOSTS = frozenset(
    ("chat.openai.com", "chatgpt.com", "claude.ai", "gemini.google.com", "bard.google.com", "chat.lmsys.org",
     "lmarena.ai", "copilot.microsoft.com", "www.perplexity.ai", "docs.google.com", "drive.google.com",
     "colab.research.google.com", "calendar.google.com", "forms.gle", "play.google.com", "apps.apple.com",
     "poe.com", "character.ai", "beta.character.ai"))  # fmt: skip
APP_PATHS = (("huggingface.co", "/spaces/"), ("arxiv.org", "/list/"), ("arxiv.org", "/search"))
PRODUCT_HOSTS = frozenset(
    ("openai.com", "www.anthropic.com", "anthropic.com", "mistral.ai", "www.together.ai", "together.ai", "scale.com",
     "runwayml.com", "pika.art", "www.figure.ai", "llama.meta.com", "www.cartesia.ai", "cartesia.ai", "huggingface.co",
     "www.midjourney.com", "cohere.com", "www.cohere.com", "replit.com", "e2b.dev", "groq.com", "www.databricks.com",
     "stability.ai", "x.ai", "inflection.ai", "www.adept.ai", "deepmind.google", "ai.meta.com", "www.pinecone.io",
     "weaviate.io", "www.langchain.com", "www.llamaindex.ai", "wandb.ai", "lightning.ai", "modal.com", "vercel.com",
     "www.cognition.ai", "elevenlabs.io", "suno.com", "www.suno.ai"))  # fmt: skip
PRODUCT_PATHS = re.compile(
    r"^/(?:home|showcase|pricing|product|products|sora|dall-e-\d|chatgpt|gpt-4|api|technologies/[\w-]+(?:/[\w-]+)?)?/?$"
)
BOOK_HOSTS = frozenset(("d2l.ai", "www.deeplearningbook.org", "linear.axler.net", "nnfs.io", "udlbook.github.io",
                        "neuralnetworksanddeeplearning.com", "www.oreilly.com"))  # fmt: skip
COURSE_HOSTS = frozenset(("course.fast.ai", "learn.deeplearning.ai", "www.coursera.org", "www.edx.org", "www.udemy.com",
                          "ocw.mit.edu", "rail.eecs.berkeley.edu"))  # fmt: skip
PAPER_HOSTS = frozenset(("arxiv.org", "openreview.net", "aclanthology.org", "papers.nips.cc", "proceedings.mlr.press",
                         "www.biorxiv.org", "proceedings.neurips.cc", "dl.acm.org", "www.jmlr.org"))  # fmt: skip
RAW_HOST = "raw.githubusercontent.com"
RAW_FILES = frozenset(("ipynb", "md", "markdown", "txt", "rst"))
BLOB = re.compile(r"/([\w.-]+/[\w.-]+)/(?:blob|raw)/(.+)")
NOTEBOOK_VIEWERS = {"colab.research.google.com": "/github/", "nbviewer.org": "/github/",
                    "nbviewer.jupyter.org": "/github/"}  # fmt: skip
CODE_HOSTS = frozenset(("github.com", "www.github.com", "gitlab.com", "bitbucket.org"))
FILES = {
    "image": "png jpg jpeg gif svg webp ico bmp tif tiff avif heic",
    "archive": "zip gz tgz tar bz2 xz 7z rar whl jar iso dmg exe msi deb rpm apk",
    "sound or video file": "mp3 mp4 m4a wav ogg webm mov avi mkv flac",
    "office file": "doc docx ppt pptx xls xlsx odt ods odp key epub mobi",
    "data file": "csv tsv parquet npz npy h5 hdf5 pkl pt pth safetensors gguf onnx bin",
    "part of a page": "css js mjs map woff woff2 ttf rss atom",
}
FILE_KINDS = {extension: kind for kind, extensions in FILES.items() for extension in extensions.split()}
DOCUMENTATION_MAKERS = ("sphinx", "mkdocs", "docusaurus", "mdbook", "gitbook", "vitepress", "nextra", "docsify")


def normalise(url: str) -> str:
    """
    The address in one form: scheme and host in lower case, no default port, no tracking parameters, no fragment
    (but a path kept in one, `#/chapter`), escapes only where they are needed. It still can be fetched as it is.
    Anything that is no web address comes back with blanks taken off.
    """
    url = unbracketed(url.strip())
    if len(url) > LONGEST:
        return url
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not parts.hostname:
        return url
    host = _ascii_host(parts.hostname.rstrip("."))
    host = f"[{host}]" if ":" in host else host
    if port is not None and port != DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    fragment = parts.fragment if re.match(r"!?/.", parts.fragment) else ""
    return urlunsplit((scheme, host, _path(parts.path), _query(parts.query, host), fragment))


def unbracketed(url: str) -> str:
    """The address inside one that was written in brackets, and so became part of a path."""
    found = BRACKETED.search(url) if len(url) <= LONGEST else None
    return unquote(found[1]) if found and not url.lower().startswith(("http://[", "https://[")) else url


def _ascii_host(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii") if not host.isascii() else host.lower()
    except UnicodeError:
        return host.lower()


def _path(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and len(parts) > 1:
            parts.pop()
        elif part not in (".", ".."):
            parts.append(part)
    if path.endswith(("/.", "/..")):
        parts.append("")
    return _escapes("/".join(parts)) or "/"


def _query(query: str, host: str) -> str:
    kept = [pair for pair in query.split("&") if pair and not TRACKING.match(pair.partition("=")[0])]
    if host in YOUTUBE_HOSTS:
        kept = [pair for pair in kept if pair.partition("=")[0] not in ("pp", "feature", "ab_channel", "index")]
    return _escapes("&".join(kept))


def _escapes(text: str) -> str:
    """Percent escapes in upper case, none where none is needed, all where one is."""

    def normal(match: re.Match[str]) -> str:
        letter = chr(int(match[1], 16))
        return letter if letter in UNRESERVED else match[0].upper()

    return quote(re.sub(r"%([0-9A-Fa-f]{2})", normal, text), safe="%/:@!$&'()*+,;=~?[]")


def original_of(url: str) -> str:
    """The address that an archived copy is of; any other address as it is."""
    found = ARCHIVED.match(url)
    return re.sub(r"^(https?):/{1,2}", r"\1://", found["url"]) if found else url


def source_key(url: str) -> str:
    """
    What makes two addresses one source: "arxiv:1706.03762" for a paper in any form, "youtube:ID" for a video,
    "github:owner/name" for a repository's front page, a file of GitHub's address there; otherwise host and path,
    without scheme, `www.`, a last slash or an index page.
    """
    url = shown_file_of(normalise(original_of(unbracketed(url.strip()))))
    url = shown_file_of(raw_file_of(url) or url)
    if paper := arxiv_id(url):
        return f"arxiv:{paper}"
    if video := youtube_id(url):
        return f"youtube:{video}"
    if repository := repository_of(url):
        return f"github:{repository.lower()}"
    parts = urlsplit(url)
    path = re.sub(r"/(?:index|default)\.(?:html?|php|aspx)$", "/", parts.path).rstrip("/")
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment.rstrip('/')}" if parts.fragment.strip("!/") else ""
    return f"{parts.netloc.removeprefix('www.')}{path}{query}{fragment}" if parts.netloc else url


def arxiv_id(url: str) -> str | None:
    """The number of the arXiv paper behind an address, without its version; None if it is none."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("export.")
    if host in ("ar5iv.org", "ar5iv.labs.arxiv.org", "alphaxiv.org"):
        host = "arxiv.org"
    found = ARXIV.match(parts.path) if host == "arxiv.org" else None
    return found[1] if found else None


def youtube_id(url: str) -> str | None:
    """The name of the YouTube video behind an address; None for channels, playlists and everything else."""
    parts = urlsplit(url)
    if parts.hostname not in YOUTUBE_HOSTS:
        return None
    if parts.hostname == "youtu.be":
        name = parts.path.strip("/")
    elif found := re.match(r"/(?:embed|shorts|live|v)/([\w-]{11})", parts.path):
        name = found[1]
    else:
        name = parse_qs(parts.query).get("v", [""])[0]
    return name if YOUTUBE_ID.match(name) else None


def repository_of(url: str) -> str | None:
    """ "owner/name" when the address is a GitHub repository's front page; None otherwise."""
    parts = urlsplit(url)
    if parts.hostname not in ("github.com", "www.github.com"):
        return None
    found = re.fullmatch(
        r"/([\w.-]+)/([\w.-]+?)(?:\.git)?(?:/(?:tree|blob)/(?:main|master|HEAD)(?:/README\.md)?)?/?", parts.path
    )
    query = dict(parse_qsl(parts.query))
    return f"{found[1]}/{found[2]}" if found and set(query) <= REPOSITORY_TABS else None


def raw_file_of(url: str) -> str | None:
    """
    Where GitHub serves a file as it is that `url` shows: a blob of GitHub, or a notebook of GitHub in a viewer.

    None where the address shows no single file of text.
    """
    parts = urlsplit(url)
    path = parts.path
    if (viewer := NOTEBOOK_VIEWERS.get(parts.hostname or "")) and path.startswith(viewer):
        path = path.removeprefix(viewer.rstrip("/"))
    elif parts.hostname not in ("github.com", "www.github.com"):
        return None
    found = BLOB.fullmatch(path)
    return f"https://{RAW_HOST}/{found[1]}/{found[2]}" if found and _extension(path) in RAW_FILES else None


def shown_file_of(url: str) -> str:
    """The address at which GitHub shows a file to people, for one that it serves raw; any other address as it is."""
    parts = urlsplit(url)
    found = re.fullmatch(r"/([\w.-]+/[\w.-]+)/(.+)", parts.path)
    return f"https://github.com/{found[1]}/blob/{found[2]}" if found and parts.hostname == RAW_HOST else url


def candidates(url: str) -> tuple[str, ...]:
    """
    The addresses to try for a source, best first, two at most (three for a PDF of arXiv named in full).

    A paper's HTML before its PDF; a repository's README before its front page; a file of GitHub as it is; the page of
    a video, however it was written; otherwise the address itself.
    """
    url = normalise(url)
    if paper := arxiv_id(url):
        asked = (url,) if "/pdf/" in url else ()
        forms = (f"https://arxiv.org/html/{paper}", *asked, f"https://arxiv.org/pdf/{paper}")
        return tuple(dict.fromkeys(forms))
    if repository := repository_of(url):
        return (f"https://{RAW_HOST}/{repository}/HEAD/README.md", url)
    if raw := raw_file_of(url):
        return (raw,)
    if video := youtube_id(url):
        return (f"https://www.youtube.com/watch?v={video}",)
    return (url,)


def kind_of(url: str) -> str:
    """article, paper, video, repo, book, course, documentation, post, app, product or file, by the address alone."""
    parts = urlsplit(normalise(url))
    host, path = parts.hostname or "", parts.path
    bare = host.removeprefix("www.")
    if host in VIDEO_HOSTS:
        return "video"
    if host == RAW_HOST or raw_file_of(url):
        return "repo"
    if host in SOCIAL_HOSTS:
        return "post"
    if host in APP_HOSTS or any(host == site and path.startswith(below) for site, below in APP_PATHS):
        return "app"
    if host in PRODUCT_HOSTS and PRODUCT_PATHS.match(path):
        return "product"
    if _extension(path) in FILE_KINDS:
        return "file"
    if host in CODE_HOSTS:
        return "repo"
    if host in PAPER_HOSTS:
        return "paper"
    if bare in BOOK_HOSTS or host in BOOK_HOSTS:
        return "article" if path.startswith("/radar") else "book"
    if host in COURSE_HOSTS or re.search(r"/class/cs\d+", path):
        return "course"
    if _extension(path) == "pdf":
        return "paper"
    if (
        host.startswith("docs.")
        or re.search(r"/docs?/|/en/(?:latest|stable)/|/reference/", path)
        or ".readthedocs." in host
    ):
        return "documentation"
    return "article"


def canonical_kind(url: str, stated: str | None = None, generator: str = "") -> str:
    """The kind of a page that has been read: by its address, or by the program that made it."""
    kind = kind_of(url)
    if kind == "article" and any(maker in generator for maker in DOCUMENTATION_MAKERS):
        return "documentation"
    if kind == "article" and stated and stated.startswith("video"):
        return "video"
    return kind


def skip_reason(url: str) -> str | None:
    """Why an address is not read, in words for the report; None when it is."""
    url = unbracketed(url.strip())
    scheme = url.partition(":")[0].lower()
    if scheme == "mailto":
        return "an e-mail address"
    try:
        parts = urlsplit(url)
    except ValueError:
        return "not a web address"
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return "not a web address"
    if youtube_id(url) or raw_file_of(url):
        return None
    kind = kind_of(url)
    if kind == "file":
        return f"{FILE_KINDS[_extension(parts.path)]}, not a page"
    return {
        "video": "channel or playlist: kept as a resource" if _on_youtube(url) else "video: kept as a resource",
        "post": "a social post or discussion",
        "app": "an application, not a page to read",
        "product": "a product's home page",
    }.get(kind)


def _on_youtube(url: str) -> bool:
    return urlsplit(url).hostname in YOUTUBE_HOSTS


def _extension(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    return name.rsplit(".", 1)[-1].lower() if "." in name else ""
