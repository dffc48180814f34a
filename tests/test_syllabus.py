"""Questions about the handbook: which are told as such, and what the syllabus answers, quote by quote."""

from pathlib import Path

import pytest

from eval.sets import Question, load
from tutor import handbook, notes, syllabus
from tutor.answers import Answered, EvidenceFound, Stated, Tutor
from tutor.conversation import Turn, resolve
from tutor.encoder import LettersEncoder
from tutor.handbook import Chapter, Handbook
from tutor.library import Library
from tutor.passages import Source
from tutor.search import Search
from tutor.syllabus import Request, Said, Wish
from tutor.vectors import ExactIndex, encode_pending

BOOK = handbook.load()

# A question, what it wants, the chapter (section, part) that is meant, and the one it is wanted for.
ABOUT_THE_HANDBOOK = """
What should I watch for diffusion models? | resources diffusion-models
what videos are there on attention? | resources encoders-and-decoders
Which papers should I read about DPO? | resources direct-preference-optimization-methods
Can you recommend a good blog post on LoRA? | resources low-rank-adapters-lora
could you please suggest some videos about RLHF | resources reward-models-and-rlhf
Any good resources for learning about agents? | resources tool-use-and-agents
Where can I learn about state space models? | resources structured-state-space-models
Where can I find a tutorial on tokenization? | resources tokenization
How do I get started with RAG? | resources retrieval-augmented-generation
How do I learn diffusion models? | resources diffusion-models
what's the best way to learn about transformers | resources decoder-only-transformers
What does the handbook recommend on prompting? | resources prompting-techniques
What does the handbook say about flash attention? | resources flashattention
Which resources does the handbook list for quantization? | resources parameter-quantization
is there a course about reinforcement learning | resources reinforcement-learning
I'm looking for a paper on ring attention | resources ring-attention
videos about GANs | resources generative-adversarial-nets
what to read on vector databases? | resources vector-databases-and-reranking
how do I brush up on linear algebra? | resources math
what should I watch to refresh my calculus | resources math
What should I read to understand how KV caching works? | resources key-value-caching-and-paged-attention
I want to learn about mixture of experts. Where should I start? | resources mixture-of-experts
If I want to understand VAEs, what should I read? | resources variational-auto-encoders
where should I start with speculative decoding | resources speculative-decoding
What should I read for LoRA? I only have an hour. | resources low-rank-adapters-lora
what shuold i read about difusion models | resources diffusion-models
what should I read about transfomers | resources decoder-only-transformers
recomend me a vidoe on tokenisation | resources tokenization
and what should I read for LoRA? | resources low-rank-adapters-lora
What is a good book on reinforcement learning? | resources reinforcement-learning
what podcasts can I listen to about agents? | resources tool-use-and-agents
How much time-series do I need? | how much time-series-analysis
How much time series do I need for diffusion models? | how much time-series-analysis diffusion-models
how much maths do I need? | how much math
How much reinforcement learning do I need to know for RLHF? | how much reinforcement-learning reward-models-and-rlhf
how much of tokenization should I study before RAG | how much tokenization retrieval-augmented-generation
How deep should I go into Markov models? | how much markov-models
how well should I understand RNNs before reading about RWKV | how much recurrent-neural-networks linear-attention-rwkv
How long does it take to learn diffusion models? | time diffusion-models
How long does the chapter on tokenization take? | time tokenization
how much time should I spend on scaling laws | time scaling-laws
How many hours does the handbook take? | time
How long does it take to work through the whole handbook? | time
How long will section IV take me? | time s4
How long is the chapter on GANs? | time generative-adversarial-nets
Which chapter covers positional encodings? | place positional-encoding
which section covers quantization | place parameter-quantization
In which section is RLHF explained? | place reward-models-and-rlhf
Where in the handbook is LoRA? | place low-rank-adapters-lora
Where does the handbook talk about hallucination? | place retrieval-augmented-generation
Does the handbook cover Mamba? | place structured-state-space-models
is there a chapter about embeddings? | place embeddings-and-topic-modeling
Which chapter should I read to learn about vLLM? | place key-value-caching-and-paged-attention
where is beam search covered? | place encoders-and-decoders
What is the chapter on context scaling about? | place context-scaling
To which section does CPU offloading belong? | place cpu-offloading
is RAG in the handbook? | place retrieval-augmented-generation
which chpater covers atention | place encoders-and-decoders
What comes before diffusion models? | before diffusion-models
What are the prerequisites for RAG? | before retrieval-augmented-generation
prerequisites of the LoRA chapter | before low-rank-adapters-lora
What should I know before learning about state space models? | before structured-state-space-models
what do I need to know to understand GANs? | before generative-adversarial-nets
What should I read before the chapter on RLHF? | before reward-models-and-rlhf
Before reading about DPO, what should I know? | before direct-preference-optimization-methods
Which chapter comes before tokenization? | before tokenization
what background do I need for diffusion models | before diffusion-models
what prerequisits are there for vision transformers | before vision-transformers
What comes after LoRA? | after low-rank-adapters-lora
Which chapter comes after tokenization? | after tokenization
what should I learn after RNNs? | after recurrent-neural-networks
I've finished the chapter on embeddings. What next? | after embeddings-and-topic-modeling
What should I read next after transformers? | after decoder-only-transformers
Which chapters build on markov models? | after markov-models
What is section IV about? | section s4
list the chapters of section 7 | section s7
Which chapters are in section three? | section s3
how many chapters does section VI have | section s6
what's in the last section? | section s9
List the chapters in Finetuning Methods | section s4
what does the section on multimodal models cover? | section s9
How is the handbook organised? | handbook
how many chapters are there in the handbook? | handbook
how many sections does the handbook have | handbook
Who wrote the handbook? | handbook
Who is the author of the Generative AI Handbook? | handbook
What is the Generative AI Handbook? | handbook
what topics does the handbook cover? | handbook
list all chapters | handbook
Where should I start? | start
where do I begin | start
I'm new to AI, where should I start? | start
I am a complete beginner. What should I read first? | start
which chapter should I start with? | start
What is the first chapter? | place statistical-prediction-and-supervised-learning
How do I get started with the handbook? | start
Do I need to know LSTMs before transformers? | needed lstms-and-grus decoder-only-transformers
Can I skip RNNs if I only want to learn about transformers? | needed recurrent-neural-networks decoder-only-transformers
is RL a prerequisite for RLHF? | needed reinforcement-learning reward-models-and-rlhf
Can I understand diffusion models without VAEs? | needed variational-auto-encoders diffusion-models
Should I learn GANs or VAEs first? | needed generative-adversarial-nets variational-auto-encoders
Do I need maths? | needed math
do I have to read the chapter on markov models? | needed markov-models
What is chapter 3 of section VII? | place linear-attention-rwkv
Tell me which chapter covers sampling, please. | place sampling-and-structured-outputs
What should I read (LoRA)? | resources low-rank-adapters-lora
what should I read for section V | resources s5
best papers on scaling laws? | resources scaling-laws
How do I learn generative AI? | resources resources
what do I need to know before the diffusion chapter? | before diffusion-models
Which section comes after section II? | after s2
Got any reading suggestions for scaling laws? | resources scaling-laws
I'd love a video that explains backpropagation | resources statistical-prediction-with-neural-networks
Which blog posts does the author recommend for RLHF? | resources reward-models-and-rlhf
What are the handbook's resources on embeddings? | resources embeddings-and-topic-modeling
What material is there on normalizing flows? | resources normalizing-flows
Which video about LoRA is the best? | resources low-rank-adapters-lora
Point me to something about paged attention | resources key-value-caching-and-paged-attention
I need something to read on DPO | resources direct-preference-optimization-methods
Anything worth watching on GANs? | resources generative-adversarial-nets
what do you suggest I read about prompt engineering | resources prompting-techniques
where would I find more about vector search? | resources vector-databases-and-reranking
Where do I go to learn about reranking? | resources vector-databases-and-reranking
Is there anything in the handbook on synthetic data? | resources llms-for-synthetic-data
What does the handbook have on vision transformers? | resources vision-transformers
how long would I need for the RLHF chapter? | time reward-models-and-rlhf
How many hours is the chapter about distributed training? | time distributed-training-and-fsdp
How much time will reading about RAG cost me? | time retrieval-augmented-generation
How long should I plan for learning about transformers? | time decoder-only-transformers
How long does the whole thing take? | time
What's the total time needed for the handbook? | time
I have to learn transformers. Which chapters do I need first? | before decoder-only-transformers
What do I have to study before I can understand VQ-VAE? | before vq-vae
What does the chapter on diffusion models build on? | before diffusion-models
Which chapters do I need before diffusion models? | before diffusion-models
Is there something I should read before ring attention? | before ring-attention
Do I need linear algebra for this? | needed math
Do I need to know calculus to understand backpropagation? | needed math statistical-prediction-with-neural-networks
Can I skip the chapter on Markov models? | needed markov-models
Is it ok to skip time-series analysis? | needed time-series-analysis
After LoRA, what should I read? | after low-rank-adapters-lora
What do I read once I'm done with tokenization? | after tokenization
What follows the chapter on sampling? | after sampling-and-structured-outputs
what's the chapter right after RLHF? | after reward-models-and-rlhf
Which chapter precedes scaling laws? | before scaling-laws
What's the next chapter after GANs? | after generative-adversarial-nets
Where do I find the part about attention in the handbook? | place encoders-and-decoders
Where can I find LoRA in the handbook? | place low-rank-adapters-lora
What section talks about hallucinations? | place retrieval-augmented-generation
Which section deals with long contexts? | place context-scaling
Which sections are about inference speed? | section s6
In what chapter do I learn how to run a model on my laptop? | place cpu-offloading
Is quantization covered? | place parameter-quantization
Does this handbook also teach reinforcement learning? | place reinforcement-learning
give me an overview of the handbook | handbook
What's in the handbook? | handbook
What chapters are there? | handbook
How's the handbook structured? | handbook
Who made this handbook? | handbook
Summarize section 5 | section s5
What will I learn in section VI? | section s6
chapters of section I | section s1
Name the chapters in section two. | section s2
What should a beginner read first? | start
I don't know anything about AI. Where should I start? | start
how should I start? | start
What is the best order to read the handbook in? | handbook
In what order should I read the chapters? | handbook
What's the shortest path to diffusion models? | before diffusion-models
Where do I find reading material about KV caching? | resources key-value-caching-and-paged-attention
I'd like to get into interpretability, what should I read? | resources mechanistic-interpretability
Do you have any lectures on reinforcement learning? | resources reinforcement-learning
Tell me what to watch for word embeddings | resources embeddings-and-topic-modeling
What would you recommend for learning about LoRA? | resources low-rank-adapters-lora
Please list the resources for the chapter on distillation. | resources distillation-and-merging
What's a good intro to GANs? | resources generative-adversarial-nets
What is the main resource for tokenization? | resources tokenization
Which course should I take for deep learning? | resources resources
What links does the chapter on benchmarking have? | resources benchmarking
Is there any reading about self-consistency? | resources prompting-techniques
how can I learn more about RoPE | resources positional-encoding
I have two hours for diffusion models. What should I read? | resources diffusion-models
how long would it take to study reinforcement learning | time reinforcement-learning
How much time do I need for the chapter on embeddings? | time embeddings-and-topic-modeling
How long does Section III take to read? | time s3
How many hours should I plan for section VIII? | time s8
Which chapter is about hallucinations? | place retrieval-augmented-generation
Which section of the handbook covers diffusion? | place diffusion-models
Under which section does ViT fall? | place vision-transformers
Where's LoRA covered? | place low-rank-adapters-lora
Is there a section on agents? | place tool-use-and-agents
Does the handbook explain backprop? | place statistical-prediction-with-neural-networks
Which chapter do I need for prompt engineering? | place prompting-techniques
What do I have to know before I start with RLHF? | before reward-models-and-rlhf
Which chapters should I read before RAG? | before retrieval-augmented-generation
What's the prerequisite for quantization? | before parameter-quantization
do i need any prerequisites for mamba? | before structured-state-space-models
What should I have learned before ring attention? | before ring-attention
Which chapter comes right before diffusion models? | before diffusion-models
what is after the chapter about GANs | after generative-adversarial-nets
What should I study after finishing LSTMs? | after lstms-and-grus
I've just read about RNNs, what's next? | after recurrent-neural-networks
which chapter should i go to after scaling laws | after scaling-laws
What's section 8 called? | section s8
What chapters does section V have? | section s5
Give me the chapters in section IX | section s9
Which chapters are part of Section I? | section s1
how many chapters are in section 2? | section s2
Can you explain how the handbook is organized? | handbook
How is this handbook divided? | handbook
How many chapters does the handbook have in total? | handbook
What subjects are covered in the handbook? | handbook
Who's the author of this handbook? | handbook
Where should a complete beginner start? | start
I have no background in ML. Where do I begin? | start
What should I read first? | start
Do I really need RNNs to understand transformers? | needed recurrent-neural-networks decoder-only-transformers
Should I read about VAEs before diffusion? | needed variational-auto-encoders diffusion-models
Is Markov models required reading for diffusion models? | needed markov-models diffusion-models
Do I need calculus for diffusion models? | needed math diffusion-models
How much linear algebra is needed? | how much math
How deep do I have to go into RL for RLHF? | how much reinforcement-learning reward-models-and-rlhf
Where can I read up on beam search? | resources encoders-and-decoders
Can I skip GANs? | needed generative-adversarial-nets
How much probability do I need? | how much statistical-prediction-and-supervised-learning
""".strip().splitlines()

