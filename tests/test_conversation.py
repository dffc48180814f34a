"""Follow-ups: what leans on the conversation, and what it is resolved to."""

import pytest

from tutor.conversation import Turn, leans, resolve

LORA = [Turn("What is LoRA?", "A fine-tuning method.")]
LSTM_GRU = [Turn("What is the difference between an LSTM and a GRU?", "The gates.")]


@pytest.mark.parametrize(
    "question",
    [
        "and why is that faster?",
        "show me the maths",
        "simpler please",
        "Why?",
        "give me an example",
        "how does it work?",
    ],
)
def test_follow_ups_lean(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    [
        "What is FlashAttention?",
        "How does DPO differ from RLHF?",
        "Why is attention quadratic?",
        "Why does self-attention scale quadratically with sequence length?",
        "How does PagedAttention manage the memory of the key-value cache?",
    ],
)
def test_whole_questions_stand_alone(question: str) -> None:
    assert not leans(question)
    assert resolve(question, LORA) == question


def test_a_pointer_is_replaced_by_the_subject() -> None:
    assert resolve("how does it save memory?", LORA) == "how does LoRA save memory?"


def test_a_command_gets_the_subject_added() -> None:
    assert "LoRA" in resolve("show me the maths", LORA)
    assert "LoRA" in resolve("simpler please", LORA)


def test_the_subject_survives_a_follow_up_in_between() -> None:
    history = [*LORA, Turn("and why is that faster?", "Because.")]
    assert "LoRA" in resolve("show me the maths", history)


def test_the_first_one_is_the_first_subject() -> None:
    history = [*LORA, Turn("What is QLoRA?", "LoRA on 4-bit weights.")]
    assert resolve("compare it with the first one", history) == "compare QLoRA with LoRA"


def test_both_sides_of_a_comparison_are_the_subject() -> None:
    resolved = resolve("which of them is faster?", LSTM_GRU)
    assert "LSTM" in resolved
    assert "GRU" in resolved


def test_without_history_nothing_changes() -> None:
    assert resolve("and why is that faster?", []) == "and why is that faster?"
