"""BLEU and chrF are held against what sacreBLEU 2.6 gives for the same texts."""

from __future__ import annotations

import random

import pytest

from ml_project.metrics import distance, sequence_metrics, tokens

LATIN = (
    ["The cat sat on the mat.", "It costs 1,000.5 dollars, I'm told."],
    ["The cat sat on a mat.", "It cost 1,000.5 dollars I am told"],
)
HAN = (
    ["韦克斯福德郡", "阿富汗伊斯兰共和国", "诺里斯语"],
    ["威斯福德郡", "阿富汗共和国", "诺里斯语"],
)
MIXED = (
    ["SIM卡（2024年）已激活。", "请在 3-5 天内回复 A&B"],
    ["SIM卡（2023年）激活了。", "请在 3-5 天内回复 A&B"],
)
SMOOTHED = (
    ["the quick brown fox jumps", "over the lazy dog today"],
    ["the slow brown cat jumps", "under a lazy dog now"],
)
SHORT = (["one two three four five", "six"], ["one two three four", ""])
CASES = [
    (LATIN, 0.273450768597529, 0.650476923983968),
    (HAN, 0.493854360071280, 0.356378875002470),
    (MIXED, 0.695789420928435, 0.718009834665284),
    (SMOOTHED, 0.134321241477943, 0.326069689588629),
    (SHORT, 0.606530659712634, 0.759965941044356),
]


@pytest.mark.parametrize(("texts", "bleu", "chrf"), CASES)
def test_bleu_and_chrf_agree_with_sacrebleu(
    texts: tuple[list[str], list[str]], bleu: float, chrf: float
) -> None:
    found = sequence_metrics(*texts)
    assert (found["bleu"], found["chrf"]) == pytest.approx((bleu, chrf), abs=1e-12)


def test_equal_texts_are_perfect_and_strange_ones_worth_nothing() -> None:
    texts = LATIN[0] + HAN[0]
    same = sequence_metrics(texts, texts)
    assert (same["bleu"], same["chrf"], same["exact_match"], same["cer"]) == (1, 1, 1, 0)
    found = sequence_metrics(["abc def"], ["xyz"])
    assert (found["bleu"], found["chrf"], found["exact_match"]) == (0, 0, 0)


def test_each_han_and_kana_character_is_a_token() -> None:
    assert " ".join(tokens("SIM卡（2.5 元）、かな.")) == "SIM 卡 （ 2.5 元 ） 、 か な ."
    assert " ".join(tokens("it's &quot;3-5&quot;, no?")) == 'it\'s " 3 - 5 " , no ?'


def test_errors_are_counted_by_character() -> None:
    assert sequence_metrics(["abcd", "ef"], ["abd", "ef"])["cer"] == pytest.approx(1 / 6)
    assert sequence_metrics(["ab"], ["abababab"])["cer"] == 3


def test_the_distance_is_levenshtein_s() -> None:
    rng = random.Random(1)
    for _ in range(200):
        first, second = ("".join(rng.choices("abc", k=rng.randint(0, 9))) for _ in range(2))
        assert distance(first, second) == plain_distance(first, second), (first, second)


def plain_distance(first: str, second: str) -> int:
    row = list(range(len(second) + 1))
    for i, one in enumerate(first, start=1):
        before, row = row, [i]
        for j, other in enumerate(second, start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (one != other)))
    return row[-1]