ABOUT_A_SUBJECT = """
What is attention?
How does RLHF work?
What comes before the softmax?
How much memory does LoRA need?
What comes after the attention layer in a transformer block?
What comes after the encoder?
Where is attention used?
Where are positional encodings added?
Where is the loss computed?
How long does fine-tuning take?
How long does LoRA training take on one GPU?
How long is the context window of Llama 3?
How much memory do I need for a 7B model?
How much data do I need for fine-tuning?
How much context length do I need for RAG?
How much VRAM do I need to fine-tune with QLoRA?
How much regularization do I need?
How many heads do I need?
What do I need to fine-tune a model?
What do I need to know about LoRA?
What should I know about attention?
What should I use for fine-tuning?
What should I watch out for when fine-tuning?
What should I watch for in a loss curve?
What should I look at to detect overfitting?
What can I read from the attention weights?
Which part of the transformer stores facts?
Which section of the LoRA paper explains the rank?
Who wrote the LoRA paper?
Who invented the transformer?
Who wrote Attention Is All You Need?
What is the DPO paper about?
Which paper introduced word2vec?
Which paper introduced LoRA?
Do I need to retrain the model for speculative decoding?
Do I need a GPU to run llama.cpp?
Do I need to do SFT before RLHF?
Is attention needed for translation?
Is a KL penalty required for RLHF?
Can I skip the warmup?
Can I skip tokenization and feed bytes?
Can I use LoRA with quantization?
Can I train a VAE without the KL term?
Where does training start to diverge?
Where do I start the server?
How do I start vLLM?
How do I start training?
Where should I put the LoRA adapters?
Where can I use LoRA?
What happens before pretraining?
What happens after tokenization?
What is the first step of BPE?
What is the order of the layers in a transformer block?
How is a transformer organised?
How is the KV cache structured?
How many layers are there in GPT-2?
How many parts does a GAN have?
How many experts does Mixtral have?
What does section 3 of the DPO paper say?
In section 4 they use a temperature of 2, why?
What does the video encoder do?
Is there a way to speed up attention?
Is there a link between attention and kernels?
Are there papers showing that dropout hurts LSTMs?
What links attention and kernel regression?
What is a good learning rate for LoRA?
What is the best way to train a GAN?
What is the best way to learn embeddings from my own data?
How do models learn in context?
How can I learn embeddings without labels?
How does a network learn positional encodings?
What resources does training a 7B model need?
What are the requirements for running Llama locally?
What are the sources of error in quantization?
What material is a GPU made of?
How do I read a loss curve?
How do I read the output of tokenizers?
Why should I read the loss in bits?
What should the model read first, the question or the passages?
What follows from the central limit theorem?
What follows the attention block?
What precedes the softmax in attention?
What is next-token prediction?
What is next after the embedding layer?
Which layer comes after self-attention?
What is covered by the mask in causal attention?
Is attention covered by a patent?
Does the model cover long documents?
What is included in the KV cache?
Where can I find the weights of Mistral 7B?
Where can I get a GPU?
How long should a prompt be?
How long should I train a GAN?
How much time does inference take?
How many tokens should I train on?
What is the structure of an LSTM?
List the steps of RLHF.
Name three kinds of positional encoding.
List the prerequisites for ergodicity of a Markov chain.
What are the prerequisites for the Markov property to hold?
Recommend a learning rate for fine-tuning.
Recommend me a good restaurant.
Suggest hyperparameters for LoRA.
Show me the formula of attention.
Give me an example of a Markov chain.
Tell me about attention.
Tell me about LoRA
What should I do before fine-tuning?
What should I do after pretraining?
What do I do next after quantizing?
Should I learn the temperature or set it?
Should I fine-tune or use RAG?
Which should I use, LoRA or full fine-tuning?
Which model should I start with?
Which book was GPT-2 trained on?
What books was BERT trained on?
Which courses did Andrej Karpathy teach at Stanford?
How does the handbook of statistical tables define variance?
What is a curriculum in reinforcement learning?
How does curriculum learning work?
What is a roadmap in topology?
What would I see if I watched the attention weights?
Is it worth fine-tuning a small model?
What reading comprehension score does GPT-2 reach?
What do papers say about scaling laws?
What does the paper on scaling laws claim?
Do papers on DPO report better results than PPO?
how long do rnns remember
where do hallucinations come from
what does it mean to read out a hidden state
How much does attention cost before and after FlashAttention?
How well do linear probes read out features?
Which chapter of Goodfellow's book covers autoencoders?
What part does the discriminator play in a GAN?
What comes first in the prompt, the system message or the examples?
Where should I start reading the tensor from?
In which layer are facts stored?
In which direction does attention look?
What is a chapter?
What is chapter and verse retrieval?
How do I get into the model's hidden state?
What is the difference between LoRA and QLoRA?
Compare GRUs and LSTMs.
Explain diffusion models to me
I want to learn how attention works. What does the query do?
I want to fine-tune a model. How much memory do I need?
I am new to AI. What is a token?
I read about LoRA. What is the rank?
Do I need to know the learning rate in advance?
How long does it take to learn the weights of a GAN?
How long does it take GPT-2 to read a book?
Where does the encoder read from?
What is the best video model?
What is the best video codec for generative video?
How many articles are in the training set of BERT?
How do video models tokenize videos?
Are articles about New York good prompts?
What are stop words?
Do I have to learn a separate value function for DPO?
How do I read a config file for llama.cpp?
What do I need to read the weights from disk?
Which model should I use for embeddings?
What should I consider before quantizing a model?
What should I check before fine-tuning?
What do you need before you can compute attention?
What should be done before tokenization?
Which layers come before the output layer?
Which token comes after the prompt?
Which step comes after pretraining?
Which step comes before RLHF?
What comes first, SFT or RLHF?
What do I have to install before running vLLM?
What should I learn about the data before training?
Which optimizer should I start with?
Where do I start with debugging NaNs?
Where should I look for outliers?
How do I look up a word vector?
How do I find good hyperparameters for LoRA?
How do I find nearest neighbours in a vector database?
How do I show attention maps?
Show me how attention works
Give me a summary of LoRA
Give me an overview of attention
Give me an introduction to LoRA
List the advantages of RoPE
List three applications of GANs
Name a few sub-word tokenizers
What is covered in a benchmark like MMLU?
What does MMLU cover?
What does the softmax take as input?
How long does it take to generate a token?
How long does it take to train GPT-2?
How much time does speculative decoding save?
How many hours of audio was Whisper trained on?
How long can the prompt be?
How much better is DPO than PPO?
How much do I need to quantize?
How well does LoRA work?
How deep is GPT-2?
How deep should my network be?
How far back can an RNN look?
Do I need attention?
Do I need a tokenizer for Mamba?
Do I need to normalise embeddings before storing them?
Do I need to know the noise schedule for sampling?
Should I read the temperature from the config?
Must I learn new embeddings for new tokens?
Can I skip layers during inference?
Can I skip the KL penalty in RLHF?
Can I leave out the bias?
Can I jump to a random position in the KV cache?
Can I start with a pretrained model?
Can I read PDFs with RAG?
Can an LLM read papers?
Is there a video model that works like GPT?
Is there a book corpus in the Pile?
Are there any known links between VAEs and diffusion?
Are there guides for the attention, like masks?
Which papers did OpenAI publish on RLHF?
What resources does RLHF use?
What resources are needed for serving LLMs?
Which talks to the discriminator, the generator?
How does the video tokenizer deal with time?
What is the reference model in DPO?
What is the reference for in DPO?
Explain the material difference between SFT and RLHF
What is the first thing to learn when training a GAN?
Who is the author of the Adam optimizer?
Who made GPT-4?
Who is behind Mistral?
What is section attention?
What is the structure of the KV cache?
What is the outline of the transformer?
How is the training data organised?
How are embeddings arranged in space?
How many chapters does the Deep Learning book have?
How many sections does a transformer block have?
What is in the handbook of Markov chains?
Where are residual connections?
Where is the bottleneck in inference?
Where does BPE start?
Where should the learning rate start?
Where do I begin a sentence for the model?
What is the best start token?
Which order do the layers have?
In what order are the tokens processed?
What is next?
What should I do next?
So what?
And then?
Why?
What follows?
What else?
handbook
section
What does classifier-free guidance guide?
What should I take from the Chinchilla paper?
What does it take to train a reward model?
What can I learn from scaling laws?
What have we learned from scaling laws?
What do transformers learn about syntax?
Where do transformers learn about position?
How does one learn representations of words?
How to study attention heads with probing?
How can you get into trouble with a too high learning rate?
what happens when reading is faster than writing in flash attention
is reading from HBM slow
What does attention look at when it reads a word?
What does an intro prompt look like?
What material do you need for quantization?
Do I need tokenization for byte-level models?
Do I need RNNs for streaming?
Is attention required for in-context learning?
What did people read before transformers?
What was used before transformers?
What was the state of the art before transformers?
What came before transformers?
What came after RNNs?
How did people translate before attention?
Which model comes after GPT-3?
Which architecture follows RNNs?
What replaced LSTMs?
What is the successor of word2vec?
How do I choose between RAG and fine-tuning?
Where do embeddings come from?
How do I know when to stop training?
How do I know whether my retriever works?
What do I learn from a loss curve?
What is good about LoRA?
What is the best thing about diffusion models?
What is worth knowing about RLHF?
What are the most important things about attention?
Which is the best quantization format?
Which are the main kinds of positional encoding?
What are the main topics in topic modeling?
What topics does LDA find?
What does RAG have to do with vector databases?
What do guides for classifier-free guidance do?
What is the link between scaling laws and data?
Is there something like attention for images?
Is there anything faster than attention?
Is there a good alternative to Transformers?
Have you got a definition of perplexity?
Can you recommend a chunk size for RAG?
Can you recommend a model for embeddings?
Could you suggest a vector database?
Do you recommend LoRA or full fine-tuning?
Which vector database do you recommend for RAG?
I need a model for text to speech
I want to understand attention
I want to read about LoRA's rank in detail: what is it?
I'm looking for the meaning of perplexity
Find the KL divergence of two Gaussians
Name the parts of an LSTM
How long do I have to train a tokenizer?
How long is a chapter-sized chunk?
How much does reading the weights cost?
How much do I have to read from HBM in attention?
How much attention should I pay to the learning rate?
How much reinforcement learning is in RLHF?
How well do I have to tune the temperature?
What must I change in attention for longer contexts?
Where can I see the attention of a model?
Where do I put the system prompt?
Where does the reward model start from?
When should I use DPO?
When should I learn rate warmup?
Which section of the loss curve shows overfitting?
In which chapter of life was Turing born?
Should I start with a small model first?
Should I train the discriminator or the generator first?
Which should I train first, the tokenizer or the model?
Can I follow the gradient through sampling?
Can I understand what a neuron does?
Can LSTMs be read without gates?
Why does the handbook exist?
What would happen before and after RLHF?
""".strip().splitlines()

