#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
//! Laws: how events are written down, packed, split and cut decides nothing.

use proptest::prelude::*;

use super::tests::*;
use super::*;
use crate::RejectionReason::*;

/// One way to write some lines down.
#[derive(Clone, Debug)]
enum Written {
    Lines,
    Array,
    PrettyArray,
    Batch,
    PrettyBatch,
    Post,
    TextPost,
    Pretty,
}

impl Written {
    fn write(&self, ids: &[String]) -> String {
        let events: Vec<String> = ids.iter().map(|id| event(id)).collect();
        let names: Vec<&str> = ids.iter().map(String::as_str).collect();
        match self {
            Self::Lines => events.join("\n"),
            Self::Array => format!("[{}]", events.join(",")),
            Self::PrettyArray => format!("[\n{}\n]", events.join(",\n")),
            Self::Batch => batch(&names),
            Self::PrettyBatch => pretty(&batch(&names)),
            Self::Post => post(&batch(&names)),
            Self::TextPost => post(&serde_json::to_string(&batch(&names)).unwrap()),
            Self::Pretty => events.iter().map(|event| pretty(event)).collect::<Vec<_>>().join("\n"),
        }
    }
}

fn written() -> impl Strategy<Value = Written> {
    prop_oneof![
        Just(Written::Lines),
        Just(Written::Array),
        Just(Written::PrettyArray),
        Just(Written::Batch),
        Just(Written::PrettyBatch),
        Just(Written::Post),
        Just(Written::TextPost),
        Just(Written::Pretty),
    ]
}

fn pieces() -> impl Strategy<Value = Vec<(Written, usize, bool, u8)>> {
    proptest::collection::vec((written(), 0_usize..12, any::<bool>(), 0_u8..3), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// However events are split over files, containers, packings and blocks: the same events come out.
    #[test]
    fn containers_files_and_blocks_do_not_matter(pieces in pieces(), block in 1_usize..3000) {
        let mut number = 0;
        let mut files = vec![String::new()];
        let mut packings = vec![0];
        for (written, count, starts_file, packing) in pieces {
            if starts_file {
                files.push(String::new());
                packings.push(packing);
            }
            let ids: Vec<String> = (number..number + count).map(|number| format!("e{number}")).collect();
            number += count;
            if let Some(file) = files.last_mut() {
                file.push_str(&written.write(&ids));
                file.push('\n');
            }
        }
        let inputs = || files.iter().zip(&packings).map(|(file, packing)| bytes(match packing {
            0 => file.clone().into_bytes(),
            1 => gzip(file.as_bytes()),
            _ => zstd::encode_all(file.as_bytes(), 1).unwrap(),
        })).collect::<Vec<_>>();
        let expected: Vec<String> = (0..number).map(|number| format!("e{number}")).collect();
        let mut seen = Vec::new();
        for threads in [1, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let reading = pool.install(|| try_read(inputs(), &ReadSettings::default(), block)).unwrap();
            prop_assert_eq!(ids(&reading), expected.clone(), "{:?}", reading.rejections);
            prop_assert!(reading.rejections.is_empty(), "{:?}", reading.rejections);
            seen.push(in_order(&reading).into_iter().map(|(_, place, _)| *place).collect::<Vec<_>>());
        }
        prop_assert_eq!(&seen[0], &seen[1]);
    }

    /// Wherever a source is cut off: what came before counts, and one break is told.
    #[test]
    fn a_cut_loses_only_what_follows(pieces in pieces(), cut in 0.0..1.0_f64, packed in any::<bool>(), block in 1_usize..3000) {
        let mut content = String::new();
        let mut expected = Vec::new();
        for (written, count, _, _) in pieces {
            let ids: Vec<String> = (expected.len()..expected.len() + count + 1).map(|number| format!("e{number}")).collect();
            content += &(written.write(&ids) + "\n");
            expected.extend(ids);
        }
        let whole = if packed { gzip(content.as_bytes()) } else { content.into_bytes() };
        // The header of the packing stays: without it nobody knows that it is one.
        let length = whole.len().min(10 + (whole.len() as f64 * cut) as usize);
        let reading = read_all(&whole[..length], block);
        prop_assert_eq!(ids(&reading), expected[..reading.accepted as usize].to_vec());
        let refused = reasons(&reading);
        prop_assert!(refused.len() <= 1, "{:?}", reading.rejections);
        if packed && length < whole.len() {
            prop_assert_eq!(refused, [ContainerBroken]);
        }
    }

    /// Whatever the bytes are, reading them ends, in any blocks with the same result.
    #[test]
    fn any_bytes_give_the_same_in_any_blocks(
        words in proptest::collection::vec(prop_oneof![
            Just("{"), Just("}"), Just("["), Just("]"), Just("\""), Just("\\"), Just(","), Just(":"), Just("\n"),
            Just("\"events\":"), Just("\"body\":"), Just("\"event_id\":\"x\""), Just("\"schema_version\":1"),
            Just("\"kind\":\"k\""), Just("\"started_at\":\"2026-01-01T00:00:00Z\""), Just(" "), Just("1"), Just("null"),
            Just("{\"event_id\":\"y\",\"kind\":\"k\",\"started_at\":\"2026-01-01T00:00:00Z\"}"), Just("\n{"), Just("\n["),
        ], 0..60),
        block in 1_usize..80,
    ) {
        let content = words.concat();
        let whole = read_all(content.clone(), 1 << 20);
        for (content, block) in [
            (content.clone().into_bytes(), block),
            (gzip(content.as_bytes()), block),
            (zstd::encode_all(content.as_bytes(), 1).unwrap(), 1 << 20),
        ] {
            let reading = read_all(content, block);
            prop_assert_eq!(ids(&reading), ids(&whole));
            prop_assert_eq!(&reading.rejections, &whole.rejections);
        }
    }
}
