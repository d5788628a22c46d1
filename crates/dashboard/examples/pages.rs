//! Every page of the dashboard over some events, as files to look at.
//!
//! `cargo run -p mcp-insights-dashboard --example pages -- PATH... --out DIR [--range RANGE] [--catalog FILE]`
//!
//! Links lead from file to file; a link with other filters leads to the page as it was written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use mcp_insights::{Catalog, Engine, Input, Options, Registry, Timestamp, api};
use mcp_insights_dashboard::{Page, STYLE, Viewer, error, render, sign_in};

type Failure = Box<dyn std::error::Error>;

/// What the command line says.
struct Arguments {
    paths: Vec<PathBuf>,
    out: PathBuf,
    range: String,
    catalog: Option<PathBuf>,
}

fn main() -> Result<(), Failure> {
    let arguments = arguments()?;
    let mut options = Options::default();
    if let Some(path) = &arguments.catalog {
        options.catalog = Catalog::read(&fs::read(path)?)?;
    }
    let inputs = arguments.paths.iter().cloned().map(Input::Path).collect();
    let engine = Engine::read(inputs, &options, Registry::default(), &|_| {})?;
    let now = engine.default_now().ok_or("there are no events")?;
    let viewer = Viewer {
        name: "operator".to_owned(),
        role: api::Role::Editor,
        csrf_token: "none".to_owned(),
    };
    fs::create_dir_all(&arguments.out)?;
    fs::write(arguments.out.join("style.css"), STYLE)?;
    let write = |name: &str, html: &str| fs::write(arguments.out.join(name), with_files(html));
    write("sign-in.html", &sign_in(None).html)?;
    write("sign-in-refused.html", &sign_in(Some("This key is not known.")).html)?;
    write("error.html", &error(503, "Unavailable", "The server is stopping.", Some(&viewer)).html)?;

    let query = [("range".to_owned(), arguments.range.clone())];
    let mut waiting = paths(&engine, &arguments.range, now)?;
    let mut count = 0_usize;
    while let Some(path) = waiting.pop_first() {
        let page = Page::of_path(&path).ok_or("no page")?;
        let rendered = render(&engine, page, &query, &viewer, now);
        write(&file(&path), &rendered.html)?;
        count += 1;
    }
    println!("{count} pages in {}", arguments.out.display());
    Ok(())
}

/// The paths of every list, topic, cluster and session of the window.
fn paths(engine: &Engine, range: &str, now: Timestamp) -> Result<BTreeSet<String>, Failure> {
    let pairs = [("range", range), ("limit", "500")];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let refused = |errors: Vec<api::FieldError>| format!("{errors:?}");
    let topics = engine.topics(&api::TopicsQuery::from_pairs(&pairs).map_err(refused)?, now)?;
    let searches =
        engine.searches(&api::SearchesQuery::from_pairs(&pairs).map_err(refused)?, now)?;
    let sessions =
        engine.sessions(&api::SessionsQuery::from_pairs(&pairs).map_err(refused)?, now)?;
    let lists = ["/", "/topics", "/searches", "/sessions"].map(str::to_owned).into_iter();
    Ok(lists
        .chain(topics.topics.iter().map(|topic| format!("/topics/{}", topic.id)))
        .chain(searches.searches.iter().map(|search| format!("/searches/{}", search.id)))
        .chain(sessions.sessions.iter().map(|session| format!("/sessions/{}", session.id)))
        .collect())
}

/// The page with its links leading to files.
fn with_files(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find("href=\"/") {
        let start = at + "href=\"".len();
        let end = rest[start..].find('"').map_or(rest.len(), |length| start + length);
        out.push_str(&rest[..start]);
        out.push_str(&file(rest[start..end].split('?').next().unwrap_or_default()));
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// The file of a path.
fn file(path: &str) -> String {
    match path {
        "/" => "index.html".to_owned(),
        "/assets/style.css" => "style.css".to_owned(),
        path => format!("{}.html", path.trim_start_matches('/').replace('/', "-")),
    }
}

fn arguments() -> Result<Arguments, Failure> {
    let mut arguments = Arguments {
        paths: Vec::new(),
        out: PathBuf::new(),
        range: "30d".to_owned(),
        catalog: None,
    };
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--out" => arguments.out = value()?.into(),
            "--range" => arguments.range = value()?,
            "--catalog" => arguments.catalog = Some(value()?.into()),
            path => arguments.paths.push(path.into()),
        }
    }
    if arguments.paths.is_empty() || arguments.out == Path::new("") {
        return Err("usage: pages PATH... --out DIR [--range RANGE] [--catalog FILE]".into());
    }
    Ok(arguments)
}
