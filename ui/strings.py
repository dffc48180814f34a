"""
Every word that the browser page shows of its own, in one place.

Plain strings and `str.format` templates; what the tutor itself says (answers, errors) comes from the library. Those
that JavaScript needs are handed to it as JSON (`FOR_SCRIPT`).
"""

NAME = "Tutor"
TAGLINE = "Modern AI, with every sentence traced to its source"
CHAT = "Chat"
PLAN = "Plan"
LIBRARY = "Library"

# -- status line ----------------------------------------------------------------------------------------------------

OPENING = "Getting ready …"
OPENING_ENCODING = "Getting ready: making the starter notes searchable ({done} of {total}) …"
OPENING_MODEL = "Getting ready: loading the models …"
READY = "Ready: {library}, {model}"
STATUS_READING = "Reading {done} of {total} pages · "  # first, since a phone has room for no more
READY_QUOTES = "answers in quotes"
NOTES = ("1 starter note", "{n} starter notes")
ARTICLES = ("1 article", "{n} articles")
FOREIGN = "Only the tutor's own page may change something."
KEEPER_ALONE = "Only whoever sits at the computer that the tutor runs on can do this."
GONE = "The tutor is not running any more. Start it again with the command tutor; this page then goes on by itself."
GONE_MEANWHILE = "The tutor ended while it was answering. Start it again; what had passed the check is kept."

# -- the empty page -------------------------------------------------------------------------------------------------

HELLO = "What would you like to understand?"
HELLO_MORE = (
    "Ask about anything in the Generative AI Handbook. You see the evidence first, and each sentence of the answer "
    "opens the exact words it rests on."
)
ONLY_NOTES = (
    "So far I have read only my own starter notes, one for each chapter. With the handbook’s articles the answers "
    "become fuller: some 275 pages, read in the background while you ask."
)
READ_ARTICLES = "Read the handbook’s articles"
SAMPLES = (
    ("Attention", "Why is FlashAttention faster than standard attention?"),
    ("Finetuning", "What is LoRA?"),
    ("Inference", "How does speculative decoding work?"),
    ("Diffusion", "How does a diffusion model generate an image?"),
    ("The handbook", "What should I watch for LoRA?"),
)
SAMPLE_PLAN = ("A study plan", "Understand diffusion models in six weeks")
SAMPLES_LABEL = "Questions to begin with"

# -- profile and log-in ---------------------------------------------------------------------------------------------

HOST_UNKNOWN = "The tutor does not go by this name. Open it under the address that its terminal shows."
NO_PAGE = "There is nothing at this address."
TOO_LONG = "This is too long to be sent in one piece."

LOGIN_HEAD = "Log in"
LOGIN_MORE = "This tutor runs on somebody’s computer in your network. Whoever runs it knows the password."
LOGIN_LABEL = "Password"
LOGIN = "Log in"
LOGIN_WRONG = "That is not the password. Try again."
LOGIN_WAIT = (
    "Too many wrong tries. Wait 1 second, then try again.",
    "Too many wrong tries. Wait {n} seconds, then try again.",
)
LOGIN_NEEDED = "Log in first: load the page anew."
LOGIN_PLAIN = "What you type here goes over the network unencrypted: use no password that you use elsewhere."

PROFILE_HEAD = "Your profile"
PROFILE_MORE = (
    "Conversations, plans and cards belong to this browser. With a code another browser, or the terminal, has the "
    "same ones."
)
PROFILE_NOBODY = "This browser keeps nothing, since it has no cookies. Allow them for this page, then load it anew."
PROFILE_MAKE = "Use my profile in another browser"
PROFILE_MAKE_MORE = "A code that works once, for 10 minutes. Whoever enters it sees all that is yours."
PROFILE_CODE_MAKE = "Make a code"
PROFILE_CODE = "Your code"
PROFILE_CODE_MORE = "Enter it in the other browser, in its Settings. In a terminal:"
PROFILE_UNTIL = "It works until {time}."
PROFILE_ENTER = "Use another profile here"
PROFILE_ENTER_MORE = (
    "The code comes from the other browser, or from tutor profile in a terminal. What this browser has kept so far "
    "joins what is kept there."
)
PROFILE_FIELD = "Code"
PROFILE_USE = "Use this profile"
PROFILE_JOINED = "Done. This browser has the other one’s conversations, plans and cards now."
PROFILE_FAILED = "The tutor did not answer. Is it still running?"
LOGOUT_HEAD = "Logged in"
LOGOUT_MORE = "This tutor is shared on the network. Log out where others use this browser too."
LOGOUT = "Log out"

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
TALK_UNDER_WAY = "is being answered …"
TALK_EMPTY = "Nothing was answered in that conversation yet. Ask again."
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
EDIT = "Change this question"
EDIT_HEAD = "Ask this instead"
EDIT_MORE = "The new answer takes the place of this one."
EDIT_SEND = "Ask"
USUALLY = "usually about {time}"
FORM_SIMPLER, FORM_SIMPLER_ASKS = "Simpler", "Simpler, please"
FORM_DEEPER, FORM_DEEPER_ASKS = "Go deeper", "Go deeper"
FORM_MATHS, FORM_MATHS_ASKS = "Show the maths", "Show me the maths"
AGAIN = "Ask again"
COPY = "Copy"
COPIED = "Copied, with its sources"
COPY_FAILED = "This browser did not let it be copied. Mark the text and copy it by hand."
EARLIER = ("Show 1 earlier question", "Show {n} earlier questions")
SUPPORT_QUOTED = ("1 sentence word for word from its source", "{n} sentences word for word from their sources")
SUPPORT_CHECKED = (
    "1 in the tutor’s words, checked against its source (support {least})",
    "{n} in the tutor’s words, each checked against its source (support {least} or more)",
)
TIP_QUOTED = "Word for word"
TIP_CHECKED = "Checked: support {support}"
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