# Written for the tests, in the form in which the handbook's page is read.
PAGE = """# Generative AI Handbook

# Introduction

A word of welcome.

## Preliminaries

### Math

Some linear algebra is worth the time, and two weeks of it are enough. Everything else can wait.

# Section I: Foundations of Sequential Prediction

This section should come first for anybody who starts from nothing at all.

## Time-Series Analysis

Series are everywhere. For language models you only need the idea of autoregression, which is enough. These lecture
notes are great if you want to go deeper. The weather is a series. What should you do next?

## Online Learning and Regret Minimization

I recommend to skip nothing here, though the proofs are long.
"""


def rows(table: list[str]) -> list[tuple[str, str]]:
    return [(question.strip(), wanted.strip()) for question, _, wanted in (row.rpartition("|") for row in table)]


def told(request: Request | None) -> str:
    if request is None:
        return ""
    return " ".join(part.id if not isinstance(part, Wish) else part for part in parts(request) if part is not None)


def parts(request: Request) -> tuple[object, ...]:
    return request.wish, request.place, request.other


def wanted(question: str) -> Request:
    request = syllabus.parse(question, BOOK)
    assert request is not None, question
    return request


def tuning(name: str) -> list[Question]:
    path = Path(__file__).parents[1] / "eval" / "sets" / f"{name}.jsonl"
    return [question for question in load(path) if question.half == "tune"]


