"""
The form of the starter notes: one for each chapter, short, with sentences that can be quoted one by one.

Not covered: whether what they say is true. That was read by eye, figure by figure.
"""

import re
from importlib.resources import files

import pytest

from tutor.evidence import quotable
from tutor.handbook import load
from tutor.sentences import Block, sentences

CHAPTERS = {chapter.id: chapter.title for chapter in load().chapters}
NOTES = {
    entry.name.removesuffix(".md"): entry.read_text("utf-8")
    for entry in (files("tutor") / "notes").iterdir()
    if entry.name.endswith(".md")
}
LEAST_WORDS, MOST_WORDS = 200, 350
SHORTEST, LONGEST = 12, 30  # words of a sentence: a formula counts as one for the least and as none for the most

# A quoted sentence is read alone, so it may not begin by pointing at the one before it.
POINTS_BACK = re.compile(
    r"(?:This|That|These|Those|It|Its|They|Their|Such|He|She|Here|Then|But|And|So|Thus|However|Therefore|Both)\b"
)
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$]*\$", re.DOTALL)
HEADING = re.compile(r"^#.*$", re.MULTILINE)
# The handbook's American spelling throughout: search by words takes "optimise" and "optimize" for two words.
BRITISH = re.compile(
    r"(?:behavi|fav|neighb|col)our|\btowards\b|\b(?:mod|lab)ell|"
    r"(?:optim|minim|maxim|normal|penal|memor|general|summar|regular|token|initial)is(?:e|ing|ation)",
    re.IGNORECASE,
)


def stated(text: str) -> list[str]:
    """The sentences of a note, without its headings."""
    return [text[span.start : span.end] for span in sentences(text) if span.block is not Block.HEADING]


def words(text: str) -> int:
    """The words of `text` that hold a letter or a digit, formulas and code apart."""
    plain = FORMULA.sub(" ", CODE.sub(" ", text))
    return sum(any(map(str.isalnum, word)) for word in plain.split())


def test_there_is_one_note_for_each_chapter() -> None:
    assert len(NOTES) == 52
    assert set(NOTES) == set(CHAPTERS)


@pytest.mark.parametrize("chapter", sorted(NOTES))
def test_a_note_opens_with_its_chapters_title(chapter: str) -> None:
    first, _, rest = NOTES[chapter].partition("\n")
    assert first == f"# {CHAPTERS[chapter]}"
    assert not re.search(r"^# ", rest, re.MULTILINE), "one title, and parts under `##`"


@pytest.mark.parametrize("chapter", sorted(NOTES))
def test_a_note_is_short(chapter: str) -> None:
    assert LEAST_WORDS <= words(HEADING.sub("", NOTES[chapter])) <= MOST_WORDS


@pytest.mark.parametrize("chapter", sorted(NOTES))
def test_a_note_has_no_links(chapter: str) -> None:
    assert not re.search(r"https?://|www\.|\]\(|<[a-z/]", FORMULA.sub("", CODE.sub("", NOTES[chapter])))


@pytest.mark.parametrize("chapter", sorted(NOTES))
def test_a_note_begins_by_saying_what_its_subject_is(chapter: str) -> None:
    assert re.search(r"\b(?:is|are)\b", stated(NOTES[chapter])[0])


@pytest.mark.parametrize("chapter", sorted(NOTES))
def test_every_sentence_of_a_note_can_be_quoted_alone(chapter: str) -> None:
    for sentence in stated(NOTES[chapter]):
        assert quotable(sentence, Block.PROSE), sentence
        assert sentence.endswith("."), sentence
        assert not POINTS_BACK.match(sentence), sentence
        assert len(FORMULA.sub("formula", sentence).split()) >= SHORTEST, sentence
        assert words(sentence) <= LONGEST, sentence


@pytest.mark.parametrize("chapter", sorted(NOTES))
def test_formulas_are_closed(chapter: str) -> None:
    for sentence in stated(NOTES[chapter]):
        assert sentence.count("$") % 2 == 0, sentence
        assert all(formula.count("{") == formula.count("}") for formula in FORMULA.findall(sentence)), sentence


@pytest.mark.parametrize("chapter", sorted(NOTES))
def test_the_spelling_is_american(chapter: str) -> None:
    assert not BRITISH.search(NOTES[chapter])


def test_no_sentence_stands_in_two_notes() -> None:
    everything = [sentence for text in NOTES.values() for sentence in stated(text)]
    assert len(everything) == len(set(everything))
