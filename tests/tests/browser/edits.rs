//! What an editor sends with the forms is what the pages then show.

use crate::page::Page;
use crate::pages::signed_in;

/// Sends the form that holds an element, and waits for the page that says it was saved.
#[track_caller]
fn save(page: &mut Page, form: &str) {
    let loaded = page.load(|page| page.click(&format!("form:has({form}) button")));
    assert_eq!(loaded.status, 200);
    assert!(loaded.complaints.is_empty(), "{:?}", loaded.complaints);
    assert_eq!(
        page.evaluate::<String>("document.querySelector('[role=status]').innerText"),
        "Saved."
    );
}

fn heading(page: &mut Page) -> String {
    page.evaluate("document.querySelector('h1').innerText")
}

fn is_checked(page: &mut Page, selector: &str) -> bool {
    page.evaluate(&format!("document.querySelector('{selector}').checked"))
}

#[test]
fn a_topic_is_renamed_flagged_and_archived() {
    let Some((running, mut page)) = signed_in(|running| &running.editor) else { return };
    let (topic, _, _) = running.ids();
    let path = format!("/topics/{topic}?range=90d");
    let link = format!("document.querySelector('tbody a[href^=\"/topics/{topic}\"]')");
    page.go(&path);
    let generated = heading(&mut page);

    page.fill("#label", "Named <by> a person");
    save(&mut page, "#label");
    assert_eq!(heading(&mut page), "Named <by> a person");
    page.go("/topics?range=90d");
    assert_eq!(page.evaluate::<String>(&format!("{link}.innerText")), "Named <by> a person");
    page.go(&path);
    save(&mut page, "[name=label][type=hidden]");
    assert_eq!(heading(&mut page), generated);

    for (choice, word) in [("yes", "unmet demand"), ("no", "")] {
        page.click(&format!("label[for=demand-{choice}]"));
        save(&mut page, "[name=is_unmet_demand]");
        assert!(is_checked(&mut page, &format!("#demand-{choice}")));
        page.go("/topics?range=90d");
        let row: String = page.evaluate(&format!("{link}.closest('tr').innerText"));
        assert_eq!(row.contains("unmet demand"), !word.is_empty(), "{choice}: {row}");
        page.go(&path);
    }

    save(&mut page, "[name=archived]");
    assert!(page.text().contains("Put back on the lists"), "{}", page.text());
    page.go("/topics?range=90d");
    assert!(page.evaluate::<bool>(&format!("{link} === null")));
    page.go(&path);
    save(&mut page, "[name=archived]");
    page.go("/topics?range=90d");
    assert_eq!(page.evaluate::<String>(&format!("{link}.innerText")), generated);
}

#[test]
fn a_failed_search_gets_a_state_and_a_note() {
    let Some((running, mut page)) = signed_in(|running| &running.editor) else { return };
    let (_, search, _) = running.ids();
    let path = format!("/searches/{search}?range=90d");
    page.go(&path);
    let badges = "document.querySelector('.page-head').innerText";
    assert!(!page.evaluate::<String>(badges).contains("planned"));
    page.click("label[for=state-planned]");
    save(&mut page, "[name=state]");
    assert!(is_checked(&mut page, "#state-planned"));
    assert!(page.evaluate::<String>(badges).contains("planned"));

    page.fill("#note", "Comes in <spring>\nask the desk");
    save(&mut page, "#note");
    let note: String = page.evaluate("document.querySelector('section#note, #note').innerText");
    assert!(note.contains("Comes in <spring>"), "{note}");
    page.go("/searches?range=90d");
    let card = format!(
        "document.querySelector('main a[href^=\"/searches/{search}\"]').closest('article, tr')"
    );
    let card: String = page.evaluate(&format!("{card}.innerText"));
    assert!(card.contains("planned") && card.contains("Comes in <spring>"), "{card}");
}

#[test]
fn who_only_looks_gets_no_form() {
    let Some((running, mut page)) = signed_in(|running| &running.viewer) else { return };
    let (topic, search, _) = running.ids();
    for path in [format!("/topics/{topic}"), format!("/searches/{search}")] {
        page.go(&path);
        assert!(page.evaluate::<bool>("document.querySelector('main form[method=post]') === null"));
    }
}