@pytest.fixture
def library(tmp_path: Path):
    with Library.open(tmp_path / "library.db") as opened:
        yield opened


@pytest.fixture
def with_handbook(library: Library) -> Library:
    library.put(Source(BOOK.url, "GenAI Handbook", PAGE))
    return library


def said(library: Library, question: str) -> list[Said]:
    return syllabus.answer(wanted(question), BOOK, library)


def text_of(library: Library, question: str) -> str:
    return " ".join(one.text for one in said(library, question))


def check_quotes(library: Library, statements: list[Said]) -> None:
    for statement in statements:
        assert statement.quotes, statement
        for quote in statement.quotes:
            source = library.source(quote.source)
            assert source is not None
            assert source.url == quote.url
            assert source.text[quote.start : quote.end] == quote.text != ""


# -- what is asked ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("question", "expected"), rows(ABOUT_THE_HANDBOOK))
def test_a_question_about_the_handbook_is_told_with_what_it_wants(question: str, expected: str) -> None:
    assert told(syllabus.parse(question, BOOK)) == expected


@pytest.mark.parametrize("question", ABOUT_A_SUBJECT)
def test_a_question_about_a_subject_is_left_to_the_library(question: str) -> None:
    assert told(syllabus.parse(question, BOOK)) == ""


@pytest.mark.parametrize("name", ["mirror", "starter", "unanswerable", "conversations"])
def test_no_question_of_the_other_tuning_sets_is_taken_for_one_about_the_handbook(name: str) -> None:
    assert [q.question for q in tuning(name) if syllabus.parse(q.question, BOOK)] == []


