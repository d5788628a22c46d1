//! The one function whose instructions are counted.

use std::hint::black_box;

/// What callgrind knows [`run_what_is_measured`] by, however its name is mangled.
pub(super) const NAME: &str = "*run_what_is_measured*";

/// Runs `work`, and has callgrind count it. What it returns is dropped by the caller, at no cost of the stage.
pub(super) fn measure<T>(work: impl FnOnce() -> T) -> Option<T> {
    let mut work = Some(work);
    let mut done = None;
    run_what_is_measured(&mut || done = work.take().map(|work| work()));
    done
}

/// Callgrind counts from the start of this function to its end, with all that it calls, and nothing else.
///
/// It has no type parameters, so that its name is part of no other: callgrind would stop counting there.
#[inline(never)]
fn run_what_is_measured(work: &mut dyn FnMut()) {
    work();
    // With nothing left to do the call would be a jump, and this function would end before its work.
    black_box(work);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_is_done_once() {
        let mut times = 0;
        let done = measure(|| {
            times += 1;
            "done"
        });
        assert_eq!((done, times), (Some("done"), 1));
    }
}
