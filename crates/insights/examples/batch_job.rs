//! A batch job: events of the day into a folder of data, then the failed searches of the week.
//!
//! `cargo run -p mcp-insights --features store --example batch_job -- FOLDER DUMP...`

use std::error::Error;
use std::path::PathBuf;

use mcp_insights::{Engine, Input, api};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let folder = arguments.next().ok_or("give a folder and dumps of events")?;
    let inputs: Vec<Input> = arguments.map(Input::Path).collect();

    let engine = Engine::open(&folder)?;
    // What is known already is not taken twice, so the job can be run again.
    let imported = engine.import(inputs, None, &|_| {})?;
    println!("{} events, {} known before", imported.accepted, imported.duplicates);
    // Groups what is new. Dropping the engine keeps what was computed.
    engine.upkeep()?;
    engine.compact()?;

    let snapshot = engine.snapshot();
    let Some(now) = snapshot.default_now() else { return Ok(()) };
    for search in snapshot.searches(&api::SearchesQuery::default(), now)?.searches {
        println!("{:>5}  {}", search.demand_count, search.label);
    }
    Ok(())
}