@pytest.mark.parametrize("chapter", BOOK.chapters, ids=lambda chapter: chapter.id)
def test_every_chapter_is_known_by_its_title_in_every_wish(chapter: Chapter) -> None:
    title = chapter.title.lower()
    for question, wish in (
        (f"What should I read about {title}?", Wish.RESOURCES),
        (f"What should I know before {title}?", Wish.BEFORE),
        (f"How long does the chapter on {title} take?", Wish.TIME),
        (f"Which chapter comes after {title}?", Wish.AFTER),
        (f"Which section covers {title}?", Wish.PLACE),
        (f"Where in the handbook is {title}?", Wish.PLACE),
    ):
        assert parts(wanted(question))[:2] == (wish, chapter), question


@pytest.mark.parametrize("chapter", BOOK.chapters, ids=lambda chapter: chapter.id)
def test_no_chapter_makes_a_plain_question_one_about_the_handbook(chapter: Chapter) -> None:
    for name in (chapter.title, *chapter.topics):
        for frame in ("What is {}?", "How does {} work?", "{}"):
            assert syllabus.parse(frame.format(name), BOOK) is None, frame.format(name)


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("What should I watch for GANs?", ("video", "course")),
        ("Any videos or papers on GANs?", ("video", "paper")),
        ("Which blog posts are there on GANs?", ("article",)),
        ("What should I read about GANs?", ("article", "paper", "book", "documentation")),
        ("What should I read or watch about GANs?", ()),
        ("Any good resources for GANs?", ()),
    ],
)
def test_the_kinds_of_resource_that_are_wanted_are_told(question: str, kinds: tuple[str, ...]) -> None:
    assert wanted(question).kinds == kinds


