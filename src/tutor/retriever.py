"""
The tutor's search inside LlamaIndex, for people who build with its classes.

`retriever` gives our fused search as a BaseRetriever; `vector_store` gives the same Chroma collection as a
ChromaVectorStore, for an index of LlamaIndex's own. Writers and Encoders cross over in `writer.LlamaIndexWriter`,
`encoder.LlamaIndexEncoder` and `encoder.as_llama_index`. LlamaIndex is imported in the functions: it takes seconds.
"""

from typing import TYPE_CHECKING

from tutor.search import Hit, Search
from tutor.vectors import ChromaIndex

if TYPE_CHECKING:
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import NodeWithScore, QueryBundle
    from llama_index.vector_stores.chroma import ChromaVectorStore


def retriever(search: Search, k: int = 10) -> "BaseRetriever":
    """
    The fused search as a LlamaIndex retriever of the best `k` passages.

    Each node's id is the passage's number, its metadata are url, title, heading, start and end (offsets in the
    source's text), its score is the search's own.
    """
    from llama_index.core.retrievers import BaseRetriever

    class TutorRetriever(BaseRetriever):
        def _retrieve(self, query_bundle: "QueryBundle") -> "list[NodeWithScore]":
            return [_node(hit) for hit in search.find(query_bundle.query_str, k).hits]

    return TutorRetriever()


def vector_store(index: ChromaIndex) -> "ChromaVectorStore":
    """The library's Chroma collection as a LlamaIndex vector store: `VectorStoreIndex.from_vector_store` takes it."""
    from llama_index.vector_stores.chroma import ChromaVectorStore

    return ChromaVectorStore(chroma_collection=index.collection())


def _node(hit: Hit) -> "NodeWithScore":
    from llama_index.core.schema import NodeWithScore, TextNode

    passage = hit.held.passage
    facts = {
        "url": hit.held.url,
        "title": hit.held.title,
        "heading": passage.heading,
        "start": passage.start,
        "end": passage.end,
    }
    return NodeWithScore(node=TextNode(id_=str(hit.held.id), text=passage.text, metadata=facts), score=hit.score)
