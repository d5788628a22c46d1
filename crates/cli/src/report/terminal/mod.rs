//! The report as a page of text: columns in line, colours for those who see them, a word for those who do not.

mod blocks;
mod breakdowns;
mod catalog;
mod figures;
mod header;
mod page;
mod searches;
mod sessions;
mod style;
mod table;
mod topics;
mod trends;
mod width;

use page::Page;

use super::data::Report;
use super::phrases;

/// The report in lines of at most so many columns, with escape sequences for colours.
pub(crate) fn render(report: &Report, width: usize) -> String {
    let mut page = Page::new(width);
    header::write(&mut page, report);
    let Some(answers) = &report.answers else {
        page.blank();
        page.paragraph(phrases::NO_EVENTS, 0, usize::MAX, style::PLAIN);
        return page.finish();
    };
    figures::write(&mut page, answers);
    trends::write(&mut page, &answers.overview.trends);
    topics::write(&mut page, answers);
    searches::write(&mut page, answers);
    if let Some(catalog) = &answers.catalog {
        catalog::write(&mut page, catalog);
    }
    breakdowns::write(&mut page, &answers.overview.breakdowns);
    sessions::write(&mut page, report, answers);
    page.finish()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    /// The page as it looks where no colours are shown.
    fn plain(report: &Report, width: usize) -> String {
        anstream::adapter::strip_str(&render(report, width)).to_string()
    }

    #[test]
    fn page_of_a_usual_width() {
        insta::assert_snapshot!(plain(&sample::report(), 80));
    }

    #[test]
    fn page_of_a_wide_terminal() {
        insta::assert_snapshot!(plain(&sample::report(), 130));
    }

    #[test]
    fn page_without_events() {
        insta::assert_snapshot!(plain(&sample::empty(), 80));
    }

    #[test]
    fn page_of_a_window_in_which_nothing_happened() {
        insta::assert_snapshot!(plain(&sample::quiet(), 80));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_but_for_what_is_copied() {
        for columns in [40, 57, 80, 101, 160] {
            for line in plain(&sample::report(), columns).lines() {
                let command = line.trim_start().starts_with("mcp-insights trace");
                assert!(command || width::width(line) <= columns, "{columns}: {line}");
            }
        }
    }

    #[test]
    fn texts_of_strangers_send_nothing_to_the_terminal() {
        let styles = render(&sample::report(), 100);
        for sequence in styles.split('\u{1b}').skip(1) {
            // Styles of ours end in m and hold nothing but numbers.
            let code = sequence.split('m').next().unwrap_or_default();
            assert!(
                code.starts_with('[')
                    && code[1..].bytes().all(|byte| byte.is_ascii_digit() || byte == b';'),
                "{code}"
            );
        }
        assert!(
            !plain(&sample::report(), 100)
                .contains(|letter: char| letter != '\n' && letter.is_control())
        );
    }
}
