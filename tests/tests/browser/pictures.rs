//! The pictures of `docs/dashboard.md`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use mcp_insights::{Accurate, Catalog, KeptVectors, Options};
use mcp_insights_tests::fixtures;

use crate::page::{DESK, PHONE, Page, Scheme};
use crate::pages::{every_page, holding_all, sign_in};

/// Rows of points, below which a picture of a long page ends.
const HIGHEST: u32 = 1800;

/// Writes them anew; `cargo test -p mcp-insights-tests --test browser -- --ignored`.
#[test]
#[ignore = "writes the pictures of the docs"]
fn the_pictures_of_the_docs() {
    let Some(mut page) = Page::open() else { return };
    let options = Options {
        embedder: Arc::new(KeptVectors::new(Arc::new(Accurate))),
        catalog: Catalog::read(&fs::read(fixtures::path("livemcp/catalog.json")).unwrap()).unwrap(),
        ..Options::default()
    };
    let running = holding_all(options);
    page.turn_to(&running);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/dashboard");
    fs::create_dir_all(&folder).unwrap();
    let take = |page: &mut Page, name: &str| {
        let path = folder.join(format!("{name}.png"));
        fs::write(&path, page.picture(HIGHEST)).unwrap();
        make_small(&path);
    };
    page.go("/sign-in");
    take(&mut page, "sign-in");
    sign_in(&mut page, &running.editor);
    let names = ["overview", "topics", "topic", "searches", "search", "sessions", "session"];
    for (name, (path, _)) in names.into_iter().zip(every_page(&running, "7d")) {
        page.go(&path);
        take(&mut page, name);
        if name == "overview" {
            page.set_scheme(Scheme::Dark);
            take(&mut page, "overview-dark");
            page.set_scheme(Scheme::Light);
        }
        if name == "session" {
            page.set_width(PHONE);
            take(&mut page, "session-phone");
            page.set_width(DESK);
        }
    }
}

/// With 256 colours at most, where there is a tool for it.
fn make_small(path: &Path) {
    let mut command = Command::new("pngquant");
    command.args(["--force", "--skip-if-larger", "--strip", "--speed=1", "--ext=.png"]);
    if let Err(error) = command.arg(path).status() {
        eprintln!("{} is as the browser wrote it: pngquant: {error}", path.display());
    }
}