TRACE = "Why these sources"
UNDERSTOOD = "Understood as: {question}"
WANTED = {
    "maths": "with formulas",
    "code": "with code",
    "example": "with an example",
    "short": "in short",
    "beginner": "in plain words",
    "expert": "in technical detail",
}
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

# -- practice -------------------------------------------------------------------------------------------------------

PRACTICE = "Practice"
PRACTICE_OPENING = "Your cards appear as soon as the tutor has opened its library."
PRACTICE_NOBODY = (
    "What you practise is kept for each browser by a cookie, and this one has none. Allow cookies for this page, then "
    "load it anew."
)
PRACTICE_FAILED = "The tutor did not answer. Is it still running?"
PRACTICE_ELSEWHERE = "Another window went on meanwhile; this is where you are."

PRACTICE_HEAD = "What do you remember?"
PRACTICE_FIRST = (
    "A card asks one thing and shows the sentence that settles it. What you know comes back after days, what you "
    "missed after minutes."
)
PRACTICE_DUE = ("1 card is due{since}.", "{n} cards are due{since}.")
PRACTICE_SINCE = ", the first since {day}"
PRACTICE_NOT_DUE = "Nothing is due now."
PRACTICE_NEXT_DUE = "The next card comes back {when}."
PRACTICE_NEW_LEFT = ("1 card is still new to you.", "{n} cards are still new to you.")
PRACTICE_NEW_NONE = "You have met every card."
PRACTICE_REVIEW = ("Review 1 card", "Review {n} cards")
PRACTICE_LEARN = ("Learn 1 new card", "Learn {n} new cards")
PRACTICE_AGAIN = "Look at these again"
PRACTICE_CHAPTERS = "Choose a chapter"
PRACTICE_CHAPTERS_MORE = "Known is what you would most likely still answer right today."
PRACTICE_KNOWN = "{known} of {cards} known"
PRACTICE_COUNT_DUE = ("1 due", "{n} due")
PRACTISE = "Practise"
PRACTICE_SECTION = "Practise this section"
PRACTICE_NOTE = "Read the note"
PRACTICE_NOTHING_HERE = "Every card of “{title}” is known for now. The first comes back {when}."
PRACTICE_NO_CARDS = "There are no cards for “{title}” yet."
PRACTICE_ANKI = "Take the cards with you"
PRACTICE_ANKI_DOES = "All cards for Anki (.apkg)"

CARD_POSITION = "{n} of {of}"
CARD_LEAVE = "Overview"
CARD_UNDO = "Undo"
CARD_UNDO_MORE = "take the last answer back"
CARD_ANSWER = "Answer"
CARD_ORDERED = "This is my order"
CARD_UNKNOWN = "I don’t know"
CARD_FIELD = "Your answer"
CARD_FIELD_UNIT = "Your answer in {unit}"
CARD_FIELD_NUMBER = "Your answer, a number"
CARD_OPTIONS = "Options"
CARD_STEPS = "Steps"
CARD_STEPS_MORE = "Choose the steps in turn, first to last, or move them."
CARD_STEP_UP = "Up: {step}"
CARD_STEP_DOWN = "Down: {step}"
CARD_STEP_AT = "{step}: place {n} of {of}"
CARD_NOT_ORDERED = "Put the steps in your order first."
CARD_KEYS = "Keys"

# What the keys do, in the line below a card.
KEYS_CHOICE = (("1–{n}", "choose"), ("?", "I don’t know"))
KEYS_ORDER = (("A–{n}", "choose in turn"), ("↑ ↓", "move"), ("Enter", "answer"), ("?", "I don’t know"))
KEYS_TYPED = (("Enter", "answer"), ("?", "I don’t know, in an empty field"), ("Esc", "leave the field"))
KEYS_NEXT, KEYS_SOURCE = ("Enter", "next"), ("S", "source")
KEYS_RIGHT, KEYS_EASY, KEYS_UNDO = ("R", "count it as right"), ("E", "too easy"), ("U", "undo")

VERDICTS = {"right": "Right", "easy": "Right", "nearly": "Nearly", "wrong": "Not right"}
VERDICT_UNKNOWN = "Not known yet"
VERDICT_COUNTED = {"right": "Counted as right", "easy": "Noted as easy"}
VERDICT_ANSWER = "The answer"
VERDICT_ORDER = "The right order"
VERDICT_YOURS = "Your answer"
VERDICT_OPTION_RIGHT = "The right answer"
VERDICT_OPTION_WRONG = "Your answer, not right"
VERDICT_OPTION_YOURS = "Your answer, right"
VERDICT_STEP_RIGHT = "in its place"
VERDICT_STEP_WRONG = "belongs in place {n}"
VERDICT_PROOF = "The sentence that settles it"
VERDICT_OPEN = "Open in the reader"
VERDICT_ORIGINAL = "Open the original"
VERDICT_AGAIN = "This card comes again {when}."
VERDICT_NEXT = "Next"
VERDICT_END = "To the end"
VERDICT_RIGHT = "Count it as right"
VERDICT_EASY = "Too easy"
WHEN_NOW = "right away"
WHEN_MINUTES = ("in 1 minute", "in {n} minutes")
WHEN_HOURS = ("in 1 hour", "in {n} hours")
WHEN_TOMORROW = "tomorrow"
WHEN_DAYS = ("in 1 day", "in {n} days")
WHEN_WEEKS = ("in 1 week", "in {n} weeks")
WHEN_MONTHS = ("in 1 month", "in {n} months")

