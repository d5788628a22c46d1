"""Writes the reference that the Rust tokenizer and encoders are tested against.

    python fixture.py [--out FILE]

For each text the WordPiece ids under both vocabularies, [CLS] and [SEP] left out and nothing cut off; for some texts
the vectors, too: `accurate` on f32 activations, and `fast`.
"""

import argparse
import json
from pathlib import Path

from encoders import Accurate, Fast
from make_accurate import WEIGHTS_FOLDER

DEFAULT_OUT = WEIGHTS_FOLDER.parent.parent / "text" / "tests" / "encoder_reference.json"

WITH_VECTORS = [
    "Where is my parcel?",
    "refund order 1234",
    "Please cancel my subscription and send me the invoice for March.",
    "what's the weather like in Reykjavík tomorrow",
    "create_calendar_event",
    "get_user_by_id failed with HTTP 404",
    "How do I convert a PDF to Markdown without losing the tables?",
    "naïve café résumé, señor",
    "compare the price of two flights, e.g. LHR→JFK",
    "I can't log in!!!",
    "list all open pull requests",
    "Transfer $1,250.50 to my savings account",
    "ok",
    "summarise https://example.com/a/b?c=d&e=f in 3 bullet points",
    "translate 你好 into English",
    "🙂 thanks for the help 🙏",
    "pneumonoultramicroscopicsilicovolcanoconiosis",
    "the the the the",
    "Straße Łódź Øresund þing",
    " ".join(["The quick brown fox jumps over the lazy dog, again and again;"] * 40),
]
"""The last has more tokens than `accurate` reads."""

WITHOUT_VECTORS = [
    "",
    " ",
    "\t\n  tabs and\r\nline ends \n",
    "?",
    "...",
    "!?!?",
    "a",
    "Z",
    "7",
    "3.14159",
    "1,000,000",
    "2025-07-22T10:15:30Z",
    "user@example.com",
    "C:\\Users\\me\\file.txt",
    "/usr/local/bin/python3.11",
    "{\"key\": [1, 2, null]}",
    "SELECT * FROM orders WHERE id = 7;",
    "snake_case_tool_name",
    "kebab-case-tool-name",
    "camelCaseToolName",
    "search__web__v2",
    "desktop-commander/start_process",
    "it's we're they'll o'clock",
    "“curly” ‘quotes’ – and — dashes…",
    "über Ångström Dvořák Nguyễn",
    "e\u0301 decomposed, \u00e9 composed",
    "İstanbul ISPARTA ığdır",
    "ﬁne ligature and ½ and № and ™",
    "ＦＵＬＬ ｗｉｄｔｈ １２３",
    "Привет, как дела?",
    "Πού είναι το δέμα μου;",
    "أين طردي؟",
    "איפה החבילה שלי",
    "मेरा पार्सल कहाँ है",
    "我的包裹在哪里？",
    "荷物はどこですか",
    "내 소포는 어디에 있나요",
    "order 注文 number 番号 12",
    "👩‍👩‍👧‍👦 family ❤️ flag 🇩🇪",
    "zero\u200bwidth and soft\u00adhyphen",
    "non\u00a0breaking and\u3000ideographic space",
    "control\u0000 \u0007bell \u007fdelete \ufffd replacement \ufeffmark",
    "private \ue000 use and unassigned \u0378",
    "line\u2028and\u2029paragraph separators",
    "x" * 100,
    "x" * 101,
    "antidisestablishmentarianism floccinaucinihilipilification",
    "qzxj kqvw zzzzqqq",
    "[CLS] [SEP] [UNK] [PAD] [MASK]",
    "##ing ## #",
    "100% of $5 & €10 + £3 = ?",
    "math: ∑ x² ≤ ∞, 5×3÷2",
    "`code` **bold** _under_ ~tilde~ ^caret^ |pipe|",
    "kubectl get pods -n kube-system | grep CrashLoopBackOff",
    "GPT-4o vs. Claude 3.5 (2024)",
    "𝒻𝒶𝓃𝒸𝓎 𝐛𝐨𝐥𝐝",
    "Zalgo t\u0335e\u0336x\u0337t\u0338",
    "word\u0301\u0302\u0303",
]


def significant(vector):
    """Numbers with six significant digits."""
    return [float(f"{number:.6g}") for number in vector.tolist()]


def make(out):
    """Writes the reference to `out`."""
    accurate = Accurate(WEIGHTS_FOLDER / "accurate.safetensors", activation_bits=None)
    fast = Fast(WEIGHTS_FOLDER / "fast.safetensors")
    texts = WITH_VECTORS + WITHOUT_VECTORS
    cases = [
        {"text": text, "accurate_ids": accurate_ids.ids, "fast_ids": fast_ids.ids}
        for text, accurate_ids, fast_ids in zip(
            texts, accurate.tokenizer.encode_batch(texts), fast.tokenizer.encode_batch(texts), strict=True
        )
    ]
    for case, accurate_vector, fast_vector in zip(
        cases, accurate.encode(WITH_VECTORS), fast.encode(WITH_VECTORS), strict=False
    ):
        case |= {"accurate_vector": significant(accurate_vector), "fast_vector": significant(fast_vector)}
    lines = ",\n".join(json.dumps(case, ensure_ascii=True, separators=(",", ":")) for case in cases)
    head = json.dumps({"accurate": accurate.metadata["name"], "fast": fast.metadata["name"]})[:-1]
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(f'{head}, "cases": [\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{out}: {len(cases)} texts, {out.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=DEFAULT_OUT)
    make(parser.parse_args().out)
