"""A question set asked of three pages about baking: every record can be told by reading the pages."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from eval.run import Gold, Record, ask, from_row, run, summarise
from eval.sets import Question, Turn, half_of
from tutor import handbook
from tutor.answers import Tutor
from tutor.encoder import LettersEncoder
from tutor.fingerprints import fingerprint
from tutor.library import Library, Link
from tutor.passages import Source
from tutor.search import Search
from tutor.vectors import ExactIndex, encode_pending
from tutor.writer import ScriptedWriter

BREAD, OVENS, YEAST = "https://bread.test/dough", "https://ovens.test/heat", "https://yeast.test/"
RESTS = "The dough rests for two hours until it has doubled."
SPRINGS = "Steam keeps the crust soft while the loaf springs up."
FEEDS = "Yeast feeds on sugar and gives off carbon dioxide."
PAGES = {
    BREAD: ("Dough", f"# Dough\n\nFlour is mixed with water and salt. {RESTS} It is then folded and shaped."),
    OVENS: ("Ovens", f"# Ovens\n\nA stone oven holds its heat for hours. {SPRINGS} Open the door late."),
    YEAST: ("Yeast", f"# Yeast\n\n{FEEDS} It sleeps in the cold and dies above sixty degrees."),
}


@pytest.fixture
def library(tmp_path: Path, letters: LettersEncoder) -> Iterator[Library]:
    """The three pages; the second was asked for under another address than it is kept under."""
    with Library.open(tmp_path / "library.db") as opened:
        for url, (title, text) in PAGES.items():
            number = opened.put(Source(url, title, text)).source
            opened.put_link(Link(url, "read", source=number))
        opened.put_link(Link("https://old-ovens.test/heat", "read", source=opened.number(OVENS)))
        encode_pending(opened, letters)
        yield opened


def tutor_of(library: Library, letters: LettersEncoder, replies: Sequence[str] | None = None) -> Tutor:
    """The tutor over the three pages; without replies it has no Writer."""
    index = ExactIndex(library, letters)
    index.sync()
    writer = None if replies is None else ScriptedWriter(list(replies))
    return Tutor(library, Search(library, letters, index), letters, handbook.load(), writer)


def question(text: str, url: str | None = BREAD, gold: str = RESTS, fact: str = "two hours", **others: str) -> Question:
    """An answerable question of the set."""
    made = Question(
        id=others.pop("id", text[:12]),
        question=text,
        kind="answerable" if url else "unanswerable",
        style="page-words",
        half=half_of(url or "none"),
        set="mirror",
        url=url,
        gold=(fingerprint(gold),) if url else (),
        facts=((fact,),) if url else (),
        why=None if url else "off-topic",
    )
    return replace(made, **others)  # type: ignore[arg-type]


HOW_LONG = question("How long does the dough rest until it has doubled?")
NONSENSE = question("Xylophone jazz quiz?", url=None)


# -- gold -------------------------------------------------------------------------------------------------------------


def test_gold_is_found_by_its_fingerprint_in_the_text_of_its_page(library: Library) -> None:
    gold = Gold(library)
    source = gold.source(BREAD)
    assert source == library.number(BREAD)
    text = PAGES[BREAD][1]
    at = text.index(RESTS)
    assert gold.spans(source, HOW_LONG.gold) == [(at, at + len(RESTS))]
    assert gold.spans(source, [fingerprint(FEEDS)]) == []  # that is another page's


@pytest.mark.parametrize(
    "address",
    [BREAD, "http://bread.test/dough/", "https://BREAD.test/dough#rest"],
)
def test_a_page_is_known_under_every_spelling_of_its_address(library: Library, address: str) -> None:
    assert Gold(library).source(address) == library.number(BREAD)


def test_a_page_is_known_under_the_address_it_was_asked_for(library: Library) -> None:
    assert Gold(library).source("https://old-ovens.test/heat") == library.number(OVENS)
    assert Gold(library).source("https://nowhere.test/") is None


def test_a_sentence_that_stands_twice_is_gold_in_both_places(tmp_path: Path) -> None:
    with Library.open(tmp_path / "twice.db") as library:
        number = library.put(Source("https://twice.test/", "Twice", f"{RESTS} Then wait. {RESTS}")).source
        again = len(RESTS) + len(" Then wait. ")
        assert Gold(library).spans(number, HOW_LONG.gold) == [(0, len(RESTS)), (again, again + len(RESTS))]


def test_gold_on_another_page_that_answers_too_will_do(library: Library) -> None:
    either = replace(HOW_LONG, also=(YEAST,), gold=(fingerprint(FEEDS),))
    gold = Gold(library)
    assert gold.right(either) == {library.number(BREAD), library.number(YEAST)}
    assert gold.unscored(either) == ""


# -- one question -----------------------------------------------------------------------------------------------------


def test_a_question_with_an_answer_is_scored(library: Library, letters: LettersEncoder) -> None:
    record = ask(tutor_of(library, letters), HOW_LONG, Gold(library))
    assert (record.unscored, record.rank, record.in_evidence, record.declined) == ("", 1, True, False)
    assert (record.facts, record.facts_stated, record.gold_cited) == (1, 1, True)
    assert record.quotes == record.quotes_valid > 0
    assert record.first_word_ms is None  # there was no Writer
    assert 0 < record.search_ms <= record.evidence_ms <= record.total_ms


def test_a_record_keeps_what_was_expected_found_and_what_quotes_are_to_each_statement(
    library: Library, letters: LettersEncoder
) -> None:
    tutor = tutor_of(library, letters, ["The dough rests for two hours until it has doubled, always."])
    record = ask(tutor, HOW_LONG, Gold(library))
    assert record.gold == {
        "url": BREAD, "also": [], "fingerprints": [fingerprint(RESTS)], "facts": [["two hours"]]
    }  # fmt: skip
    assert record.found[0]["url"] == BREAD
    assert set(record.found[0]) == {"url", "heading", "score"}
    assert (record.answered_as, record.facts_similar) == ("explain", 1)
    assert record.grade is not None
    assert record.peak_mb > 0
    quoted = record.stated[0]
    assert (quoted["quoted"], quoted["together"], quoted["words"]) == (True, 1.0, 1.0)
    assert [(one["support"], one["needed"]) for one in quoted["quotes"]] == [(1.0, True)]
    assert from_row(json.loads(json.dumps(asdict(record)))) == record


def test_words_are_counted_until_a_gold_sentence_has_been_read(library: Library) -> None:
    gold, source = Gold(library), library.number(BREAD)
    assert source is not None
    text = PAGES[BREAD][1]
    at = text.index(RESTS)
    before = (library.number(YEAST) or 0, 0, "Ten words of another page that answers nothing at all.")
    assert gold.words_to(HOW_LONG, [(source, at, RESTS)]) == len(RESTS.split()) == 10
    assert gold.words_to(HOW_LONG, [before, (source, 0, text)]) == 10 + len(text[: at + len(RESTS)].split())
    assert gold.words_to(HOW_LONG, [before, (source, 0, text[: at + 5])]) is None  # cut off before its end
    held = library.held(sorted(gold.passages(HOW_LONG)))
    assert held
    assert all(RESTS in one.passage.text for one in held.values())


def test_a_writer_that_invents_costs_nothing_but_its_words(library: Library, letters: LettersEncoder) -> None:
    tutor = tutor_of(library, letters, ["The dough rests for nine days in Paris."])
    record = ask(tutor, HOW_LONG, Gold(library))
    assert "Paris" not in record.answer
    assert record.facts_stated == 1
    assert record.quotes == record.quotes_valid > 0
    assert record.first_word_ms is not None


def test_a_question_far_from_every_page_is_declined(library: Library, letters: LettersEncoder) -> None:
    record = ask(tutor_of(library, letters), NONSENSE, Gold(library))
    assert (record.declined, record.quotes, record.rank, record.why) == (True, 0, None, "off-topic")


def test_a_right_page_that_is_not_the_first_has_its_rank(library: Library, letters: LettersEncoder) -> None:
    misled = replace(HOW_LONG, url=YEAST, gold=(fingerprint(FEEDS),))
    record = ask(tutor_of(library, letters), misled, Gold(library))
    assert record.rank in (2, 3)
    assert not record.gold_cited or record.in_evidence


def test_a_question_whose_page_is_not_held_could_not_be_scored(library: Library, letters: LettersEncoder) -> None:
    tutor, gold = tutor_of(library, letters, []), Gold(library)  # no reply: the Writer must not be asked
    absent = ask(tutor, question("How is rye milled?", url="https://rye.test/"), gold)
    assert absent.unscored == "the library does not hold https://rye.test/"
    changed = ask(tutor, replace(HOW_LONG, gold=(fingerprint("The dough rests for three hours."),)), gold)
    assert changed.unscored == f"no gold sentence is in the text of {BREAD}"


def test_a_question_that_cannot_be_asked_could_not_be_scored(library: Library, letters: LettersEncoder) -> None:
    record = ask(tutor_of(library, letters), replace(NONSENSE, question="生地はどのくらい休ませますか"), Gold(library))
    assert record.unscored.startswith("it cannot be asked: The tutor's sources are in English.")


def test_a_follow_up_is_asked_with_its_history(library: Library, letters: LettersEncoder) -> None:
    follow_up = replace(
        question("How long does it rest until it has doubled?"),
        kind="conversation",
        history=(Turn("What is the dough?", "Flour, water and salt."),),
    )
    record = ask(tutor_of(library, letters), follow_up, Gold(library))
    assert record.rank == 1
    assert record.facts_stated == 1


# -- a run ------------------------------------------------------------------------------------------------------------


def test_a_run_keeps_every_question_in_order_and_counts_the_unscored_apart(
    library: Library, letters: LettersEncoder
) -> None:
    asked = [
        HOW_LONG,
        question("What keeps the crust soft while the loaf springs up?", OVENS, SPRINGS, "steam"),
        question("How is rye milled?", url="https://rye.test/"),
        NONSENSE,
    ]
    told: list[Record] = []
    records = run(tutor_of(library, letters), asked, told.append)
    assert [r.id for r in records] == [q.id for q in asked] == [r.id for r in told]
    summary = summarise(records)
    assert summary.counts == {"questions": 4, "answerable": 2, "unanswerable": 1, "could not be scored": 1}
    assert summary.figures["hit@5"] == 1.0
    assert summary.figures["citations valid"] == 1.0
    assert summary.figures["decline recall"] == 1.0


def record(name: str, kind: str = "answerable", **fields: object) -> Record:
    """A record made by hand."""
    return replace(Record(name, name, kind, "test"), **fields)  # type: ignore[arg-type]


def test_the_figures_of_five_records_are_those_worked_out_on_paper() -> None:
    records = [
        record("a", rank=1, in_evidence=True, gold_cited=True, facts=2, facts_stated=2, quotes=3, quotes_valid=3),
        record("b", rank=4, in_evidence=True, facts=1, facts_stated=0, quotes=1, quotes_valid=0, chapter_right=True),
        record("c", rank=None, declined=True, facts=1, chapter_right=False),
        record("d", "unanswerable", declined=True, why="off-topic"),
        record("e", "unanswerable", quotes=1, quotes_valid=1, why="near-miss"),
        record("f", unscored="no page"),
    ]
    figures = summarise(records).figures
    assert figures["hit@5"] == pytest.approx(2 / 3)
    assert figures["MRR@10"] == pytest.approx((1 + 1 / 4 + 0) / 3)
    assert figures["quote in evidence"] == pytest.approx(2 / 3)
    assert figures["gold sentence cited"] == pytest.approx(1 / 3)
    assert figures["facts in answer"] == pytest.approx(2 / 4)
    assert figures["citations valid"] == pytest.approx(4 / 5)
    assert figures["decline precision"] == pytest.approx(1 / 2)  # c and d were declined, d rightly
    assert figures["decline recall"] == pytest.approx(1 / 2)  # of d and e, d
    assert figures["answerable declined"] == pytest.approx(1 / 3)
    assert (figures["off-topic declined"], figures["near-miss declined"]) == (1.0, 0.0)
    assert figures["chapter right"] == pytest.approx(1 / 2)
    assert "first word median ms" not in figures  # no Writer wrote


def test_questions_about_the_handbook_have_figures_of_their_own() -> None:
    records = [
        record("a", "handbook", facts=2, facts_stated=1, resources=4, resources_named=3),
        record("b", "handbook", declined=True, facts=1, resources=1),
    ]
    figures = summarise(records).figures
    assert (figures["handbook answered"], figures["resources named"]) == (1 / 2, 3 / 5)
    assert figures["handbook facts stated"] == pytest.approx(1 / 3)
    assert "hit@5" not in figures


def test_where_no_question_names_a_fact_there_is_no_figure_of_facts() -> None:
    assert "facts in answer" not in summarise([record("a", rank=1, facts=0)]).figures
    assert summarise([record("a", facts=0), record("b", facts=2, facts_stated=1)]).figures["facts in answer"] == 0.5


def test_what_was_not_asked_for_has_no_figure() -> None:
    assert summarise([]).figures == {}
    assert summarise([record("f", unscored="no page")]).figures == {}
    assert "decline recall" not in summarise([record("a", rank=1)]).figures
    assert "hit@5" not in summarise([record("d", "unanswerable")]).figures
