"""Chooses the tokens that a shipped encoder keeps, and makes WordPiece tokenizers over them."""

import string
import unicodedata

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from corpus import read_requests, read_summaries

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
"""The first four tokens of every vocabulary; their places are their ids."""

UNKNOWN, BEGIN, END = 1, 2, 3

PRIOR_SHARE = 0.2
"""What the prior weighs beside all counts. It keeps common words that this corpus happens to lack."""

WORDS_PER_TEXT = 10
"""About; by it [CLS] and [SEP], one a text, are as frequent as they should be beside the words."""

DROPPED_PER_ROUND = 0.25
"""The share of the surplus that a round of pruning drops: a lost word's pieces must be able to gain before they are judged."""


def wordpiece(tokens):
    """The teacher's way of cutting texts (lower case, no accents, punctuation apart), over other `tokens`."""
    ids = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return tokenizer


def is_kept_script(token):
    """Whether a token can occur and is Latin: letters a-z and their like, digits, or one ASCII punctuation mark."""
    body = token.removeprefix("##")
    if len(body) == 1 and body in string.punctuation:
        return True
    return body != "" and all(is_latin_or_digit(character) for character in body)


def is_latin_or_digit(character):
    """Whether a lower-cased character is an ASCII digit or a Latin letter."""
    if character.isascii():
        return character.isalnum()
    return unicodedata.name(character, "").startswith("LATIN SMALL LETTER")


def is_always_kept(token):
    """Single ASCII characters: with them, any Latin word has pieces."""
    body = token.removeprefix("##")
    return len(body) == 1 and body.isascii()


def word_weights(folder):
    """Words (as the teacher's tokenizer splits texts into) of the corpus and their weighted counts.

    The requests are few and what our texts are like, so that all of them together weigh as much as all summaries.
    Each of their sources weighs by the root of its size: Taskmaster would drown the others in coffee and cinema.
    """
    sources = read_requests(folder)
    summaries = count_words(read_summaries(folder))
    total = sum(summaries.values())
    share = {source: len(texts) ** 0.5 for source, texts in sources.items()}
    weights = {word: float(count) for word, count in summaries.items()}
    for source, texts in sources.items():
        counts = count_words(texts)
        weight = total * share[source] / sum(share.values()) / sum(counts.values())
        for word, count in counts.items():
            weights[word] = weights.get(word, 0.0) + weight * count
    return dict(sorted(weights.items()))


def count_words(texts):
    """How often each word occurs."""
    normalizer, splitter = BertNormalizer(lowercase=True), BertPreTokenizer()
    counts = {}
    for text in texts:
        for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text)):
            counts[word] = counts.get(word, 0) + 1
    return counts


def prune(tokens, words, size):
    """The `size` most frequent of the teacher's `tokens` after `SPECIALS`, in the teacher's order, and their frequencies.

    Dropping goes in rounds, and each counts anew, since a word whose token is gone is cut into smaller pieces, whose
    counts then rise. To the counts comes a prior by token id: the ids are in the order of frequency in the text that
    the teacher's tokenizer was made from, about 1 / (id · ln size) each by Zipf's law.
    """
    candidates = [token for token in tokens if token not in SPECIALS and is_kept_script(token)]
    zipf = {token: 1.0 / (number + 1) for number, token in enumerate(tokens)}
    prior = PRIOR_SHARE * sum(words.values()) / sum(zipf.values())
    while True:
        counts = token_counts(SPECIALS + candidates, words)
        frequency = {token: counts.get(token, 0.0) + prior * zipf[token] for token in candidates}
        surplus = len(SPECIALS) + len(candidates) - size
        if surplus <= 0:
            break
        removable = sorted(
            (token for token in candidates if not is_always_kept(token)), key=lambda token: (frequency[token], token)
        )
        dropped = set(removable[: min(surplus, max(200, int(surplus * DROPPED_PER_ROUND)))])
        candidates = [token for token in candidates if token not in dropped]
    kept = SPECIALS + candidates
    texts = sum(words.values()) / WORDS_PER_TEXT
    frequency |= {"[PAD]": 1.0, "[UNK]": 1.0, "[CLS]": texts, "[SEP]": texts}
    return kept, np.array([frequency[token] for token in kept])


def token_counts(tokens, words):
    """The weighted count of each token when `words` are cut over `tokens`."""
    tokenizer = wordpiece(tokens)
    counts = {}
    for encoding, weight in zip(tokenizer.encode_batch(list(words)), words.values(), strict=True):
        for token in encoding.tokens:
            counts[token] = counts.get(token, 0.0) + weight
    return counts


def pack(tokens):
    """A vocabulary as a tensor of bytes: the tokens in the order of their ids, a line feed after each."""
    return np.frombuffer("".join(token + "\n" for token in tokens).encode("utf-8"), np.uint8)


def unpack(packed):
    """The tokens of a packed vocabulary."""
    return packed.tobytes().decode("utf-8").removesuffix("\n").split("\n")
