"""Writes encoder_reference.json beside this file: what the shipped weights make of some texts outside of Rust.

    python crates/text/tests/encoder_reference.py        # with the packages that models/ wants

Ids come from `tokenizers`, vectors from `models/encoders.py` in f32 without rounding of activations. To be run again
whenever the weights change.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "models"))

from encoders import Accurate, Fast  # noqa: E402

TEXTS = [
    "refund my order",
    "i want my money back for the shoes i bought",
    "what's the weather like in paris tomorrow?",
    "list all open pull requests of the repository",
    "translate this paragraph into french",
    "how do i reset the password of my account",
    "s3 bucket policy, json",
    "a",
    "?!",
    "...",
    "don't e-mail me; call me (after 5pm)",
    "convert 3.5 km to miles & feet",
    "snake_case and camelCase identifiers in src/main.rs",
    "create a kubernetes deployment with three replicas",
    "find flights from new york to san francisco next friday",
    "unsubscribe from the newsletter",
    "crème brûlée à la carte, déjà vu",
    "ÜBERWEISUNG NACH ZÜRICH",
    "naïve café résumé",
    "İstanbul'da hava durumu",
    "退款订单",
    "check order 订单 status",
    "отменить заказ",
    "주문 환불",
    "मुझे पैसे",
    "🎉 party 🎉",
    "tab\tand\nnew line",
    "zero\u200bwidth and soft\u00adhyphen",
    "“quoted” — with dashes… and ‘more’",
    "5€ or 5$ or £5",
    "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
    "x" * 100 + " y",
    "x" * 101 + " y",
    "search the documentation for a function that parses dates and tell me how to use it with time zones",
    "please summarise the meeting notes and send them to the whole team " * 30,
]
"""Plain requests, other scripts, odd characters, long words, and one longer than `accurate` reads."""

VECTORS = 14
"""Texts from the start whose vectors are kept as well; the last text's, too."""

DIGITS = 5


def described(encoder, texts):
    """The ids of each text, without special tokens, and vectors of some."""
    vectors = encoder.encode(texts)
    rows = []
    for number, (text, vector) in enumerate(zip(texts, vectors, strict=True)):
        row = {"text": text, "ids": encoder.tokenizer.encode(text).ids}
        if number < VECTORS or number == len(texts) - 1:
            row["vector"] = [round(float(value), DIGITS) for value in vector]
        rows.append(row)
    return rows


def main():
    weights = ROOT / "crates" / "model" / "weights"
    reference = {
        "accurate": described(Accurate(weights / "accurate.safetensors", activation_bits=None), TEXTS),
        "fast": described(Fast(weights / "fast.safetensors"), TEXTS),
    }
    lines = [
        f'"{name}": [\n' + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]"
        for name, rows in reference.items()
    ]
    path = Path(__file__).with_suffix(".json")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
