//! The blocks of plain sources, read by all threads.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::blocks::{Block, read_block};
use crate::source::Source;
use crate::work::{Outcome, Shared};
use crate::{Collector, ReadError};

/// What the blocks of one source gave.
pub(crate) struct BlocksRead<P> {
    /// In the order of the blocks, lines counted from the start of the source.
    pub(crate) outcomes: Vec<Outcome>,
    /// One for each thread that read a block of it.
    pub(crate) parts: Vec<P>,
    /// Whether a value over many lines was found. Then blocks behind its start have read what is none of theirs.
    pub(crate) holds_document: bool,
}

/// Reads blocks, which are ordered by source and offset, and gives what was found for each source.
///
/// Each thread takes the next block that nobody has taken, and keeps on filling the same part while the source stays the
/// same: a part for each block would have to be copied into a whole later, and fresh memory costs more than what is
/// written into it. The part of a source of one block is put together with others.
pub(crate) fn read_blocks<C: Collector>(
    sources: &[Source],
    blocks: &[Block],
    shared: &Shared<'_, C>,
) -> Vec<Result<BlocksRead<C::Part>, ReadError>> {
    let first_refused: Vec<AtomicU64> = sources.iter().map(|_| AtomicU64::new(u64::MAX)).collect();
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Found { outcomes: Vec::with_capacity(blocks.len()), parts: Vec::new() });
    let threads = rayon::current_num_threads().min(blocks.len());
    rayon::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|_| {
                let mine = take_blocks(sources, blocks, &next, shared, &first_refused);
                // A thread that panicked ends the reading anyway.
                if let Ok(mut found) = found.lock() {
                    found.outcomes.extend(mine.outcomes);
                    found.parts.extend(mine.parts);
                }
            });
        }
    });
    let Found { mut outcomes, mut parts } =
        found.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_unstable_by_key(|(block, _)| *block);
    parts.sort_by_key(|(source, _)| *source);
    let mut outcomes = outcomes.into_iter().peekable();
    let mut parts = parts.into_iter().peekable();
    (0_u32..)
        .zip(sources)
        .map(|(source, _)| {
            let is_own =
                |block: usize| blocks.get(block).is_some_and(|block| block.source == source);
            let mut own = Vec::new();
            while let Some((_, outcome)) = outcomes.next_if(|(block, _)| is_own(*block)) {
                own.push(outcome);
            }
            let mut own_parts = Vec::new();
            while let Some((_, part)) = parts.next_if(|(of, _)| *of == source) {
                own_parts.push(part);
            }
            join(own, own_parts)
        })
        .collect()
}

/// The outcome of a block; none where it did not have to be read.
type BlockOutcome = Result<Option<Outcome>, ReadError>;

struct Found<P> {
    /// With the index of the block.
    outcomes: Vec<(usize, BlockOutcome)>,
    /// With the index of the source.
    parts: Vec<(u32, P)>,
}

/// Reads blocks until all are taken.
fn take_blocks<C: Collector>(
    sources: &[Source],
    blocks: &[Block],
    next: &AtomicUsize,
    shared: &Shared<'_, C>,
    first_refused: &[AtomicU64],
) -> Found<C::Part> {
    let mut found = Found { outcomes: Vec::new(), parts: Vec::new() };
    let mut buffer = Vec::new();
    let mut part: Option<(u32, C::Part)> = None;
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(block) = blocks.get(index) else { break };
        if part.as_ref().is_none_or(|(source, _)| *source != block.source) {
            found.parts.extend(part.take());
        }
        let (_, own) = part.get_or_insert_with(|| (block.source, shared.collector.begin()));
        let outcome = take_block(sources, *block, shared, first_refused, &mut buffer, own);
        let is_whole = block.start == block.first && block.end == block.source_end;
        // Nothing can follow that would make it another.
        let is_settled = matches!(&outcome, Ok(Some(outcome)) if !outcome.holds_document);
        if let Some((source, own)) = part.take_if(|_| is_whole && is_settled) {
            let apart = shared.small.add(shared.collector, source, own);
            found.parts.extend(apart.map(|part| (source, part)));
        }
        found.outcomes.push((index, outcome));
    }
    found.parts.extend(part);
    found
}

fn take_block<C: Collector>(
    sources: &[Source],
    block: Block,
    shared: &Shared<'_, C>,
    first_refused: &[AtomicU64],
    buffer: &mut Vec<u8>,
    part: &mut C::Part,
) -> BlockOutcome {
    let index = block.source as usize;
    let (Some(source), Some(first_refused)) = (sources.get(index), first_refused.get(index)) else {
        return Ok(None);
    };
    // A source with a value over many lines is read front to back anyway, so nothing behind a refusal is needed.
    if shared.settings.strict && first_refused.load(Ordering::Relaxed) < block.start {
        return Ok(None);
    }
    let outcome = read_block(source, block, shared, buffer, part)?;
    if let Some(refused) = outcome.refused.first() {
        first_refused.fetch_min(refused.offset, Ordering::Relaxed);
    }
    shared.progress.bytes.fetch_add(block.end - block.start, Ordering::Relaxed);
    Ok(Some(outcome))
}

/// Puts the blocks of one source together: lines get their numbers.
fn join<P>(blocks: Vec<BlockOutcome>, parts: Vec<P>) -> Result<BlocksRead<P>, ReadError> {
    let mut read =
        BlocksRead { outcomes: Vec::with_capacity(blocks.len()), parts, holds_document: false };
    let mut lines = 0;
    for block in blocks {
        let Some(mut outcome) = block? else { break };
        for refused in &mut outcome.refused {
            refused.line = refused.line.map(|line| line + lines + 1);
        }
        lines += outcome.lines.unwrap_or(0);
        read.holds_document |= outcome.holds_document;
        read.outcomes.push(outcome);
        if read.holds_document {
            break;
        }
    }
    Ok(read)
}
