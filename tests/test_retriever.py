"""The tutor inside LlamaIndex: its own classes over our search and our Chroma collection."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tutor import notes
from tutor.encoder import MiniLM, as_llama_index
from tutor.library import Library
from tutor.retriever import retriever, vector_store
from tutor.search import Search
from tutor.vectors import ChromaIndex, encode_pending


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory, encoder: MiniLM) -> Iterator[tuple[Library, ChromaIndex]]:
    folder: Path = tmp_path_factory.mktemp("retriever")
    with Library.open(folder / "library.db") as library:
        notes.keep(library)
        encode_pending(library, encoder)
        index = ChromaIndex(library, encoder, folder / "chroma")
        index.sync()
        yield library, index
        index.close()


def test_the_retriever_gives_what_the_search_finds(parts: tuple[Library, ChromaIndex], encoder: MiniLM) -> None:
    library, index = parts
    search = Search(library, encoder, index)
    nodes = retriever(search, 3).retrieve("What is LoRA?")
    hits = search.find("What is LoRA?", 3).hits
    assert [node.node.node_id for node in nodes] == [str(hit.held.id) for hit in hits]
    assert [node.score for node in nodes] == [hit.score for hit in hits]
    metadata = nodes[0].node.metadata
    source = library.source(metadata["url"])
    assert source is not None
    assert source.text[metadata["start"] : metadata["end"]] == nodes[0].node.get_content()


def test_llama_index_searches_the_same_collection(parts: tuple[Library, ChromaIndex], encoder: MiniLM) -> None:
    _, index = parts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # LlamaIndex's own
        from llama_index.core import VectorStoreIndex

        over = VectorStoreIndex.from_vector_store(vector_store(index), embed_model=as_llama_index(encoder))
        nodes = over.as_retriever(similarity_top_k=3).retrieve("How does speculative decoding work?")
    assert any(node.node.metadata["url"] == "tutor:notes/speculative-decoding" for node in nodes)
    assert all(node.node.get_content() for node in nodes)