ROUND_DONE = "{right} of {of} right"
ROUND_ALL = "All {of} right"
ROUND_ONE = "Right"
ROUND_MISSED = "Worth another look"
ROUND_MORE = ("Go on with 1 card", "Go on with {n} cards")
ROUND_OVERVIEW = "Overview"

# -- library --------------------------------------------------------------------------------------------------------

SHELF_HEAD = "Library"
SHELF_OPENING = "The list appears as soon as the tutor has opened its library."
SHELF_FAILED = "The tutor did not answer. Is it still running?"
SHELF_COUNTS = "{sources}, {words}, in {passages} that answers are made of"
SOURCES = ("1 source", "{n} sources")
PASSAGES = ("1 passage", "{n} passages")

# Reading, under way and over.
READING_HANDBOOK = "The handbook and all it links to"
READING_MORE = ("{name} and 1 more", "{name} and {n} more")
READING_WITH_LINKS = "{name} and what it links to"
READING_STARTING = "Beginning …"
READING_PAUSING = "Pausing after the pages under way …"
READING_DONE_OF = "{done} of {total} pages"
READING_RATE = "{rate} a minute"
READING_ETA = "about {eta} left"
READING_NOW = "Now: {current}"
READING_NEXT = ("1 more reading comes after this.", "{n} more readings come after this.")
READING_SEARCHABLE = ("1 passage to make searchable", "{n} passages to make searchable")
READING_INDEX = "Making what was read searchable"
READING_CHAT = "You can go on chatting; each page answers as soon as it is read."
READING_PAUSE = "Pause"
READING_STOP = "Stop for good"
READING_GO_ON = "Go on reading"
READING_GO_ON_LEFT = ("Go on reading: 1 page left", "Go on reading: {n} pages left")
READING_AGAIN = "Try again"
READING_PAUSED = "Paused: {what}"
READING_PAUSED_MORE = "What was read is kept, also when the tutor is ended."
READING_DROP = "Leave it"
READING_OFFLINE = (
    "No network: nothing answered. Everything in the library stays as it is, and answers go on without the network."
)
READING_TOLD_PAUSING = "Pausing after the pages under way."
READING_TOLD_STOPPED = "Stopped. What was read is kept."
READING_TOLD_BEGUN = "Reading has begun."
REPORT_DONE = "{what}: done in {time}. {summary}."
REPORT_STOPPED = "{what}: stopped after {time}. {summary}."
REPORT_NOTHING = "Nothing to read"
REPORT_FAILURES = ("1 page gave no text: which, and why", "{n} pages gave no text: which, and why")
REPORT_LINKS = ("It links to 1 page.", "It links to {n} pages.")
REPORT_LINKS_READ = "Read them too"
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

# Adding.
ADD_HEAD = "Add a page, files or a reading list"
ADD_KEEPER = "Whoever sits at the computer that the tutor runs on can add more."
ADD_HANDBOOK = "Read the handbook and all it links to"
ADD_HANDBOOK_MORE = (
    "Each site is asked politely for one page at a time, so it takes a while. Chat goes on meanwhile, and answers use "
    "each page once it is read."
)
ADD_HANDBOOK_LEFT = ("1 page of the handbook is not read yet.", "{n} pages of the handbook are not read yet.")
ADD_HANDBOOK_AGAIN = "Look for what is new in the handbook"
ADD_HANDBOOK_AGAIN_MORE = "All of its pages have been asked for. Changed ones are read again."
ADD_PAGE = "A page"
ADD_PAGE_LABEL = "Address of a page, paper or video"
ADD_PAGE_PLACEHOLDER = "https://…"
ADD_PAGE_DOES = "Read it"
ADD_FILES = "Files"
ADD_FILES_DOES = "Choose files"
ADD_FILES_DROP = "or drop them here"
ADD_FILES_MORE = (
    "Pages, notes, PDFs, notebooks and captions ({kinds}), at most {size} each. A copy is kept with the tutor."
)
ADD_FILES_GOING = "Taking in {name} …"
ADD_FILES_SIZE = "{name} is larger than {size}. Split it, or save only the part you need."
ADD_FILES_KIND = "{name} cannot be read: only {kinds} can. Save it as one of these."
ADD_FILES_EMPTY = "{name} is empty."
ADD_FILES_NONE = "There is no file. Choose one."
ADD_FILES_FAILED = "{name} could not be kept: {why}. Free some space or mend the folder, then add it again."
ADD_LIST = "A reading list"
ADD_LIST_MORE = "A page or file that leads to others. You see how many before anything is read."
ADD_LIST_LABEL = "Address of the list"
ADD_LIST_DOES = "Look at it"
ADD_LIST_FILE = "Choose a file"
ADD_LIST_TEXT = "Or paste its text"
ADD_LIST_TEXT_DOES = "Look at the text"
ADD_LIST_LONG = "That text is too long: at most {n} characters. Save it as a file and choose that."
ADD_LIST_SHORT = "There is no text. Paste one with links in it."
ADD_LIST_NAME = "Pasted list"
ADD_LOOKING = "Looking at {name} …"
LOOK_FOUND = ("“{title}” links to 1 page.", "“{title}” links to {n} pages.")
LOOK_NONE = "“{title}” links to no page that can be read. The page itself has {words}."
LOOK_HELD = ("1 of them is in the library already.", "{n} of them are in the library already.")
LOOK_ALL = ("Read it and the page it links to", "Read it and the {n} pages it links to")
LOOK_ALONE = "Read only the page itself"
LOOK_LEAVE = "Neither"

