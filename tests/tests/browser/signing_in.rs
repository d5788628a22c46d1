//! Signing in with a key, and out.

use crate::harness::Running;
use crate::page::Page;
use crate::pages::sign_in;

#[test]
fn a_right_key_signs_in_until_one_signs_out() {
    let Some(mut page) = Page::open() else { return };
    let running = Running::start();
    page.turn_to(&running);
    page.set_scripts(false);
    let loaded = page.go("/topics");
    assert_eq!((loaded.status, page.path().as_str()), (200, "/sign-in"));
    assert!(loaded.complaints.is_empty(), "{:?}", loaded.complaints);
    // The field for the key has the focus already.
    assert_eq!(page.evaluate::<String>("document.activeElement.id"), "key");

    page.fill("#key", "amt_0_0");
    let loaded = page.load(|page| page.click(".sign-in button"));
    assert_eq!((loaded.status, page.path().as_str()), (401, "/sign-in"));
    assert!(
        !page.evaluate::<String>("document.querySelector('[role=alert]').innerText").is_empty()
    );
    assert_eq!(page.go("/").status, 200);
    assert_eq!(page.path(), "/sign-in");

    sign_in(&mut page, &running.viewer);
    assert!(page.text().contains("There are no events yet."), "{}", page.text());
    // No script could take the session along.
    assert_eq!(page.evaluate::<String>("document.cookie"), "");
    assert_eq!(page.go("/topics").status, 200);
    assert_eq!(page.path(), "/topics");

    let loaded = page.load(|page| page.click(".account button"));
    assert_eq!((loaded.status, page.path().as_str()), (200, "/sign-in"));
    page.go("/topics");
    assert_eq!(page.path(), "/sign-in");
}
