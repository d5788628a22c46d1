//! Names beside those of real catalogs.

use std::collections::BTreeSet;

use mcp_insights_text::name_words;
use proptest::prelude::*;

use super::super::{Catalog, CatalogTool};
use super::Style;

fn style(names: &str) -> Style {
    let tool = |name: &str| CatalogTool { name: name.to_owned(), ..CatalogTool::default() };
    Style::of(&names.split_whitespace().map(tool).collect::<Catalog>())
}

fn name(names: &str, words: &str) -> Option<String> {
    let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    style(names).name(&words)
}

const GITHUB: &str = "add_issue_comment create_branch create_issue create_pull_request create_repository \
                      delete_file fork_repository get_file_contents get_issue get_pull_request list_branches \
                      list_commits list_issues list_pull_requests merge_pull_request push_files search_code \
                      search_issues search_repositories update_issue";
const GITHUB_PREFIXED: &str = "github_create_issue github_list_issues github_get_repository github_delete_branch github_merge_pull_request";
const ASANA: &str = "asana_create_task asana_get_task asana_search_tasks asana_update_task asana_list_workspaces help";
const STRIPE: &str = "customers.create customers.list customers.retrieve customers.update invoices.create \
                      invoices.list invoices.finalize_invoice refunds.create checkout.sessions.create \
                      checkout.sessions.expire subscriptions.cancel";
const OCTOKIT: &str = "issues.addLabels issues.create issues.createComment issues.list pulls.create pulls.list \
                       pulls.listFiles repos.get repos.createFork";
const FILES: &str = "read-file read-multiple-files write-file edit-file create-directory list-directory move-file \
                     search-files get-file-info list-allowed-directories";
const SDK: &str =
    "createUser fetchUser fetchOrder listUsers listOrders removeUser modifyUser sendEmail";
const NET: &str = "CreateInvoice GetInvoice ListInvoices DeleteInvoice";
const CLI: &str = "invoice_create invoice_list customer_create customer_list customer_delete invoice_lines_export";
const EVENTS: &str =
    "invoice_send_reminder invoice_create_draft calendar_create calendar_get_events event_delete";
const LAST: &str = "invoice_line_create invoice_line_delete customer_address_update customer_list";
const NOTION: &str =
    "API-post-page API-get-user API-get-users API-patch-block-children API-delete-a-block";
const PATHS: &str = "invoices/list-overdue invoices/create-draft customers/get customers/add-note";
const BROWSER: &str =
    "puppeteer_click puppeteer_fill puppeteer_hover puppeteer_navigate puppeteer_select";
const SHOUTED: &str = "GMAIL_SEND_EMAIL GMAIL_FETCH_EMAILS GMAIL_CREATE_LABEL GMAIL_REMOVE_LABEL";
const VERB_PATHS: &str = "create:invoice delete:invoice get:customer";
const ALL: &str = "get_all_users get_all_orders get_user make_order";
const PLURAL: &str = "create_users create_orders delete_users get_orders";

