"""The glossary: the notes' terms, each once and with a definition of its own."""

from tutor import glossary, handbook


def test_each_term_comes_once_with_its_sort_and_chapter() -> None:
    terms = glossary.terms()
    chapters = {chapter.id for chapter in handbook.load().chapters}
    assert len(terms) > 100
    assert len({term.name.lower() for term in terms}) == len(terms)
    assert {term.chapter for term in terms} <= chapters
    assert {term.sort for term in terms} <= {*glossary.SORTS.values(), ""}


def test_a_definition_is_plain_and_ends_where_the_sentence_goes_on() -> None:
    for term in glossary.terms():
        assert term.what.startswith(("a ", "an ", "the "))
        assert not any(mark in term.what for mark in "$`;:")


def test_sorts() -> None:
    assert glossary.sort_of("decoding method", "that keeps a few prefixes") == "method"
    assert glossary.sort_of("splitting", "of long texts") == "method"
    assert glossary.sort_of("loss", "of what was learned") is None
    assert glossary.sort_of("variant", "of dropout") == ""
    assert glossary.sort_of("joy", "for everybody") is None


def test_the_words_of_the_field() -> None:
    assert {"token", "attent"} & glossary.field_words()
    assert "kitchen" not in glossary.field_words()
    assert "tokenization" in glossary.note_words()