def test_the_handbooks_other_names_are_known() -> None:
    for name in ("the handbook", "the Generative AI Handbook", "this syllabus", "the curriculum", "the road map"):
        assert told(syllabus.parse(f"Who wrote {name}?", BOOK)) == "handbook"


def test_a_follow_up_is_understood_from_the_conversation() -> None:
    history = [Turn("What is LoRA?", "LoRA trains two small matrices.")]
    for question in ("and what should I read for it?", "Which videos are there on that?"):
        assert told(syllabus.parse(resolve(question, history).question, BOOK)) == "resources low-rank-adapters-lora"


@pytest.mark.parametrize(
    "question", ["", "?", "(", "what " * 60, "which chapter " * 30, "é" * 1_000, "what is x?" * 200]
)
def test_an_odd_question_is_no_question_about_the_handbook(question: str) -> None:
    assert syllabus.parse(question, BOOK) is None


# -- the syllabus as a source -----------------------------------------------------------------------------------------


def test_the_syllabus_names_every_chapter_and_every_resource() -> None:
    text = syllabus.source(BOOK).text
    for chapter in BOOK.chapters:
        assert f"“{chapter.title}” is chapter " in text
    for _, resource in BOOK.links():
        assert f"“{resource.title}”" in text


def test_a_resource_is_told_in_one_line() -> None:
    assert (
        "\n- Article: “The Annotated S4” by Sasha Rush, Sidd Karamcheti (50 minutes).\n" in syllabus.source(BOOK).text
    )