# The shelf.
FIND = "Find by title"
FIND_INSIDE = "Search inside"
FIND_HINT = "Titles are found as you type; Enter searches inside the texts."
FIND_NONE = "No source matches. “Search inside” looks for the words in the texts."
FIND_OPENING = "The texts can be searched as soon as the tutor is ready."
FIND_EMPTY = "Type a few words first."
FOUND_HEAD = "Inside the texts"
FOUND = ("1 passage for “{words}”", "{n} passages for “{words}”")
FOUND_NONE = "No passage says anything of “{words}”."
FOUND_OPEN = "Open in the reader: {title}"
FOUND_CLOSE = "Close the search"
CHIPS_LABEL = "Show"
CHIPS = {
    "held": "In the library",
    "unread": "Not read yet",
    "duplicate": "The same as another",
    "failed": "Failed",
    "blocked": "Blocked",
    "dead": "Dead",
    "skipped": "Skipped",
    "removed": "Removed",
}
# What a person can do about it, above the list of those links.
CHIP_HINTS = {
    "held": "",
    "unread": "The handbook links to these.",
    "duplicate": "Their text is held once, under another address.",
    "failed": "Something went wrong for the moment. Trying again may help.",
    "blocked": "The site does not want programs to read it. Open it yourself, save the page, and add it as a file.",
    "dead": "The page is gone. What was read of it before stays and can be quoted.",
    "skipped": "Not articles: home pages, posts and applications. They are links in plans and answers.",
    "removed": "You removed these. No reading list brings them back; reading one again does.",
}
SECTION_LABEL = "Section"
SECTION_ALL = "All sections"
SECTION_NONE = "Not in the handbook"
KIND_LABEL = "Kind"
KIND_ALL = "All kinds"
SORT_LABEL = "Order"
SORTS = {"date": "newest first", "title": "by title", "words": "longest first", "handbook": "as in the handbook"}
SHOWN = ("1 shown", "{n} shown")
NEWER = "More has been read meanwhile: show it"
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
STATES = {
    "held": "read",
    "unread": "not read yet",
    "duplicate": "duplicate",
    "failed": "failed",
    "blocked": "blocked",
    "dead": "dead",
    "skipped": "skipped",
    "removed": "removed",
    "changed": "changed",
    "moved": "moved",
    "archived": "archived",
}
READ_ON = "read {day}"
FROM_FILE = "your file"
NEARLY = "nearly the same as another, which answers are made of"
DEAD_HELD = "gone since {day}; what was read before is kept"
ROW_MORE = "What can be done with “{title}”"
ROW_AGAIN = "Read again now"
ROW_READ = "Read it"
ROW_TRY = "Try again"
ROW_LINKS = "Read what it links to"
ROW_ORIGINAL = "Open the original"
ROW_FILE = "Save the file"
ROW_REMOVE = "Remove"
REMOVE_HEAD = "Remove this from the library?"
REMOVE_MORE = (
    "Its text is gone then, and no answer uses it any more. The next reading of the handbook does not bring it back; "
    "under “Removed” you can read it again."
)
REMOVE_FILE_MORE = "Its text is gone then, and the tutor’s copy of the file. Yours stays where it is."
REMOVE_DOES = "Remove it"
REMOVED = "Removed: {title}."
REMOVED_BACK = "Removed: {title}. Under “Removed” it can be read again."
SHELF_GONE = "That is not in the library any more."

# Storage.
STORAGE_HEAD = "Storage"
STORAGE_ALL = "{size} in all"
STORAGE = {
    "library": "Library: texts, conversations, plans",
    "chroma": "Vectors, for the search by meaning",
    "pages": "Pages as they were fetched",
    "files": "Your files",
    "models": "Models",
}
STORAGE_FREE = "{size} are free there."

# -- settings -------------------------------------------------------------------------------------------------------

SETTINGS = "Settings"
SETTINGS_HEAD = "Settings"
SETTINGS_OPENING = "Your settings appear in a moment."
SETTINGS_FAILED = "The tutor did not answer. Is it still running?"
SETTINGS_NOBODY = (
    "What is yours is kept for each browser by a cookie, and this one has none. Allow cookies for this page, then "
    "load it anew."
)
SETTINGS_GIVEN = "Set by {variables}, and not to be changed here while that is so."
SETTINGS_WORKING = "Working …"

