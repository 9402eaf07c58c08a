//! Confirmation of what cannot be undone, or has effect on many.

use std::io::{self, IsTerminal, Write};

use tenancy::text::visible;

use crate::error::CliError;

/// Asks for the slug of a tenant, or the name of a group, to be typed.
///
/// # Errors
/// If it is not, or if there is nobody to ask.
pub async fn type_the_slug(slug: &str, doing: &str, warning: &str) -> Result<(), CliError> {
    if !io::stdin().is_terminal() {
        return Err(CliError::Usage(format!(
            "{doing} needs a confirmation, and standard input is not a terminal: give `--yes` if you are sure"
        )));
    }
    let mut screen = io::stderr();
    writeln!(screen, "{}", visible(warning))?;
    write!(screen, "Type `{slug}` to continue: ")?;
    screen.flush()?;
    // On a thread of its own, so that Ctrl-C works while waiting for input.
    let typed = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    let typed = typed.await.map_err(io::Error::other)??;
    if typed.trim() == slug {
        return Ok(());
    }
    Err(CliError::NotConfirmed {
        typed: typed.trim().to_owned(),
        slug: slug.to_owned(),
    })
}