def test_the_syllabus_is_kept_once_and_never_found_by_a_search(library: Library) -> None:
    assert syllabus.keep(library, BOOK)
    assert not syllabus.keep(library, BOOK)
    assert library.source("tutor:handbook") is not None
    assert library.sources() == []  # it is the tutor's own, not something that was read
    assert library.counts().passages == 0
    assert library.match("handbook", 5) == []


def test_a_source_that_was_searched_is_no_longer_found_when_it_is_kept_unsearched(library: Library) -> None:
    page = Source("https://a.org/", "A", "Attention weighs the words of a sentence by how much they matter to it.")
    assert library.put(page).passages == 1
    assert library.put(page, searched=False).outcome == "unchanged"
    assert library.match("attention", 5) == []


# -- what is answered -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", list(Wish))
def test_every_answer_has_statements_and_every_quote_exists(wish: Wish, with_handbook: Library) -> None:
    places = [Request(wish, "needed", part=part) for part in BOOK.parts]
    places += [Request(wish, "needed", section=section) for section in BOOK.sections]
    places += [
        Request(wish, "needed", chapter=chapter, other=other)
        for chapter, other in zip(BOOK.chapters, (None, *BOOK.chapters), strict=False)
    ]
    for request in (Request(wish, "needed"), *places):
        statements = syllabus.answer(request, BOOK, with_handbook)
        assert statements, request
        check_quotes(with_handbook, statements)


def test_resources_come_with_their_own_links_those_to_start_with_first(library: Library) -> None:
    statements = said(library, "What should I read about state space models?")
    links = [quote.link for statement in statements for quote in statement.quotes]
    assert links[0] == "https://genai-handbook.github.io/#structured-state-space-models"
    assert links[1] == "https://srush.github.io/annotated-s4/"
    assert not any("youtube" in link for link in links)


def test_where_no_resource_is_of_the_wanted_kind_that_is_said_and_the_others_are_named(library: Library) -> None:
    text = text_of(library, "What videos are there on diffusion models?")
    assert "“Diffusion Models” links to no video." in text
    assert "The Annotated Diffusion Model" in text


def test_prerequisites_are_told_with_their_reasons(library: Library) -> None:
    text = text_of(library, "What should I know before LoRA?")
    assert "“Instruct Fine-Tuning”, because an adapter" in text


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Do I need to know RL before RLHF?", "“Reward Models and RLHF” builds on “Reinforcement Learning”."),
        (
            "Do I need to know embeddings for RAG?",
            "“Retrieval-Augmented Generation” builds on “Embeddings and Topic Modeling”, by way of the chapters "
            "between them.",
        ),
        (
            "Can I learn diffusion models without Markov models?",
            "“Markov Models” is helpful before “Diffusion Models”, but not needed.",
        ),
        (
            "Do I have to learn LSTMs before transformers?",
            "“Decoder-Only Transformers” does not build on “LSTMs and GRUs”, which can be left out for it.",
        ),
    ],
)
def test_whether_a_chapter_is_needed_for_another_is_told(question: str, expected: str, library: Library) -> None:
    assert said(library, question)[0].text == expected


