//! Logistic regression with a ridge penalty, by Newton's method (iteratively reweighted least squares: Hastie,
//! Tibshirani, Friedman, The Elements of Statistical Learning, 4.4.1). Few inputs and a fixed order: the same weights anywhere.

/// The weights that fit `cases` of inputs and truths best. Inputs are brought to mean 0 and deviation 1 before the penalty
/// is weighed; the first input is 1 and not penalised. An input that never changes gets weight 0.
#[must_use]
pub fn fit<const N: usize>(cases: &[([f64; N], bool)], ridge: f64) -> [f64; N] {
    const ROUNDS: usize = 50;
    let number = cases.len().max(1) as f64;
    let mut means = [0.0; N];
    let mut scales = [1.0; N];
    for input in 1..N {
        means[input] = cases.iter().map(|(inputs, _)| inputs[input]).sum::<f64>() / number;
        let squares = cases.iter().map(|(inputs, _)| (inputs[input] - means[input]).powi(2));
        scales[input] = (squares.sum::<f64>() / number).sqrt();
    }
    let scaled = |inputs: &[f64; N]| {
        std::array::from_fn::<f64, N, _>(|input| match input {
            0 => 1.0,
            _ if scales[input] < 1e-12 => 0.0,
            _ => (inputs[input] - means[input]) / scales[input],
        })
    };
    let rows: Vec<([f64; N], f64)> =
        cases.iter().map(|(inputs, truth)| (scaled(inputs), f64::from(*truth))).collect();
    let mut weights = [0.0; N];
    for _ in 0..ROUNDS {
        let mut slope = [0.0; N];
        let mut curve = [[0.0; N]; N];
        for input in 0..N {
            let penalty = if input == 0 { 1e-9 } else { ridge };
            slope[input] = penalty * weights[input];
            curve[input][input] = penalty;
        }
        for (row, truth) in &rows {
            let odds: f64 = row.iter().zip(&weights).map(|(input, weight)| input * weight).sum();
            let probability = 1.0 / (1.0 + (-odds).exp());
            let spread = probability * (1.0 - probability);
            for left in 0..N {
                slope[left] += row[left] * (probability - truth);
                for right in 0..N {
                    curve[left][right] += row[left] * row[right] * spread;
                }
            }
        }
        let step = solve(curve, slope);
        for (weight, step) in weights.iter_mut().zip(step) {
            *weight -= step;
        }
    }
    // Back to inputs as they come.
    let mut plain = [0.0; N];
    plain[0] = weights[0];
    for input in 1..N {
        if scales[input] >= 1e-12 {
            plain[input] = weights[input] / scales[input];
            plain[0] -= plain[input] * means[input];
        }
    }
    plain
}

/// Solves a positive definite system by Gauss and Jordan.
#[expect(clippy::needless_range_loop, reason = "rows and columns of a matrix")]
fn solve<const N: usize>(mut left: [[f64; N]; N], mut right: [f64; N]) -> [f64; N] {
    for pivot in 0..N {
        let scale = left[pivot][pivot];
        for column in 0..N {
            left[pivot][column] /= scale;
        }
        right[pivot] /= scale;
        for row in (0..N).filter(|row| *row != pivot) {
            let factor = left[row][pivot];
            for column in 0..N {
                left[row][column] -= factor * left[pivot][column];
            }
            right[row] -= factor * right[pivot];
        }
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_model_is_found_again() {
        // Ten cases at each input, true as often as the model says.
        let mut cases = Vec::new();
        for step in -20..=20 {
            let input = f64::from(step) / 5.0;
            let probability = 1.0 / (1.0 + (-(0.5 + 2.0 * input)).exp());
            let truths = (1000.0 * probability).round() as usize;
            cases.extend((0..1000).map(|case| ([1.0, input, 7.0], case < truths)));
        }
        let [bias, weight, constant] = fit(&cases, 1e-6);
        assert!((bias - 0.5).abs() < 0.02 && (weight - 2.0).abs() < 0.02, "{bias} {weight}");
        assert_eq!(constant, 0.0);
    }
}
