"""
Text as a person sees it: without the characters that no font draws and those that steer whatever shows them.

Pages hide orders in them (Unicode's tag characters, zero-width letters, marks that turn the direction of reading), and
terminals obey some (colours, titles, links). Also how a careless program may read a text, and the marks that end a turn
there. Knows nothing of HTML or of what a text says.
"""

import re
import unicodedata

# A terminal's own language: a link or title (OSC and its like, up to their end), a colour or movement (CSI), the rest.
_SEQUENCES = re.compile(
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]{0,2000}(?:\x07|\x1b\\|\x9c)"
    r"|(?:\x1b\[|\x9b)[0-?]{0,100}[ -/]{0,10}[@-~]|\x1b[ -/]{0,10}[0-~]?"
)
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Controls, soft hyphens, marks of direction, joiners of nothing, fillers, variation selectors, private use, halves of
# characters, tags. The two joiners that Persian, Hindi and emoji need are treated below.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff]+"
)
_STRAY_JOINERS = re.compile("(?:(?<=[\x00-\x7f])|^)[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\x7f\u200c\u200d]|$)")

# What ends or begins a turn in one family of models or another, whatever the loaded one's own marks are: ChatML, Llama,
# Phi, DeepSeek and Harmony (`<|...|>`), Llama 2 and Mistral, Gemma, and the marks of thoughts and tools.
TURN_MARKS = re.compile(
    r"<\|[^<>|\s]{1,40}\|>|</?s>|\[/?inst\]|<</?sys>>|</?(?:start|end)_of_turn>|<[be]os>|"
    r"\[/?(?:system_prompt|available_tools|tool_(?:calls?|results?|content))\]|"
    r"</?(?:think|tool_calls?|tool_responses?|tools|function_calls?|system|user|assistant)>"
)


def visible(text: str) -> str:
    """`text` without what is unseen; every kind of line end becomes a line feed. What is plain comes back as it is."""
    if text.isascii() and text.isprintable():
        return text
    text = _UNSEEN.sub("", _LINE_ENDS.sub("\n", _SEQUENCES.sub("", text)))
    return _STRAY_JOINERS.sub("", text) if "\u200c" in text or "\u200d" in text else text


def folded(text: str) -> tuple[str, list[int]]:
    """
    `text` as the most careless of programs may read it: visible, compatibility forms as plain ones, small letters.

    With it, for each of its characters, the offset in `text` that it comes from.
    """
    if text.isascii() and text.isprintable():
        return text.lower(), list(range(len(text)))
    letters: list[str] = []
    offsets: list[int] = []
    for offset, letter in enumerate(text):
        if letter in "\u200c\u200d" or _UNSEEN.match(letter):
            continue
        plain = unicodedata.normalize("NFKC", letter).lower()
        letters.append(plain)
        offsets += [offset] * len(plain)
    return "".join(letters), offsets
