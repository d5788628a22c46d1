#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

type Kernel = fn(&QuantizedRows, &PackedWeights, &mut [f32]);

/// The kernels that this machine can run.
fn kernels() -> Vec<(&'static str, Kernel)> {
    let mut kernels: Vec<(&'static str, Kernel)> = vec![("portable", portable::product)];
    #[cfg(target_arch = "x86_64")]
    {
        #![expect(unsafe_code, reason = "each is asked for where the processor has it")]
        if is_x86_feature_detected!("avx2") {
            kernels.push(("avx2", |rows, weights, out| unsafe {
                avx2::product(rows, weights, out);
            }));
        }
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni")
        {
            kernels.push(("avx512", |rows, weights, out| unsafe {
                avx512::product(rows, weights, out);
            }));
        }
    }
    kernels
}

#[derive(Debug)]
struct Case {
    rows: Vec<(Vec<i8>, f32)>,
    weights: Vec<i8>,
    scales: Vec<f32>,
    biases: Vec<f32>,
}

/// Rows and weights of few or of extreme values, since those overflow first.
fn cases() -> impl Strategy<Value = Case> {
    let code = || prop_oneof![any::<i8>(), Just(i8::MIN), Just(i8::MAX)];
    (1..14_usize, 1..3_usize, 1..9_usize).prop_flat_map(move |(count, panels, steps)| {
        let (outputs, inputs) = (panels * PANEL, steps * DEPTH);
        let row = (proptest::collection::vec(code(), inputs), 0.1..1.0_f32);
        (
            proptest::collection::vec(row, count),
            proptest::collection::vec(code(), outputs * inputs),
            proptest::collection::vec(0.01..1.0_f32, outputs),
            proptest::collection::vec(-1.0..1.0_f32, outputs),
        )
            .prop_map(|(rows, weights, scales, biases)| Case {
                rows,
                weights,
                scales,
                biases,
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_kernel_gives_the_bits_of_the_definition(case in cases()) {
        let inputs = case.rows[0].0.len();
        let mut rows = QuantizedRows::default();
        rows.set_codes(case.rows.iter().map(|(codes, scale)| (&codes[..], *scale)), inputs);
        let packed = PackedWeights::pack(&case.weights, &case.scales, &case.biases, inputs).unwrap();
        let mut expected = Vec::new();
        for (codes, scale) in &case.rows {
            for (output, weights) in case.weights.chunks_exact(inputs).enumerate() {
                let sum: i32 = codes.iter().zip(weights).map(|(code, weight)| i32::from(*code) * i32::from(*weight)).sum();
                expected.push((sum as f32 * (scale * case.scales[output]) + case.biases[output]).to_bits());
            }
        }
        for (name, product) in kernels() {
            let mut out = vec![f32::NAN; expected.len()];
            product(&rows, &packed, &mut out);
            let bits: Vec<u32> = out.iter().map(|number| number.to_bits()).collect();
            prop_assert!(bits == expected, "{name}");
        }
    }
}

#[test]
fn weights_of_other_shapes_are_refused() {
    let (scales, codes) = ([1.0; PANEL], [1; PANEL * 8]);
    assert!(PackedWeights::pack(&codes, &scales, &scales, 8).is_some());
    assert!(PackedWeights::pack(&codes[1..], &scales, &scales, 8).is_none());
    assert!(PackedWeights::pack(&codes, &scales, &scales[1..], 8).is_none());
    assert!(PackedWeights::pack(&codes[..8], &scales[..1], &scales[..1], 8).is_none());
    assert!(PackedWeights::pack(&codes[..PANEL * 2], &scales, &scales, 2).is_none());
    assert!(PackedWeights::pack(&[], &scales, &scales, 0).is_none());
}
