//! Which instructions the processor has, and the encoder compiled for them.
//!
//! The vectors are the same whichever runs.

use super::product::portable;
use super::transformer::{Scratch, Transformer};

/// A set of instructions that [`Transformer::encode`] is compiled for. Made by [`Instructions::all`] only, so whoever has one
/// may run it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instructions(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl Instructions {
    /// Those that this processor has, the fastest first.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let kinds = [
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2,
            Kind::Portable,
        ];
        kinds.into_iter().filter(|kind| kind.is_there()).map(Self)
    }

    /// The fastest.
    pub(super) fn best() -> Self {
        Self::all().next().unwrap_or(Self(Kind::Portable))
    }

    /// [`Transformer::encode`] with these instructions.
    #[cfg_attr(
        target_arch = "x86_64",
        expect(
            unsafe_code,
            reason = "the instructions are there, since `self` comes from `all`; the bench `embed` shows the gain"
        )
    )]
    pub(super) fn encode(
        self,
        model: &Transformer,
        texts: &[&[u32]],
        scratch: &mut Scratch,
        out: &mut [f32],
    ) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => unsafe { encode_avx512(model, texts, scratch, out) },
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => unsafe { encode_avx2(model, texts, scratch, out) },
            Kind::Portable => model.encode(texts, scratch, out, portable::product),
        }
    }
}

impl Kind {
    fn is_there(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vnni")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            Self::Portable => true,
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn encode_avx512(model: &Transformer, texts: &[&[u32]], scratch: &mut Scratch, out: &mut [f32]) {
    model.encode(texts, scratch, out, |rows, weights, out| {
        super::product::avx512::product(rows, weights, out);
    });
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn encode_avx2(model: &Transformer, texts: &[&[u32]], scratch: &mut Scratch, out: &mut [f32]) {
    model.encode(texts, scratch, out, |rows, weights, out| {
        super::product::avx2::product(rows, weights, out);
    });
}
