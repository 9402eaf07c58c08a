//! Columns of words.

use tenancy::text::visible;
use unicode_width::UnicodeWidthStr;

use super::style::{Style, Styles};

/// A word in a table. Characters that do not show are escaped.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A word with a style.
    pub fn styled(style: Style, text: impl Into<String>) -> Self {
        Self {
            text: visible(&text.into()).into_owned(),
            style,
        }
    }

    fn render(&self, styles: Styles) -> String {
        styles.paint(self.style, &self.text)
    }

    fn width(&self) -> usize {
        self.text.width()
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::styled(Style::Plain, text)
    }
}

/// Rows under a heading.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these headings.
    pub fn new(headings: &[&str]) -> Self {
        let heading = headings
            .iter()
            .map(|text| Cell::styled(Style::Heading, *text));
        Self {
            rows: vec![heading.collect()],
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as text. Columns are as wide as their widest word; nothing is cut, so that `grep` finds everything.
    pub fn render(&self, styles: Styles) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(Cell::width).max().unwrap_or(0)
            })
            .collect();
        self.rows
            .iter()
            .map(|row| render_row(row, &widths, styles))
            .collect()
    }
}

fn render_row(row: &[Cell], widths: &[usize], styles: Styles) -> String {
    let mut line = String::new();
    for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
        line.push_str(&cell.render(styles));
        if index + 1 < row.len() {
            line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
        }
    }
    format!("{}\n", line.trim_end())
}

/// Lines of `name  value`.
#[derive(Debug, Default)]
pub struct KeyValues {
    pairs: Vec<(Cell, Cell)>,
}

impl KeyValues {
    /// Adds a line.
    pub fn add(&mut self, name: &str, value: impl Into<Cell>) {
        let name = Cell::styled(Style::Heading, name);
        self.pairs.push((name, value.into()));
    }

    /// Adds a line for each value.
    pub fn add_all(&mut self, name: &str, values: impl IntoIterator<Item = impl Into<Cell>>) {
        for value in values {
            self.add(name, value);
        }
    }

    /// The lines as text.
    pub fn render(&self, styles: Styles) -> String {
        let widths = self.pairs.iter().map(|(name, _)| name.width());
        let width = widths.max().unwrap_or(0);
        self.pairs
            .iter()
            .map(|(name, value)| {
                let gap = " ".repeat(width.saturating_sub(name.width()) + 2);
                let (name, value) = (name.render(styles), value.render(styles));
                format!("{name}{gap}{value}\n")
            })
            .collect()
    }
}
