"""
Every word that the browser page shows of its own, in one place.

Plain strings and `str.format` templates; what the tutor itself says (answers, errors) comes from the library. Those
that JavaScript needs are handed to it as JSON (`FOR_SCRIPT`).
"""

NAME = "Tutor"
TAGLINE = "Modern AI, with every sentence traced to its source"
CHAT = "Chat"
LIBRARY = "Library"

# -- status line ----------------------------------------------------------------------------------------------------

OPENING = "Getting ready …"
OPENING_ENCODING = "Getting ready: making the starter notes searchable ({done} of {total}) …"
OPENING_MODEL = "Getting ready: loading the models …"
READY = "Ready: {library}, {model}"
READY_QUOTES = "answers in quotes"
NOTES = ("1 starter note", "{n} starter notes")
ARTICLES = ("1 article", "{n} articles")
GONE = "The tutor is not running any more. Start it again with the command tutor."

# -- the empty page -------------------------------------------------------------------------------------------------

HELLO = "What would you like to understand?"
HELLO_MORE = (
    "Ask about anything in the Generative AI Handbook. You see the evidence first, and each sentence of the answer "
    "opens the exact words it rests on."
)
ONLY_NOTES = (
    "So far I have read only my own starter notes, one for each chapter. Read the handbook's articles in the Library "
    "tab and the answers grow with them."
)
SAMPLES = (
    ("Attention", "Why is FlashAttention faster than standard attention?"),
    ("Finetuning", "What is LoRA?"),
    ("Alignment", "How does DPO differ from RLHF?"),
    ("Inference", "How does speculative decoding work?"),
    ("Diffusion", "How does a diffusion model generate an image?"),
    ("The handbook", "What should I watch for LoRA?"),
)
SAMPLES_LABEL = "Questions to begin with"

# -- asking ---------------------------------------------------------------------------------------------------------

ASK_LABEL = "Your question"
ASK_PLACEHOLDER = "Ask a question"
ASK = "Ask"
STOP = "Stop"
NEW = "New conversation"
CONVERSATION_LABEL = "Conversation"
TALKS = "Conversations"
TALKS_OPEN = "Show the conversations"
TALKS_CLOSE = "Close the list"
TALKS_FIND = "Find in conversations"
TALKS_NONE = "No conversation holds these words."
TALK_ABOUT = "{turns} · {day}"
TALK_TURNS = ("1 question", "{n} questions")
TALK_MORE = "Rename, download or delete “{title}”"
TALK_RENAME = "Rename"
TALK_EXPORT = "Download"
TALK_EXPORT_MORE = "Download as Markdown, with its citations"
TALK_DELETE = "Delete"
TODAY, YESTERDAY = "today", "yesterday"
RENAME_HEAD = "Rename this conversation"
RENAME_LABEL = "Title"
RENAME = "Rename"
DELETE_HEAD = "Delete this conversation?"
DELETE_MORE = "Its questions and answers are gone then. What was read stays in the library."
DELETE = "Delete it"
CANCEL = "Cancel"
NOT_KEPT = "This answer could not be kept. {why}"
FINE_PRINT = "Answers come from what the tutor has read, on this computer. Check the quote before you rely on it."

# -- a turn ---------------------------------------------------------------------------------------------------------

WAITING_OPENING = "The tutor is still getting ready; your question is next."
SEARCHING = "Looking for evidence …"
EVIDENCE = "Evidence"
EVIDENCE_FOUND = ("1 passage found in {ms}", "{n} passages found in {ms}")
EVIDENCE_MORE = ("1 more passage", "{n} more passages")
NEAREST = "Nearest passages (they do not answer it)"
QUEUE = ("1 question is before yours.", "{n} questions are before yours.")
READING_EVIDENCE = "Reading the evidence …"
UNCHECKED = "Draft, not checked yet"
CHECKING = "Writing and checking …"
STOPPED = "Stopped. What is above passed the check."
STOPPED_EARLY = "Stopped before anything was stated."
CHIP_QUOTED = "Source {n}, word for word: {title}. Open it."
CHIP_CHECKED = "Source {n}: {title}. Open it."
QUOTE_OPEN = "Open passage {n} in the reader: {title}"
DECLINED = "Not covered by what I have read"
DECLINED_MORE = "Ask about a topic of the Generative AI Handbook, or let me read more in the Library tab."
NEAREST_CHAPTER = "Nearest chapter"
READ_THERE = "What to read there"
FOLLOW_UPS = "Ask next"
TROUBLE = "The model could not be used, so the best quotes are the answer. {why}"
ERROR = "That did not work"
ERROR_UNKNOWN = "Something went wrong inside the tutor ({kind}). Ask again; if it stays, `tutor doctor` tells more."

