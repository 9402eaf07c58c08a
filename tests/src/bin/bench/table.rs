//! The table of figures: each beside its budget.

/// How a figure compares with its budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// There is no budget.
    None,
    /// Within its budget.
    Within,
    /// Over its budget, as a count or a ratio of counts: the run fails.
    Exceeded,
    /// Over its budget, as a quantity that depends on the machine or the profile: a warning.
    Warning,
}

impl Status {
    const fn of(is_within: bool, otherwise: Self) -> Self {
        if is_within { Self::Within } else { otherwise }
    }
}

#[derive(Debug)]
struct Line {
    name: String,
    figure: String,
    budget: String,
    status: Status,
}

/// A titled table.
#[derive(Debug)]
pub struct Table {
    title: String,
    lines: Vec<Line>,
}

impl Table {
    /// An empty table.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            lines: Vec::new(),
        }
    }

    /// A count, which must not be over its budget.
    pub fn count(&mut self, name: impl Into<String>, found: usize, most: usize) {
        let status = Status::of(found <= most, Status::Exceeded);
        self.line(name, found.to_string(), format!("at most {most}"), status);
    }

    /// A ratio of counts, which must not be over its budget either.
    pub fn ratio(&mut self, name: impl Into<String>, found: f64, most: f64) {
        let status = Status::of(found <= most, Status::Exceeded);
        let figure = format!("{found:.2} times");
        self.line(name, figure, format!("at most {most} times"), status);
    }

    /// A measured quantity with its budget in the same unit: printed, never a reason to fail.
    pub fn measured(&mut self, name: impl Into<String>, found: f64, most: f64, unit: &str) {
        let status = Status::of(found <= most, Status::Warning);
        let figure = format!("{found:.1} {unit}");
        self.line(name, figure, format!("at most {most} {unit}"), status);
    }

    /// A figure without a budget.
    pub fn figure(&mut self, name: impl Into<String>, found: impl ToString) {
        self.line(name, found.to_string(), String::new(), Status::None);
    }

    /// True if no count is over its budget.
    pub fn within(&self) -> bool {
        self.lines
            .iter()
            .all(|line| line.status != Status::Exceeded)
    }

    /// Prints it on standard output.
    pub fn print(&self) {
        let width = |cell: fn(&Line) -> &str| {
            let widths = self.lines.iter().map(|line| cell(line).chars().count());
            widths.max().unwrap_or(0)
        };
        let (names, figures) = (width(|line| &line.name), width(|line| &line.figure));
        let budgets = width(|line| &line.budget);
        println!("\n{}", self.title);
        for line in &self.lines {
            let status = match line.status {
                Status::None => "",
                Status::Within => "ok",
                Status::Exceeded => "EXCEEDED",
                Status::Warning => "over",
            };
            let (name, figure, budget) = (&line.name, &line.figure, &line.budget);
            let text = format!("  {name:names$}  {figure:>figures$}  {budget:budgets$}  {status}");
            println!("{}", text.trim_end());
        }
    }

    fn line(&mut self, name: impl Into<String>, figure: String, budget: String, status: Status) {
        self.lines.push(Line {
            name: name.into(),
            figure,
            budget,
            status,
        });
    }
}
