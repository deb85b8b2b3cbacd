from __future__ import annotations

import pytest

from mediascream.library.words import LONGEST_WORD, MOST_ASKED, MOST_WORDS, words_asked, words_of, words_to_find


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Las Vegas, 2026!", ["las", "vegas", "2026"]),
        ("DSC_0047.JPG", ["dsc", "0047", "jpg"]),
        ("Zürich CAFÉ", ["zurich", "cafe"]),
        ("Zu\u0308rich", ["zurich"]),  # decomposed, as macOS names files
        ("Straße", ["strasse"]),
        ("ＦＵＬＬ ｗｉｄｔｈ", ["full", "width"]),
        ("Новый год", ["новыи", "год"]),
        ("Ελλάδα", ["ελλαδα"]),
        ("東京タワー", ["東", "京", "タ", "ワ", "ー"]),
        ("北京2026", ["北", "京", "2026"]),
        ("हिन्दी", ["हिनदी"]),  # vowel signs do not part a word
        ("🏖️ Strand", ["🏖", "strand"]),
        ("👍🏽", ["👍"]),
        ('"quoted" OR (NOT near*) -minus', ["quoted", "or", "not", "near", "minus"]),
        ("", []),
        (" .,;:!?'\"()*-+^~/\\ ", []),
        ("a\0b\ud800c", ["a", "b", "c"]),
    ],
)
def test_words_are_runs_of_letters_and_digits_without_case_and_accents(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_digits_behind_letters_are_found_alone() -> None:
    assert words_to_find(["DSC00647.JPG"]) == ["dsc00647", "00647", "jpg"]


def test_each_word_is_kept_once_and_what_is_absent_counts_for_nothing() -> None:
    assert words_to_find(["Vegas", None, "VEGAS", "vegas 2026"]) == ["vegas", "2026"]


def test_a_text_without_end_has_an_end() -> None:
    assert len(words_to_find([" ".join(map(str, range(100_000)))])) == MOST_WORDS
    assert words_of("x" * 10_000) == ["x" * LONGEST_WORD]
    assert words_of("é" * 10_000) == ["e" * LONGEST_WORD]
    assert len(words_asked(" ".join(map(str, range(100))))) == MOST_ASKED
