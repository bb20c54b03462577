"""What is written and what is asked meet in one spelling."""

import pytest

from services.search.words import MAX_WORDS, asked, matches, normalised


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Blood-pressure: 120/80!", "blood pressure 120 80"),
        ("¿Cómo está la niña?", "como esta la nina"),
        ("الضَّغْطُ مرتفعٌ", "الضغط مرتفع"),
        ("أحمد وإيمان وآدم", "احمد وايمان وادم"),
        ("مستشفى الرعاية", "مستشفي الرعايه"),
        ("مرحبـــا", "مرحبا"),
        ("STRASSE Straße", "strasse strasse"),
        ("  \n\t ", ""),
    ],
)
def test_normalised(written: str, words: str) -> None:
    assert normalised(written) == words


def test_a_question_has_each_word_once_and_not_too_many() -> None:
    assert asked("Pain pain PAIN knee") == ["pain", "knee"]
    assert len(asked(" ".join(f"w{i}" for i in range(50)))) == MAX_WORDS


def test_every_word_must_occur_as_a_whole() -> None:
    assert matches(["knee", "pain"], "Pain in the left knee.")
    assert not matches(["knee", "pain"], "The knee is fine.")
    assert not matches(["kne"], "The knee is fine.")
