"""Each field of the ensemble's request does what it says."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PROMPT = "Why do people share a cloud?"


def body(**fields: Any) -> dict[str, Any]:
    return {"text_input": PROMPT, "max_tokens": 20, **fields}


def words(text: str) -> list[str]:
    return text.replace(",", " ,").replace(".", " .").replace("?", " ?").split()


def greedy(ensemble: Any) -> str:
    """The most likely words, computed without sampling."""
    import torch

    network = ensemble.models["tensorrt_llm"].model.network
    tokenizer = ensemble.models["preprocessing"].model.tokenizer
    prompt = torch.tensor([tokenizer.encode(PROMPT).ids])
    ids = network.generate(prompt, do_sample=False, max_new_tokens=20, attention_mask=torch.ones_like(prompt))
    return str(tokenizer.decode(ids[0, prompt.shape[1] :].tolist()))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"random_seed": 2**64 - 1, "top_p": 0.9},
        {"top_k": 3, "random_seed": 7},
        {"stop_words": ["the", "cloud", "a", ","], "random_seed": 11},
        {"bad_words": ["the", "cloud computing", "it"], "top_k": 40, "top_p": 0.5},
        {"text_input": "Größe 雲 🙂", "max_tokens": 40},
    ],
)
def test_same_text_as_transformers_alone(
    ensemble: Any, reference: ModuleType, made: Path, fields: dict[str, Any]
) -> None:
    text = ensemble(body(**fields))
    assert text
    assert text == reference.ensemble(body(**fields), made)


def test_the_walkthroughs_request(ensemble: Any, reference: ModuleType, made: Path) -> None:
    sent = json.loads((made / "falcon/probes/prompt.json").read_text())
    assert ensemble(sent) == reference.expected("ensemble", made)


def test_max_tokens_bounds_the_new_tokens(ensemble: Any) -> None:
    long = words(ensemble(body(max_tokens=20)))
    assert [len(words(ensemble(body(max_tokens=n)))) for n in (1, 5, 20)] == [1, 5, 20]
    assert words(ensemble(body(max_tokens=5))) == long[:5]


@pytest.mark.parametrize("count", [0, -1, 2048, 2**31 - 1])
def test_max_tokens_out_of_range_is_refused(ensemble: Any, count: int) -> None:
    with pytest.raises(
        RuntimeError, match=f"max_tokens is {count}: after a prompt of 7 tokens, ask for 1 to 2041"
    ):
        ensemble(body(max_tokens=count))


def test_bad_words_never_appear(ensemble: Any) -> None:
    free = [set(words(ensemble(body(random_seed=seed)))) for seed in range(5)]
    banned = sorted(set.union(*free))
    assert len(banned) > 20
    for seed in range(5):
        assert not set(words(ensemble(body(random_seed=seed, bad_words=banned)))) & set(banned)


def test_a_bad_phrase_bans_the_phrase_and_not_its_words(ensemble: Any) -> None:
    first, second, *_ = words(ensemble(body()))
    other = words(ensemble(body(bad_words=[f"{first} {second}"])))
    assert other[0] == first
    assert other[1] != second


def test_generation_stops_at_a_stop_word(ensemble: Any) -> None:
    said = words(ensemble(body()))
    stop = said[9]
    end = said.index(stop) + 1
    assert words(ensemble(body(stop_words=["nowhere", stop]))) == said[:end]
    phrase = " ".join(said[3:6])
    assert words(ensemble(body(stop_words=[phrase]))) == said[:6]


def test_a_stop_word_in_the_prompt_stops_nothing(ensemble: Any) -> None:
    assert ensemble(body(text_input="the stop", stop_words=["the stop"])) == ensemble(
        body(text_input="the stop")
    )


def test_an_empty_word_is_no_word(ensemble: Any) -> None:
    assert ensemble(body(stop_words=[""], bad_words=["", ""])) == ensemble(body())


def test_top_k_of_one_takes_the_most_likely_word(ensemble: Any) -> None:
    assert {ensemble(body(top_k=1, random_seed=seed)) for seed in range(3)} == {greedy(ensemble)}


def test_tiny_top_p_takes_the_most_likely_word(ensemble: Any) -> None:
    assert {ensemble(body(top_p=1e-6, random_seed=seed)) for seed in range(3)} == {greedy(ensemble)}


def test_top_k_keeps_to_the_k_most_likely_words(ensemble: Any) -> None:
    first = {ensemble(body(max_tokens=1, top_k=4, random_seed=seed)) for seed in range(40)}
    free = {ensemble(body(max_tokens=1, random_seed=seed)) for seed in range(40)}
    assert 1 < len(first) <= 4 < len(free)


@pytest.mark.parametrize("fields", [{"top_k": -1}, {"top_p": -0.5}, {"top_p": 1.5}])
def test_sampling_out_of_range_is_refused(ensemble: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match=next(iter(fields))):
        ensemble(body(**fields))


def test_end_id_ends_the_sequence(ensemble: Any, word_id: Callable[[str], int]) -> None:
    said = words(ensemble(body()))
    end = next(i for i in range(5, 20) if said[i] not in said[:i])
    assert words(ensemble(body(end_id=word_id(said[end])))) == said[:end]


def test_pad_id_fills_up_and_never_reaches_the_text(ensemble: Any, word_id: Callable[[str], int]) -> None:
    said = words(ensemble(body()))
    pad = word_id("moon")
    text = ensemble(body(stop_words=[said[2]], pad_id=pad))
    ids, length = ensemble.seen["_output_ids"].ravel().tolist(), int(ensemble.seen["_sequence_length"].item())
    assert length == len(words(text)) < 20
    assert ids[length:] == [pad] * (20 - length)
    assert text == ensemble(body(stop_words=[said[2]]))


def test_random_seed_decides_the_text(ensemble: Any) -> None:
    texts = [ensemble(body(random_seed=seed)) for seed in (0, 1, 2, 0)]
    assert texts[0] == texts[3] == ensemble(body())
    assert len(set(texts)) == 3


def test_the_prompt_decides_the_text(ensemble: Any) -> None:
    prompts = ["hello", "bonjour", "雲", "Explain Cloud Computing to a school kid"]
    assert len({ensemble(body(text_input=prompt)) for prompt in prompts}) == len(prompts)


def test_an_empty_prompt_is_refused(ensemble: Any) -> None:
    with pytest.raises(RuntimeError, match="text_input is empty"):
        ensemble(body(text_input="  "))