# -- how an answer came about ---------------------------------------------------------------------------------------

TRACE = "How this answer came about"
TRACE_ASKED = "Searched for"
TRACE_CHANCE = "Chance that the library answers this"
TRACE_MODEL = "Model"
TRACE_TOKENS = "{prompt} tokens read (of {budget}), {output} written"
TRACE_TIMES = "Times"
TRACE_EVIDENCE = "evidence {evidence}"
TRACE_FIRST_WORD = "first word {first_word}"
TRACE_TOTAL = "all {total}"
TRACE_STRUCK = "Written by the model and struck by the check"
TRACE_STRUCK_ITEM = "{reason} (support {support:.2f})"
TRACE_HITS = "Best passages found"

# -- reader ---------------------------------------------------------------------------------------------------------

READER = "Reader"
READER_CLOSE = "Close the reader"
READER_ORIGINAL = "Open the original at this sentence"
READER_PAGE = "Open the original"
READER_LOADING = "Opening …"
READER_NOTE = "The tutor’s own starter note"
READER_CHAPTER = "What to read in this chapter"
READER_GONE = "As of {date}, when it was read: the page itself is gone."
READER_CHANGED = "This source was read anew after the answer was given, and the quote no longer stands where it stood."
READER_ARCHIVED = "Read from an archive, because the page itself was gone."
READER_MISSING = "This source is no longer in the library. Ask again, and the answer will use what is there now."
READER_FAILED = "The source could not be opened. Is the tutor still running?"
WORDS = ("1 word", "{n} words")
MINUTES = ("1 min", "{n} min")
NEW_WINDOW = "(opens in a new tab)"

# -- library --------------------------------------------------------------------------------------------------------

LIBRARY_TITLE = "What the tutor has read"
LIBRARY_COUNTS = "{sources}, {words} in {passages}"
SOURCES = ("1 source", "{n} sources")
PASSAGES = ("1 passage", "{n} passages")
LIBRARY_OPENING = "The list appears as soon as the tutor is ready."
FILTER = "Find a source"
FILTER_NONE = "No source matches."
GROUP_NOTES = "Starter notes"
GROUP_READ = "Articles, papers and videos"
GROUP_FAILED = "Links without a text"
READ_TITLE = "Read more"
READ_HANDBOOK = "Read the handbook and all it links to"
READ_HANDBOOK_MORE = (
    "Some 275 pages. It takes a while; chat goes on meanwhile, and answers use each page once it is read."
)
READ_URL_LABEL = "Or one page"
READ_URL_PLACEHOLDER = "https://…"
READ_URL = "Read it"
READ_STOP = "Stop reading"
READING_HANDBOOK = "Reading the handbook and all it links to"
READING_ONE = "Reading {what}"
READING_STARTING = "Beginning …"
READING_STOPPING = "Stopping after the pages under way …"
READING_DONE_OF = "{done} of {total} pages"
READING_RATE = "{rate} a minute"
READING_ETA = "about {eta} left"
READING_NOW = "Now: {current}"
READING_WAITING = ("1 passage to make searchable", "{n} passages to make searchable")
REPORT_DONE = "Done in {time}: {summary}."
REPORT_STOPPED = "Stopped after {time}: {summary}. What was read is kept; the next reading carries on."
REPORT_NOTHING = "nothing to read"
REPORT_FAILURES = ("1 page gave no text: which, and why", "{n} pages gave no text: which, and why")
OUTCOMES = {
    "read": ("1 read", "{n} read"),
    "changed": ("1 changed", "{n} changed"),
    "unchanged": ("1 unchanged", "{n} unchanged"),
    "duplicate": ("1 the same as another", "{n} the same as others"),
    "skipped": ("1 skipped", "{n} skipped"),
    "dead": ("1 dead", "{n} dead"),
    "blocked": ("1 blocked", "{n} blocked"),
    "failed": ("1 failed", "{n} failed"),
}
KINDS = {
    "note": "starter note",
    "article": "article",
    "video": "video",
    "paper": "paper",
    "book": "book",
    "course": "course",
    "repo": "repository",
    "documentation": "documentation",
    "site": "site",
    "social": "social media",
}
STATE_READ = "read"

FOR_SCRIPT = {
    "gone": GONE,
    "loading": READER_LOADING,
    "failed": READER_FAILED,
    "labels": {"question": ASK_LABEL, "read-url": READ_URL_LABEL, "find-talk": TALKS_FIND},
}


def number(forms: tuple[str, str], n: int, **more: object) -> str:
    """One of two forms, by number; thousands are set apart."""
    return forms[0 if n == 1 else 1].format(n=f"{n:,}", **more)
