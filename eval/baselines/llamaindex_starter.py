"""
What a person would otherwise write: LlamaIndex's starter, an index over documents in a handful of lines, with the query
engine that numbers its sources, as LlamaIndex's own example of it asks for (three chunks, cut into sources of 512
tokens).

On our side of it are only the parts that anybody has to bring: the texts, the encoder, the Writer. Chunks, prompts and
everything else are LlamaIndex's defaults; nothing was tuned and nothing made worse. Knows nothing of questions with
gold, nor of the tutor's search. Never asks the network for anything: tokens are counted by the Writer, not by the
tokenizer that LlamaIndex would load. Not covered: conversations, which this engine does not know.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.encoder import Encoder, as_llama_index
from tutor.passages import Source
from tutor.writer import Message, Writer

if TYPE_CHECKING:
    from llama_index.core import VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import LLM
    from llama_index.core.query_engine import CitationQueryEngine
    from llama_index.core.schema import NodeWithScore

# As in LlamaIndex's example of its citation query engine.
SIMILAR, SOURCE_TOKENS = 3, 512


@dataclass(frozen=True, slots=True)
class Numbered:
    """A source as the Writer was shown it: its number is its place, from 1. `score`: the cosine of its chunk."""

    url: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Reply:
    """
    An answer with its sources, the tokens read and written, and milliseconds since the question was asked.

    `pages`: the addresses of the chunks that were found, best first, of which the sources are cut.
    """

    text: str
    pages: tuple[str, ...]
    sources: tuple[Numbered, ...]
    prompt_tokens: int
    output_tokens: int
    retrieved_ms: float
    first_word_ms: float | None
    total_ms: float


class Starter:
    """The index and its query engine. Not safe to ask from several threads."""

    def __init__(self, engine: "CitationQueryEngine", use: "_Use") -> None:
        self._engine = engine
        self._use = use

    @classmethod
    def open(cls, texts: Iterable[Source], encoder: Encoder, writer: Writer, folder: Path) -> "Starter":
        """
        The engine over `texts`, its index kept in `folder` and read from there where it is (making it takes minutes).

        The folder must be one for the same texts, encoder and Writer.
        """
        from llama_index.core.query_engine import CitationQueryEngine

        use = _Use(writer)
        with _counted_by(writer):
            index = _index(texts, as_llama_index(encoder), folder)
            engine = CitationQueryEngine.from_args(
                index, llm=_llm(use), similarity_top_k=SIMILAR, citation_chunk_size=SOURCE_TOKENS
            )
        return cls(engine, use)

    def ask(self, question: str) -> Reply:
        """The answer to `question`, by the two steps of the engine's own `query`."""
        from llama_index.core import QueryBundle

        began = time.perf_counter()
        self._use.begin()
        asked = QueryBundle(question)
        found = self._engine.retrieve(asked)
        retrieved = time.perf_counter()
        response = self._engine.synthesize(asked, found)
        ended = time.perf_counter()
        first = self._use.first_piece
        return Reply(
            str(response),
            tuple(str(one.node.metadata["url"]) for one in found),
            tuple(_numbered(number, one) for number, one in enumerate(response.source_nodes, 1)),
            self._use.prompt_tokens,
            self._use.output_tokens,
            (retrieved - began) * 1000,
            None if first is None else (first - began) * 1000,
            (ended - began) * 1000,
        )


def _index(texts: Iterable[Source], embedding: "BaseEmbedding", folder: Path) -> "VectorStoreIndex":
    from llama_index.core import Document, StorageContext, VectorStoreIndex, load_index_from_storage
    from llama_index.core.node_parser import SentenceSplitter

    if folder.exists():
        stored = StorageContext.from_defaults(persist_dir=str(folder))
        return load_index_from_storage(stored, embed_model=embedding)  # type: ignore[return-value]
    documents = [
        # LlamaIndex's own reader of folders leaves what names a file out of what is encoded, too.
        Document(
            text=source.text,
            metadata={"title": source.title, "url": source.url},
            excluded_embed_metadata_keys=["url"],
            excluded_llm_metadata_keys=["url"],
        )
        for source in texts
    ]
    # The splitter is the default one with its defaults; named, since the default one is shared by the whole process.
    index = VectorStoreIndex.from_documents(documents, embed_model=embedding, transformations=[SentenceSplitter()])
    part = folder.with_name(f"{folder.name}.part")
    index.storage_context.persist(persist_dir=str(part))
    part.replace(folder)
    return index


def _numbered(number: int, one: "NodeWithScore") -> Numbered:
    text = one.node.get_content().removeprefix(f"Source {number}:\n").removesuffix("\n")
    return Numbered(str(one.node.metadata["url"]), text, float(one.score or 0.0))


@contextmanager
def _counted_by(writer: Writer) -> Iterator[None]:
    """Meanwhile LlamaIndex counts tokens as the Writer does; what counted before is put back."""
    import llama_index.core

    before = llama_index.core.global_tokenizer
    llama_index.core.global_tokenizer = lambda text: [0] * writer.count(text)  # only their number is asked for
    try:
        yield
    finally:
        llama_index.core.global_tokenizer = before


class _Use:
    """The Writer, and what it is used for by one question."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.begin()

    def begin(self) -> None:
        self.prompt_tokens = self.output_tokens = 0
        self.first_piece: float | None = None

    def write(self, prompt: str, most: int) -> str:
        rendered = self.writer.render([Message("user", prompt)])
        self.prompt_tokens += self.writer.count(rendered)
        pieces: list[str] = []
        for piece in self.writer.write(rendered, max_tokens=most):
            if self.first_piece is None:
                self.first_piece = time.perf_counter()
            pieces.append(piece)
        text = "".join(pieces)
        self.output_tokens += self.writer.count(text)
        return text


def _llm(use: _Use) -> "LLM":
    """The Writer as a LlamaIndex LLM: the prompt is one turn of the model's own chat template."""
    from llama_index.core.llms import CompletionResponse, CompletionResponseGen, CustomLLM, LLMMetadata

    class WriterLLM(CustomLLM):
        @property
        def metadata(self) -> LLMMetadata:
            # How much may be written is LlamaIndex's default.
            return LLMMetadata(context_window=use.writer.context_tokens, model_name=use.writer.name)

        def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:  # noqa: ARG002
            return CompletionResponse(text=use.write(prompt, self.metadata.num_output))

        def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponseGen:
            yield self.complete(prompt, formatted)

    return WriterLLM()
