"""
The form a Writer can be held to: plain sentences that each end with the numbers of their notes, or one word that says
that the notes do not answer.

Text in, text out: makes the grammar (GBNF, as llama.cpp reads it), and takes apart what was written in it. Knows
nothing of models and evidence. Not covered: whether a note says what the sentence says; that is `tutor.check`'s.
"""

import re

# What a Writer says in place of an answer where the notes hold none.
NOTHING = "NONE"
MOST_SENTENCES = 4
# What the Writer is told beside the rules (tutor.prompt), so that the form does not take it by surprise.
RULE = f" End each sentence with the number of its note, like this: [1]. If the notes do not answer, write {NOTHING}."

# A sentence's end is one of two, because a Writer that has written its full stop cannot take it back, and because one
# after a digit may be a decimal point yet. Brackets, line breaks and what marks up a page or a chat cannot be written.
_RULES = r"""
root ::= "{nothing}" | sentence (" " sentence){{0,{more}}}
sentence ::= [A-Z] other* (number other+)* number? (" " cited "." | [.!?] " " cited)
other ::= [^0-9.!?\[\]<>|`#*\n\r\t]
number ::= [0-9]+ ("." [0-9]+)?
cited ::= "[" note (", " note){{0,2}} "]"
note ::= {notes}
"""


def of_notes(notes: int, sentences: int = MOST_SENTENCES) -> str:
    """The grammar for a prompt with so many notes (at least one): at most `sentences`, no other number than theirs."""
    numbers = " | ".join(f'"{number}"' for number in range(1, notes + 1))
    return _RULES.format(nothing=NOTHING, more=sentences - 1, notes=numbers).strip()


_CITED = re.compile(r"\s*[^\[\]]+\[(?P<notes>\d{1,3}(?:\s*,\s*\d{1,3})*)\](?P<stop>\.?)")


def cut(written: str, *, ended: bool = False) -> tuple[list[str], str]:
    """
    The cited sentences of `written` that have come to their end, and the rest.

    `ended`: nothing follows, so that a last citation without its full stop is an end too.
    """
    found: list[str] = []
    at = 0
    while match := _CITED.match(written, at):
        stopped = match["stop"] or re.search(r"[.!?]\s*\[", match[0])
        if match.end() == len(written) and not (stopped or ended):
            break  # its full stop may be the next piece
        found.append(match[0].strip())
        at = match.end()
    return found, written[at:]


def cited(sentence: str) -> tuple[int, ...]:
    """The numbers of the notes that a sentence of `cut` names, from 1 on; none where it names none."""
    match = _CITED.match(sentence)
    return tuple(number for one in match["notes"].split(",") if (number := int(one))) if match else ()
