//! A page of lines of a given width.

use anstyle::Style;

use super::style::{self, paint};
use super::width;

/// Narrower than this nothing can be aligned.
const LEAST_WIDTH: usize = 40;
/// Wider than this lines are hard to follow.
const GREATEST_WIDTH: usize = 160;

/// Lines being collected.
pub(super) struct Page {
    width: usize,
    text: String,
}

impl Page {
    /// An empty page of so many columns, within reason.
    pub(super) fn new(width: usize) -> Self {
        Self { width: width.clamp(LEAST_WIDTH, GREATEST_WIDTH), text: String::new() }
    }

    /// Its columns.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// A line as it is.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// An empty line.
    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A heading with a remark beside it, or below where the page is narrow.
    pub(super) fn heading(&mut self, title: &str, remark: &str) {
        self.blank();
        let beside = width::width(title) + 2 + width::width(remark) <= self.width;
        let heading = paint(style::HEADING, title);
        if beside {
            self.line(&format!("{heading}  {}", paint(style::FAINT, remark)));
        } else {
            self.line(&heading);
            self.paragraph(remark, 0, usize::MAX, style::FAINT);
        }
    }

    /// A text over several lines, set in from the left.
    pub(super) fn paragraph(&mut self, text: &str, indent: usize, most_lines: usize, style: Style) {
        let columns = self.width.saturating_sub(indent);
        for line in width::wrap(text, columns, most_lines) {
            self.line(&format!("{}{}", " ".repeat(indent), paint(style, &line)));
        }
    }

    /// The page.
    pub(super) fn finish(self) -> String {
        self.text
    }
}