#[test]
fn names_fit_beside_those_of_the_catalog() {
    for (catalog, words, expected) in [
        // No catalog.
        ("", "refund invoices bulk", "refund_invoices_bulk"),
        ("", "weather forecast", "weather_forecast"),
        ("search", "create invoices", "create_invoices"),
        // Verbs, numbers and separators.
        (GITHUB, "export issues csv", "export_issues_csv"),
        (GITHUB, "remove labels", "delete_label"),
        (GITHUB, "create bulk issues", "create_bulk_issues"),
        (GITHUB, "list release", "list_releases"),
        (GITHUB, "add review", "add_review"),
        (GITHUB, "fetch repository statistics", "get_repository_statistics"),
        (FILES, "remove directories", "remove-directory"),
        (FILES, "modify file permissions", "edit-file-permission"),
        (FILES, "compress files", "compress-files"),
        (SDK, "get invoices", "fetchInvoice"),
        (SDK, "delete order", "removeOrder"),
        (SDK, "add order", "createOrder"),
        (SDK, "edit shipping address", "modifyShippingAddress"),
        (SDK, "refund order", "refundOrder"),
        (SDK, "decode base64 image", "decodeBase64Image"),
        (NET, "retrieve payment", "GetPayment"),
        (NET, "export csv invoices", "ExportCsvInvoices"),
        (PLURAL, "create invoice", "create_invoices"),
        (ALL, "list invoice", "get_all_invoices"),
        (ALL, "add invoice", "make_invoice"),
        // Prefixes.
        (GITHUB_PREFIXED, "close issues", "github_close_issues"),
        (GITHUB_PREFIXED, "export github issues", "github_export_issues"),
        (ASANA, "add project", "asana_create_project"),
        (NOTION, "export pages", "API-export-pages"),
        (NOTION, "send comments", "API-post-comments"),
        (SHOUTED, "delete drafts", "GMAIL_REMOVE_DRAFT"),
        ("asanaCreateTask asanaListTasks asanaGetUser", "archive projects", "asanaArchiveProjects"),
        (BROWSER, "export cookies", "puppeteer_export_cookies"),
        (BROWSER, "weather forecast", "puppeteer_weather_forecast"),
        // Resources first.
        (STRIPE, "refund invoices bulk", "invoices.refund_bulk"),
        (STRIPE, "get payment link", "payment_links.retrieve"),
        (STRIPE, "add coupon", "coupons.create"),
        (STRIPE, "refund session", "checkout.sessions.refund"),
        (STRIPE, "refund session checkout", "checkout.sessions.refund"),
        (STRIPE, "weather forecast", "weather.forecast"),
        (STRIPE, "ping", "ping"),
        (OCTOKIT, "transfer issue ownership", "issues.transferOwnership"),
        (OCTOKIT, "export pulls csv", "pulls.exportCsv"),
        (PATHS, "refund invoices", "invoices/refund"),
        (PATHS, "export customers csv", "customers/export-csv"),
        (VERB_PATHS, "export invoices", "export:invoices"),
        (VERB_PATHS, "add payment methods", "create:payment_method"),
        (CLI, "refund invoices bulk", "invoice_bulk_refund"),
        (EVENTS, "refund invoices bulk", "invoice_refund_bulk"),
        (EVENTS, "remove calendar", "calendar_delete"),
        (CLI, "remove payments", "payment_delete"),
        (LAST, "refund invoice lines", "invoice_line_refund"),
        // What is there already.
        (GITHUB, "list pull request", "list_requests"),
        ("list_open_invoices get_invoice", "list open invoices", "list_invoices"),
        ("export_invoices_bulk", "export invoices bulk", "export_invoices"),
        (GITHUB, "new issue", "new_issue"),
        (SDK, "get order", "getOrder"),
    ] {
        assert_eq!(name(catalog, words).as_deref(), Some(expected), "{words} beside {catalog}");
    }
}

#[test]
fn no_name_is_given_where_there_is_none() {
    for (catalog, words) in [
        ("", ""),
        ("", "退款"),
        ("", "3 invoices"),
        ("", "Refund invoices"),
        ("", "refund in-voices"),
        (GITHUB, "create issues"),
        ("search", "search"),
        ("文档.items.list 文档.items.get", "export items"),
        (STRIPE, "list invoices"),
        ("getInvoice ListInvoices", "get invoice"),
    ] {
        assert_eq!(name(catalog, words), None, "{words} beside {catalog}");
    }
}

#[test]
fn order_of_the_catalog_does_not_matter() {
    for catalog in [GITHUB, ASANA, STRIPE, OCTOKIT, FILES, SDK, CLI, PATHS] {
        let mut names: Vec<&str> = catalog.split_whitespace().collect();
        names.reverse();
        assert_eq!(style(&names.join(" ")), style(catalog));
    }
    assert_eq!(style(""), Style::default());
}

proptest! {
    /// Whatever names there are, one that is given is new and can be called.
    #[test]
    fn names_are_new_and_plain(
        names in proptest::collection::vec("(git[_.])?(get|list|create|order|issue)([_.-]|S)?(issues?|order|all)?(v2|_create)?", 0..8),
        words in proptest::collection::vec("get|list|create|order|orders|issue|all|v2", 1..5),
    ) {
        let style = style(&names.join(" "));
        if let Some(name) = style.name(&words) {
            let plain = |character: char| character.is_ascii_alphanumeric() || "_-./:".contains(character);
            prop_assert!(name.starts_with(|first: char| first.is_ascii_alphabetic()), "{}", name);
            prop_assert!(name.ends_with(|last: char| last.is_ascii_alphanumeric()), "{}", name);
            prop_assert!(name.chars().all(plain), "{}", name);
            let taken: BTreeSet<Vec<String>> = names.iter().map(|name| name_words(name)).collect();
            prop_assert!(!taken.contains(&name_words(&name)), "{} beside {:?}", name, names);
        }
    }
}