MODEL_HEAD = "Model"
MODEL_NOW = "Answers come from {name}."
MODEL_NOW_SERVER = "Answers come from {name} on the server {server}."
MODEL_NOW_QUOTES = "No model: answers are the best quotes, word for word."
MODEL_OPENING = "The tutor is still getting ready."
MODEL_EMBEDDED = "SmolLM2 135M"
MODEL_EMBEDDED_NOTE = "Embedded: it comes with the tutor, small and quick."
MODEL_USED = "answers now"
MODEL_HERE = "on this computer"
MODEL_SIZE = "{size} on disk"
MODEL_MEMORY = "needs {needed} of memory"
MODEL_MEMORY_OF = "needs {needed} of this machine’s {total} of memory"
MODEL_TOO_LARGE = "That is more memory than this machine can spare."
MODEL_SPEED = "Here: first word after about {first}, a whole answer after about {all}"
MODEL_MEASURED = "measured here"
MODEL_ESTIMATED = "worked out"
MODEL_MEASURING = "How fast it is here is being measured while nobody asks anything …"
MODEL_UNMEASURED = "How fast it is here was not measured yet."
MODEL_HOW = (
    "How fast: {name} was timed here, on {processor}. A model that is not here yet is worked out from it: reading "
    "takes longer by its number of parameters, writing by its bytes. In trials with models of up to 3 billion "
    "parameters that came out too slow, by up to about twice; once a model is used, its own speed is measured and "
    "stands here."
)
MODEL_BRINGS = (
    "Evidence, quotes and the check of every sentence are the same with any model. A larger one words the sentences "
    "beside the quotes, and from a billion parameters on it may also make a follow-up question whole. How good its "
    "answers are on your library is not known beforehand: the Evals tab measures it."
)
MODEL_FETCH = "Fetch it ({size})"
MODEL_FETCH_NAMED = "Fetch {name} ({size})"
MODEL_RESUME = "Go on fetching"
MODEL_RESUME_NAMED = "Go on fetching {name}"
MODEL_PAUSE = "Pause"
MODEL_PAUSE_NAMED = "Pause fetching {name}"
MODEL_DROP = "Throw away what came"
MODEL_USE = "Use it"
MODEL_USE_NAMED = "Use {name}"
MODEL_COMING = "{done} of {total}"
MODEL_RATE = "{rate} a second"
MODEL_LEFT = "about {eta} left"
MODEL_CHECKING = "All of it is here. Its checksum is being worked out …"
MODEL_CHECKED = "Here, and its checksum is right. Use it?"
MODEL_UNCHECKED = "Here; the hub named no checksum for it. Use it?"
MODEL_PAUSED = "Paused: {done} of {total} are here."
MODEL_PROGRESS = "Fetching {name}"
MODEL_OPENS = "Opening {name} …"
MODEL_SWITCHED = "{name} answers from now on."
MODEL_SWITCHED_QUOTES = "Answers are quotes alone from now on."
MODEL_NOT_KEPT = "It answers now, but will not after a restart. {why}"
MODEL_OTHER = "Another model"
MODEL_PATH = "A model file of your own (.gguf)"
MODEL_PATH_PLACEHOLDER = "/home/me/models/model.gguf"
MODEL_PATH_ADD = "Use this file"
MODEL_NO_PATH = "Write the file’s whole path, from the root of the disk."
MODEL_SERVER = "A model server with OpenAI’s interface (llama-server, Ollama, vLLM)"
MODEL_SERVER_PLACEHOLDER = "http://127.0.0.1:8080/v1"
MODEL_SERVER_NAME = "Name of the model there"
MODEL_SERVER_NAME_PLACEHOLDER = "the server’s first"
MODEL_SERVER_ADD = "Use this server"
MODEL_SERVER_MORE = (
    "Your questions and the passages for them are sent to it. It is asked one thing now, to see that it answers."
)
MODEL_NO_SERVER = "That is no address of a server. Write it as http://127.0.0.1:8080/v1."
MODEL_SILENT = "{server} answers, but writes nothing. Name another model there."
MODEL_QUOTES = "No model: answers in quotes"
MODEL_QUOTES_MORE = "The best passages, word for word, at once."
MODEL_QUOTES_ON = "Answer in quotes alone"
MODEL_PULLING = "The download has begun."
MODEL_DROPPED = "Thrown away."

OFFER_NOW = "Answers come from the small embedded model."
OFFER_BETTER = (
    "{name} would be larger: {size} to fetch, {memory} of this machine’s {total} of memory, the first word after about "
    "{first} (now {now})."
)
OFFER_BETTER_UNKNOWN = (
    "{name} would be larger: {size} to fetch, {memory} of this machine’s {total} of memory. How fast it would be here "
    "is being worked out …"
)
OFFER_ALL = "All models"
OFFER_DISMISS = "Not now"

LEVEL_HEAD = "Level"
LEVEL_MORE = "Which words answers use, and which passages come first. It is yours alone, in this browser."
LEVELS = {
    "beginner": ("Beginner", "simple words, each term explained"),
    "intermediate": ("Intermediate", "as the sources put it"),
    "expert": ("Expert", "precise, with formulas and numbers"),
}
LEVEL_TOLD = "Answers are for this level from now on: {level}."

