#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;
use crate::encoder::testing::{HEADS, LAYERS, LONGEST, TOKENS, WIDTH, WeightsFile};

fn tiny() -> Model {
    Model::read(&WeightsFile::transformer().bytes()).unwrap()
}

fn bits(vectors: &Array2<f32>) -> Vec<Vec<u32>> {
    vectors
        .rows()
        .into_iter()
        .map(|row| row.iter().map(|number| number.to_bits()).collect())
        .collect()
}

/// Texts of the words of the small vocabulary, some unknown.
fn texts() -> impl Strategy<Value = Vec<String>> {
    let word = proptest::sample::select(vec![
        "abc", "cab", "a", "refund", "my", "order", "?", "zz", "<number>", "weather",
    ]);
    let text = proptest::collection::vec(word, 0..30).prop_map(|words| words.join(" "));
    proptest::collection::vec(text, 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn a_text_has_the_same_bits_in_any_company_on_any_instructions(texts in texts()) {
        let model = tiny();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let together = bits(&model.embed(&texts, Instructions::best(), &|_| {}));
        let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let alone = one_thread.install(|| bits(&model.embed(&texts, Instructions::best(), &|_| {})));
        prop_assert_eq!(&alone, &together);
        for instructions in Instructions::all() {
            for (text, together) in texts.iter().zip(&together) {
                let alone = bits(&model.embed(&[text], instructions, &|_| {}));
                prop_assert_eq!(&alone[0], together, "{:?}: {}", instructions, text);
            }
        }
    }

    #[test]
    fn every_vector_has_length_one_and_every_text_is_told(texts in texts()) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let told = AtomicUsize::new(0);
        let vectors = tiny().embed(&texts, Instructions::best(), &|count| {
            told.fetch_add(count, Ordering::Relaxed);
        });
        prop_assert_eq!(told.into_inner(), texts.len());
        prop_assert_eq!(vectors.dim(), (texts.len(), WIDTH));
        for row in vectors.rows() {
            prop_assert!((row.dot(&row) - 1.0).abs() < 1e-5);
        }
    }
}

#[test]
fn vectors_are_those_of_the_plain_definition() {
    let file = WeightsFile::transformer();
    let model = tiny();
    let mut worst = 1.0_f64;
    for text in ["refund my order", "abcabc ? weather", "a", &"my weather order, ".repeat(20)] {
        let ids = model.encode(text, &mut String::new());
        assert!(ids.len() <= LONGEST);
        let expected = defined(&file, &ids);
        let vector = model.embed(&[text], Instructions::best(), &|_| {});
        let cosine: f64 = expected.iter().zip(&vector).map(|(e, v)| e * f64::from(*v)).sum();
        worst = worst.min(cosine);
    }
    // Activations of 8 bits are all that is between them.
    assert!(worst > 0.9995, "{worst}");
}

/// The unit vector of a text by the textbook: f64, no rounding, loops.
fn defined(file: &WeightsFile, ids: &[u32]) -> Vec<f64> {
    let (words, basis, positions) =
        (file.matrix("word"), file.matrix("word.basis"), file.matrix("position"));
    let mut hidden: Vec<Vec<f64>> = ids
        .iter()
        .zip(&positions)
        .map(|(id, position)| {
            let word = times(&basis, &words[*id as usize], &[0.0; WIDTH]);
            normed(file, "embedding_norm", &sum(&word, position))
        })
        .collect();
    for layer in 0..LAYERS {
        let linear = |part: &str, rows: &[Vec<f64>]| -> Vec<Vec<f64>> {
            let name = format!("layer.{layer}.{part}");
            let (weights, bias) = (file.matrix(&name), file.floats(&format!("{name}.bias")));
            rows.iter().map(|row| times(&weights, row, &bias)).collect()
        };
        let (query, key, value) =
            (linear("query", &hidden), linear("key", &hidden), linear("value", &hidden));
        let head_width = WIDTH / HEADS;
        let mut attended = vec![vec![0.0; WIDTH]; ids.len()];
        for (token, out) in attended.iter_mut().enumerate() {
            for head in 0..HEADS {
                let part = head * head_width..(head + 1) * head_width;
                let weights: Vec<f64> = key
                    .iter()
                    .map(|key| {
                        let product: f64 = part.clone().map(|at| query[token][at] * key[at]).sum();
                        (product / (head_width as f64).sqrt()).exp()
                    })
                    .collect();
                let total: f64 = weights.iter().sum();
                for at in part {
                    out[at] =
                        weights.iter().zip(&value).map(|(w, value)| w * value[at]).sum::<f64>()
                            / total;
                }
            }
        }
        let added = linear("attention_output", &attended);
        for (row, added) in hidden.iter_mut().zip(&added) {
            *row = normed(file, &format!("layer.{layer}.attention_norm"), &sum(row, added));
        }
        let mut wide = linear("intermediate", &hidden);
        for number in wide.iter_mut().flatten() {
            *number = f64::from(crate::encoder::lanes::gelu(*number as f32));
        }
        let added = linear("output", &wide);
        for (row, added) in hidden.iter_mut().zip(&added) {
            *row = normed(file, &format!("layer.{layer}.output_norm"), &sum(row, added));
        }
    }
    let mean = hidden.iter().fold(vec![0.0; WIDTH], |mean, row| sum(&mean, row));
    let length = mean.iter().map(|number| number * number).sum::<f64>().sqrt();
    mean.iter().map(|number| number / length).collect()
}