def test_what_comes_before_and_after_is_told_by_the_handbooks_order(library: Library) -> None:
    order = "“Positional Encoding” comes after “Tokenization” and before “Pretraining Recipes”."
    assert said(library, "Which chapter comes before positional encoding?")[0].text == order
    assert said(library, "Which chapter comes after positional encoding?")[0].text == order
    assert "comes first, before “Time-Series Analysis”" in text_of(library, "Where should I start?")
    assert "as the last chapter" in text_of(library, "What comes after vision transformers?")


def test_the_whole_handbook_and_a_section_are_described_in_numbers_that_are_right(library: Library) -> None:
    whole = text_of(library, "How is the handbook organised?")
    assert "9 sections with 52 chapters" in whole
    assert all(section.title in whole for section in BOOK.sections)
    section = text_of(library, "List the chapters of section VI")
    assert all(chapter.title in section for chapter in BOOK.sections[5].chapters)
    assert said(library, "Who wrote the handbook?")[0].text == f"The Generative AI Handbook is by {BOOK.author}."


# -- the author's own advice ------------------------------------------------------------------------------------------


def test_the_authors_advice_is_quoted_word_for_word_with_a_link_to_the_sentence(with_handbook: Library) -> None:
    quotes = [quote for one in said(with_handbook, "How much time-series do I need?") for quote in one.quotes]
    own = [quote for quote in quotes if quote.url == BOOK.url]
    assert [quote.text.split()[0] for quote in own] == ["For", "These"]
    assert own[0].link.startswith("https://genai-handbook.github.io/#time-series-analysis:~:text=For%20language")
    assert own[0].heading == "Section I: Foundations of Sequential Prediction > Time-Series Analysis"


def test_advice_is_taken_from_under_its_own_heading_alone(with_handbook: Library) -> None:
    assert "recommend" not in text_of(with_handbook, "How much time-series do I need?")
    assert "two weeks of it are enough" in text_of(with_handbook, "How much maths do I need?")
    assert "should come first" in text_of(with_handbook, "What should I read for section I?")


def test_without_the_handbook_the_syllabus_answers_alone(library: Library) -> None:
    quotes = [quote for one in said(library, "How much time-series do I need?") for quote in one.quotes]
    assert {quote.url for quote in quotes} == {"tutor:handbook"}


# -- in the tutor -----------------------------------------------------------------------------------------------------


@pytest.fixture
def tutor(library: Library) -> Tutor:
    encoder = LettersEncoder()
    notes.keep(library)
    encode_pending(library, encoder)
    index = ExactIndex(library, encoder)
    index.sync()
    return Tutor(library, Search(library, encoder, index), encoder, BOOK, None)


def test_the_tutor_answers_from_the_syllabus_in_statements_with_quotes(tutor: Tutor) -> None:
    events = list(tutor.ask("What should I watch for tokenization?"))
    answer = events[-1].answer if isinstance(events[-1], Answered) else None
    assert answer is not None
    assert isinstance(events[0], EvidenceFound)
    assert [event.statement for event in events if isinstance(event, Stated)] == list(answer.statements)
    assert (answer.kind, answer.declined) == ("handbook", False)
    assert answer.chapter is not None
    assert answer.chapter.id == "tokenization"
    assert answer.evidence == events[0].quotes
    assert answer.timings.total >= answer.timings.evidence > 0
    check_quotes(tutor.library, [Said(one.text, one.quotes) for one in answer.statements])


def test_what_is_offered_to_ask_next_can_be_answered(tutor: Tutor) -> None:
    answer = tutor.answer("What should I read about tokenization?")
    assert answer.follow_ups
    offered = {q for c in BOOK.chapters for w in Wish for q in syllabus.follow_ups(Request(w, "", chapter=c))}
    assert {question for question in offered if syllabus.parse(question, BOOK) is None} == set()


def test_a_subject_is_still_searched(tutor: Tutor) -> None:
    assert tutor.answer("What is tokenization?").kind != "handbook"


def found(tutor: Tutor, question: Question) -> list[str]:
    """What a question of the evaluation misses: its chapter, its links, its facts."""
    from eval.sets import states

    answer = tutor.answer(question.question)
    links = {quote.link for quote in answer.evidence} | {quote.url for quote in answer.evidence}
    missed = [url for url in question.urls if url not in links]
    missed += ["/".join(fact) for fact in question.facts if not states(answer.text, fact)]
    named = answer.chapter.id if answer.chapter else None
    return missed + ([] if question.chapter in (None, named) else [f"{named} for {question.chapter}"])


def test_the_tuning_half_of_the_handbook_questions_is_answered(tutor: Tutor) -> None:
    assert {q.question: missed for q in tuning("handbook") if (missed := found(tutor, q))} == {}


def test_a_handbook_made_by_hand_has_a_syllabus_too(library: Library) -> None:
    small = Handbook("Small", "A. Author", BOOK.url, (), BOOK.sections[:1])
    assert syllabus.answer(Request(Wish.HANDBOOK, "Who wrote it?"), small, library)[0].text.endswith("A. Author.")