BUDGET_HEAD = "How thorough"
BUDGET_MORE = "How much the model reads and writes for an answer. What it reads decides the wait."
BUDGETS = {
    "quick": ("Quick", "fewer passages, a short answer"),
    "usual": ("Usual", "the balance that was measured"),
    "thorough": ("Thorough", "more passages, a longer answer"),
}
BUDGET_OWN = ("Your own numbers", "as set below")
BUDGET_WAIT = "first word after about {first}, all after about {all}"
BUDGET_NUMBERS = "Exact numbers"
BUDGET_PROMPT = "Tokens to read, at most"
BUDGET_OUTPUT = "Tokens to write, at most"
BUDGET_SET = "Use these numbers"
BUDGET_LEAST = "At least {prompt} tokens to read and {output} to write."
BUDGET_MOST = "Together they must be fewer than the model’s {context} tokens."
BUDGET_TOLD = "{prompt} tokens to read and {output} to write from now on."

THEME_HEAD = "Appearance"
THEME_MORE = "Kept in this browser."
THEMES = {"system": "Like the system", "light": "Light", "dark": "Dark"}
THEME_TOLD = "Appearance: {theme}."

PRIVACY_HEAD = "What is kept, and where"
PRIVACY_LEAVES = (
    "Nothing leaves this computer but what you ask for: pages are fetched from their sites when they are read, and "
    "models from {hub} when they are fetched."
)
PRIVACY_SERVER = "Your questions and the passages for them go to the model server {server}."
PRIVACY_CHROMA = "The passages and their vectors are also on the Chroma server {server}."
PRIVACY_FOLDER = "Everything is in one folder:"
PRIVACY_PLACES = {
    "library": ("library.db", "what was read; everybody’s conversations, plans, practice, feedback and choices"),
    "chroma": ("chroma", "vectors of the passages, with their text; made again from the library at any time"),
    "pages": ("pages", "pages as they were fetched"),
    "files": ("files", "files and lists that were added"),
    "models": ("models", "models, and how fast they are here"),
    "eval": ("eval", "evaluations, with the questions made of answers called wrong"),
    "settings": ("tutor.toml", "what is chosen on this page for everybody"),
}
PRIVACY_NONE = "nothing yet"
PRIVACY_BROWSER = (
    "This browser keeps a cookie with a random name, which tells your things from others’, and its appearance."
)
MINE_HEAD = "What is yours"
MINE_NOTHING = "There is nothing of yours yet."
MINE_COUNTS = {
    "conversations": ("1 conversation", "{n} conversations"),
    "plans": ("1 plan", "{n} plans"),
    "reviews": ("1 card answered", "{n} cards answered"),
    "feedback": ("1 answer called wrong", "{n} answers called wrong"),
    "learner_settings": ("1 choice", "{n} choices"),
}
MINE_DOWNLOAD = "Download all of it"
MINE_DOWNLOAD_MORE = "one file (JSON)"
MINE_FILE = "Tutor, all that is mine"
MINE_DELETE = "Delete all that is mine"
MINE_DELETE_HEAD = "Delete all that is yours?"
MINE_DELETE_MORE = (
    "Your conversations, plans, practice, answers called wrong and level are gone then, for good. Questions that were "
    "made of your answers for the evaluations stay. What was read stays in the library."
)
MINE_DELETE_DOES = "Delete it"
MINE_DELETED = "All that was yours is deleted."
ERASE_HEAD = "Begin anew"
ERASE_MORE = (
    "Deletes everything of everybody: the library, all conversations, plans and practice, pages, evaluations and "
    "settings. The tutor then begins with its starter notes, as on the first day."
)
ERASE = "Delete everything"
ERASE_ASK = "Delete everything of everybody?"
ERASE_WORD = "delete"
ERASE_TYPE = "Type “{word}” to go on"
ERASE_MODELS = "The models too ({size})"
ERASE_NOT_TYPED = "Nothing was deleted: type “{word}” first."
ERASED = "Everything is deleted. The tutor is getting ready anew."
ERASE_FAILED = "Not everything could be deleted. {why}"

ABOUT_SECONDS = "{n} s"
ABOUT_MINUTES = "{n} min"
ABOUT_HOURS = "{n} h"
ABOUT_NOTHING = "half a second"

# -- plan -----------------------------------------------------------------------------------------------------------

PLAN_OPENING = "Your plans appear as soon as the tutor has opened its library."
PLAN_NOBODY = (
    "Plans are kept for each browser by a cookie, and this one has none. Allow cookies for this page, "
    "then load it anew."
)
PLAN_GONE = "This plan is not there any more. It may have been removed in another window."
PLAN_TASK_GONE = "This task is not there any more. The plan may have been changed in another window."
PLAN_FAILED = "The tutor did not answer. Is it still running?"
PLANS = "Your plans"
PLAN_NEW = "New plan"
PLAN_BACK = "Back to your plan"