fn times(weights: &[Vec<f64>], row: &[f64], bias: &[f64]) -> Vec<f64> {
    let product = |weights: &Vec<f64>| weights.iter().zip(row).map(|(w, r)| w * r).sum::<f64>();
    weights.iter().zip(bias).map(|(weights, bias)| product(weights) + bias).collect()
}

fn sum(left: &[f64], right: &[f64]) -> Vec<f64> {
    left.iter().zip(right).map(|(left, right)| left + right).collect()
}

fn normed(file: &WeightsFile, name: &str, row: &[f64]) -> Vec<f64> {
    let mean = row.iter().sum::<f64>() / row.len() as f64;
    let variance = row.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / row.len() as f64;
    let (weight, bias) =
        (file.floats(&format!("{name}.weight")), file.floats(&format!("{name}.bias")));
    row.iter()
        .zip(weight.iter().zip(&bias))
        .map(|(number, (weight, bias))| (number - mean) / (variance + 1e-6).sqrt() * weight + bias)
        .collect()
}

#[test]
fn texts_of_the_same_tokens_have_one_vector() {
    let vectors = tiny().embed(
        &["refund my order", "refund <number> my order"],
        Instructions::best(),
        &|_| {},
    );
    assert_eq!(vectors.row(0), vectors.row(1));
}

#[test]
fn texts_without_a_known_token_have_the_first_axis() {
    let vectors = tiny().embed(&["", "<number> <url>", "zz 退款"], Instructions::best(), &|_| {});
    for row in vectors.rows() {
        assert!(row.iter().enumerate().all(|(at, number)| *number == f32::from(u8::from(at == 0))));
    }
}

#[test]
fn broken_files_are_refused() {
    let bytes = WeightsFile::transformer().bytes();
    assert!(Model::read(&bytes).is_ok());
    for cut in [0, 7, 100, bytes.len() - 1] {
        assert!(matches!(Model::read(&bytes[..cut]), Err(WeightsError::Format(_))), "{cut}");
    }
    let changed = |change: &dyn Fn(&mut WeightsFile)| {
        let mut file = WeightsFile::transformer();
        change(&mut file);
        Model::read(&file.bytes()).map(|_| ()).unwrap_err()
    };
    let tensor = |file: &mut WeightsFile, name: &str| {
        file.tensors.iter().position(|tensor| tensor.0 == name).unwrap()
    };
    let mut nameless = WeightsFile::transformer();
    nameless.metadata.remove("name");
    assert!(matches!(about(&nameless.bytes()), Err(WeightsError::Metadata("name"))));
    let of_file = about(&WeightsFile::transformer().bytes()).unwrap();
    let model = Model::read(&WeightsFile::transformer().bytes()).unwrap();
    assert_eq!(of_file.width, model.transformer.width());
    for key in ["heads", "norm_epsilon", "longest"] {
        let error = changed(&|file| {
            file.metadata.remove(key);
        });
        assert!(matches!(error, WeightsError::Metadata(found) if found == key), "{error}");
    }
    for heads in ["0", "3", "64", "two"] {
        let error = changed(&|file| {
            file.metadata.insert("heads".to_owned(), heads.to_owned());
        });
        assert!(matches!(error, WeightsError::Metadata("heads")), "{heads}: {error}");
    }
    let names: Vec<String> =
        WeightsFile::transformer().tensors.iter().map(|t| t.0.clone()).collect();
    for name in &names {
        let error = changed(&|file| {
            let at = tensor(file, name);
            file.tensors.remove(at);
        });
        assert!(matches!(error, WeightsError::Format(_)), "{name}: {error}");
        let error = changed(&|file| {
            let at = tensor(file, name);
            let (_, kind, shape, bytes) = &mut file.tensors[at];
            shape[0] -= 1;
            let left = shape.iter().product::<usize>() * kind.bitsize() / 8;
            bytes.truncate(left);
        });
        assert!(
            matches!(
                error,
                WeightsError::Shape { .. }
                    | WeightsError::Vocabulary(_)
                    | WeightsError::Metadata(_)
            ),
            "{name}: {error}"
        );
    }
    let error = changed(&|file| {
        let at = tensor(file, "embedding_norm.bias");
        file.tensors[at].3[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    assert!(matches!(error, WeightsError::NotFinite(_)), "{error}");
}

#[test]
fn the_weights_compiled_in_are_whole() {
    let model = Model::read(mcp_insights_model::ACCURATE).unwrap();
    assert_eq!((model.transformer.width(), model.transformer.longest()), (384, 256));
    assert!(model.vocabulary.len() > TOKENS.len());
}

#[test]
fn latin_words_are_covered_and_other_scripts_are_not() {
    for (text, covered) in [
        ("refund my order <number>", true),
        ("überweisung nach zürich", true),
        ("отменить заказ", false),
        ("退款订单", false),
        ("🎉", false),
        ("<number> <url>", false),
    ] {
        assert_eq!(Accurate::new().covers(text), covered, "{text}");
        assert_eq!(crate::Fast::new().covers(text), covered, "{text}");
    }
}
