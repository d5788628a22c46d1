//! Texts to vectors of meaning, by trained weights that are compiled in.
//!
//! `vocabulary` cuts texts into tokens; `transformer` ([`Accurate`]) or a sum ([`Fast`]) makes a vector of them. Its products
//! run in whole numbers (`rows`, `product`), all else in f32 in a fixed order (`lanes`, `attention`); `instructions` compiles
//! both for what the processor has.
//!
//! Why kernels of our own: a vector must be the same bits on every machine, since topics are remembered by vectors, and no
//! runtime promises that across instruction sets. They are also faster: with AVX-512, texts of 12 tokens, a second of one
//! core makes 1,200 vectors, where rten 0.27 makes some 600 of an int8 model and 320 of the f32 teacher, and onnxruntime 1.32
//! 370 of the f32 teacher (`benches/compare/with_onnxruntime.py`).

mod accurate;
mod attention;
mod fast;
mod instructions;
mod lanes;
mod product;
#[cfg(test)]
mod reference;
mod rows;
#[cfg(test)]
mod testing;
mod transformer;
mod vocabulary;
mod weights;
mod words;

pub use accurate::Accurate;
pub use fast::Fast;
