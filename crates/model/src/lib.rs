//! The weights of the encoders of `mcp-insights-text`, compiled in, and nothing else: a crate of its own, so that a change of
//! code does not compile them in again.
//!
//! Both are files in the [safetensors](https://github.com/huggingface/safetensors) format, made by the scripts in `models/`;
//! the model card there says from what, under which licences, and how well they do. `codes` are `I8` `[rows, columns]` and stand
//! for `code * scale`, with a scale a row in `scales` (`F32` `[rows]`). `vocabulary` is `U8`: UTF-8, the tokens in the order of
//! their ids, a line feed after each, `[PAD]`, `[UNK]`, `[CLS]`, `[SEP]` first.

/// A transformer: all-MiniLM-L6-v2 with word vectors factorised and a vocabulary pruned.
///
/// | tensors | shape |
/// | --- | --- |
/// | `word` | `[tokens, 256]` |
/// | `word.basis`: a word vector is the basis times the word's row | `[384, 256]` |
/// | `position`, token type added | `[256, 384]` |
/// | `embedding_norm.weight`, `.bias` | `[384]` |
/// | `layer.n.query`, `.key`, `.value`, `.attention_output`, with a `.bias` `[outputs]` | `[384, 384]` |
/// | `layer.n.intermediate`, with a `.bias` | `[1536, 384]` |
/// | `layer.n.output`, with a `.bias` | `[384, 1536]` |
/// | `layer.n.attention_norm.weight`, `.bias`, `layer.n.output_norm.weight`, `.bias` | `[384]` |
///
/// Its metadata are `name`, `heads`, `norm_epsilon` and `longest`, the most tokens of a text.
pub static ACCURATE: &[u8] = include_bytes!("../weights/accurate.safetensors");

/// A vector a token, to be added up: `token` `[tokens, 256]`. Its metadata is `name`.
pub static FAST: &[u8] = include_bytes!("../weights/fast.safetensors");