PLAN_HEAD = "What do you want to be able to do?"
PLAN_HEAD_MORE = (
    "In your own words. The tutor works out which chapters of the handbook lead there, what each of them builds on, "
    "and lays it all out over your weeks."
)
PLAN_GOAL = "Your goal"
PLAN_GOAL_PLACEHOLDER = "For example: fine-tune a small model on our support tickets"
PLAN_EXAMPLES_LABEL = "Goals to begin with"
PLAN_EXAMPLES = (
    "Build an assistant that answers from our own documents",
    "Fine-tune a 7B model on my company’s tickets",
    "Understand diffusion models well enough to read the papers",
)
PLAN_TIME = "Your time"
PLAN_HOURS = "hours a week"
PLAN_WEEKS = "weeks"
PLAN_FROM = "from"
PLAN_HOURS_LABEL = "Hours a week"
PLAN_WEEKS_LABEL = "Number of weeks"
PLAN_START_LABEL = "First day"
PLAN_DAYS = "Days on which you can study"
PLAN_DAYS_MORE = "None chosen means any day."
PLAN_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PLAN_BACKGROUND = "What do you know already?"
PLAN_BACKGROUND_PLACEHOLDER = "For example: I program in Python every day, and I have trained small networks"
PLAN_OPTIONAL = "optional"
PLAN_PREFER = "Where there is a choice, I prefer"
PLAN_PREFERENCES = {"": "no matter", "video": "videos", "article": "articles", "paper": "papers"}
PLAN_KNOWN = "Chapters you know already"
PLAN_KNOWN_NONE = "none marked"
PLAN_KNOWN_COUNT = "{n} marked"
PLAN_KNOWN_FIND = "Find a chapter"
PLAN_KNOWN_NOT_FOUND = "No chapter matches."
PLAN_MAKE = "Make my plan"
PLAN_MAKING = "Working it out …"
PLAN_NO_NUMBER = "{what} is no number. Write it as 5 or 2.5."
PLAN_NO_WHOLE_NUMBER = "{what} is no whole number. Write it as 6."
PLAN_NO_DATE = "{what} is no date. Write the first day as 2026-03-30."
PLAN_NOTHING = "Nothing"
PLAN_MADE = "Your plan is made: {chapters} in {weeks}."
CHAPTERS = ("1 chapter", "{n} chapters")
WEEKS = ("1 week", "{n} weeks")
HOURS = ("1 hour", "{n} hours")
TASKS = ("1 task", "{n} tasks")

PLAN_ABOUT = "{hours} a week for {weeks}, from {day} · {chapters}"
PLAN_PROGRESS = "{done} of {all} done"
PLAN_PROGRESS_LABEL = "Done so far"
PLAN_IN_WEEK = "week {n} of {of}"
PLAN_BEGINS = "begins on {day}"
PLAN_OVER = "all weeks are over"
PLAN_PACE = "you take {pace} times the planned minutes"
PLAN_PACE_AS_PLANNED = "you take about as long as planned"
PLAN_FINISHED = "You have finished this plan."
PLAN_FINISHED_MORE = "Every task is done or skipped. What next? A further goal begins where this one ended."
PLAN_TODAY = "Today"
PLAN_TODAY_LEFT = "{day} · {tasks}, {minutes}"
PLAN_TODAY_DONE = "{day} · all done for today"
PLAN_NEXT = "Next"
PLAN_NEXT_LEFT = "Nothing is due today. Then comes {day}: {tasks}, {minutes}"
PLAN_LATE = "Left from before"
PLAN_LATE_MORE = ("1 more from before", "{n} more from before")
PLAN_SINCE = "since {day}"
PLAN_BEHIND = "You are {time} behind."
PLAN_BEHIND_OVER = "The weeks of this plan are over, and {time} are left."
PLAN_BEHIND_MORE = "That happens. Lay out what is left anew; what is done stays done."
PLAN_AGAIN = "Plan again from today"
PLAN_AGAIN_HEAD = "Change hours or weeks"
PLAN_AGAIN_MORE = "What is left is laid out anew from today. What is done stays done."
PLAN_AGAIN_TOLD = "What is left is laid out anew: {weeks} from today."
PLAN_FOR = "for"
PLAN_BOARD = "Week by week"
PLAN_WEEK = "Week {n}"
PLAN_NOW = "now"
PLAN_WEEK_SUM = "{minutes} · {tasks}"
PLAN_WEEK_DONE = "{minutes} · {done} of {tasks} done"
PLAN_WEEK_ALL = "{minutes} · all done"
PLAN_WEEK_FREE = "nothing to do"
PLAN_REVIEWS = "Reviews"
PLAN_NOTE = "The tutor’s note"
PLAN_KINDS = {"exercise": "exercise", "check": "self-check", "project": "project"}
PLAN_OPEN_NOTE = "Open the note"
PLAN_OPEN_NOTE_OF = "Open the tutor’s note: {title}"
PLAN_OPEN_SECTION = "Open the section"
PLAN_READ_HERE = "Read it here"
PLAN_READ_HERE_MORE = "Read it here: {title}"
PLAN_TICK = "Done: {title}"
PLAN_TOOK = "took"
PLAN_TOOK_LABEL = "How many minutes it took: {title}"
PLAN_MINUTES = "min"
PLAN_SKIPPED = "skipped"
PLAN_MORE = "More for: {title}"
PLAN_PUT_OFF_DAY = "Put off by a day"
PLAN_PUT_OFF_WEEK = "Put off by a week"
PLAN_SKIP = "Skip for good"
PLAN_REOPEN = "Open again"
PLAN_UNDO = "Undo"
PLAN_TOLD_DONE = "Done: {title}. {progress}."
PLAN_TOLD_SKIPPED = "Skipped: {title}. {progress}."
PLAN_TOLD_OPEN = "Open again: {title}. {progress}."
PLAN_TOLD_MOVED = "Put off to {day}: {title}."
PLAN_TOLD_BACK = "Back on {day}: {title}."
PLAN_NO_MINUTES = "{what} is no number of minutes. Write it as 25."
PLAN_GLANCE = "At a glance"
PLAN_TIMELINE = "Timeline"
PLAN_TIMELINE_ALT = "A row for each chapter, a column for each week; the weeks above say the same in words."
PLAN_TIMELINE_MORE = "Bars by minutes, rings for reviews. In full colour: done. Pale: only a look."
PLAN_MAP = "What builds on what"
PLAN_MAP_ALT = (
    "The plan’s chapters with an arrow from each to those that build on it; the list below says the same in words."
)
PLAN_MAP_MORE = (
    "Each chapter stands to the right of what it builds on. Filled: done. Pale: only a look. A bar at the foot: the "
    "share of its practice cards that you know."
)
PLAN_MAP_WORDS = "The same in words"
PLAN_MAP_ONE = "{chapter} builds on {before}: {because}"
PLAN_MAP_NONE = "{chapter} needs nothing else of this plan."
PLAN_SAVE_PICTURE = "Save the picture"
PLAN_SAVE_PICTURE_OF = "Save the picture: {title}"
PLAN_TAKE = "Take it with you"
PLAN_FILES = {
    "ics": ("Calendar", "an event for each task (.ics)"),
    "md": ("Markdown", "lists with check boxes (.md)"),
    "csv": ("Table", "for a spreadsheet (.csv)"),
}
PLAN_LEFT_OUT = "What is left out, and why"
PLAN_SKIMMED = "Only a look"
PLAN_REMOVE = "Remove this plan"
PLAN_REMOVE_HEAD = "Remove this plan?"
PLAN_REMOVE_MORE = "It is gone then, with what you ticked off in it."
PLAN_REMOVE_DOES = "Remove it"
PLAN_REMOVED = "Removed: {goal}."
PLAN_FILE_NAME = "Study plan {goal}"

FOR_SCRIPT = {
    "gone": GONE,
    "goneMeanwhile": GONE_MEANWHILE,
    "loading": READER_LOADING,
    "failed": READER_FAILED,
    "labels": {"question": ASK_LABEL, "find-talk": TALKS_FIND},
}


def number(forms: tuple[str, str], n: int, **more: object) -> str:
    """One of two forms, by number; thousands are set apart."""
    return forms[0 if n == 1 else 1].format(n=f"{n:,}", **more)


# -- evals ------------------------------------------------------------------------------------------------------------

EVALS = "Evals"
EVALS_OPENING = "Your evaluations appear in a moment."
EVALS_FAILED = "The tutor did not answer. Is it still running?"
EVALS_NOBODY = (
    "Cookies are switched off in this browser, so what you call wrong cannot be kept. Allow them for this page."
)
EVALS_HEAD = "How good are the answers?"
EVALS_LEAD = (
    "The tutor is asked questions whose answers are known, on this computer, with no other model as a judge. It "
    "answers in quotes alone, since what is found and declined does not depend on the Writer."
)
EVALS_STARTER = "Ask about the starter notes"
EVALS_STARTER_MORE = "206 questions, about a minute"
EVALS_ALL = "Ask about the articles you have read"
EVALS_ALL_MORE = "up to 300 questions, a few minutes; those about pages you have not read are counted apart"
EVALS_OWN = ("Ask your own question", "Ask your {n} own questions")
EVALS_OWN_MORE = "made of answers you called wrong"
EVALS_RUNNING = {
    "starter": "Asking about the starter notes.",
    "answers": "Asking about the articles.",
    "own": "Asking your own questions.",
}
EVALS_BEGINS = "It begins in a moment."
EVALS_AT = "{done} of {total} questions"
EVALS_STOP = "Stop"
EVALS_ENDED = "The run ended without a result: {why}"
EVALS_BUSY = "A run is going already. Wait for it, or stop it."
EVALS_STARTED = "The run has begun."
EVALS_STOPPED = "Stopped. What was answered is kept in its folder."
EVALS_NO_RUN = "There is no such run, or it is not finished."

WRONG = "This is wrong"
WRONG_TOLD = "Noted. The Evals tab makes a question of it."
WRONG_HEAD = "Answers you called wrong"
WRONG_NONE = "None. Under each answer in the chat, “This is wrong” puts it here."
WRONG_LEAD = "Say what would have been right, and the answer becomes a question that every later run asks."
WRONG_WHICH = "One of these sentences answers it:"
WRONG_DECLINE = "It should have been declined"
WRONG_DECLINED = "It was declined."
WRONG_OTHER = "Another sentence answers it"
WRONG_PAGE = "Address of the page"
WRONG_SENTENCE = "The sentence, word for word"
WRONG_ADD = "Add the question"
WRONG_NO_PAGE = "The library does not hold that page. Read it first, in the Library tab."
WRONG_NO_SENTENCE = "That sentence does not stand on the page like this. Copy it from the reader, word for word."
WRONG_FORGET = "Forget it"
WRONG_FORGOTTEN = "Forgotten."
WRONG_MADE = "It is question {id} of your own."
WRONG_BECAME = "Added to your own questions."

RUNS_HEAD = "Runs"
RUNS_NONE = "There is none yet."
RUN_UNFINISHED = "not finished: {done} answered"
RUN_QUESTIONS = ("1 question", "{n} questions")
