//! Asking a person before something that cannot be undone.

use std::io::{self, IsTerminal, Write};

use crate::stop::Stop;

/// Asks for the slug to be typed.
///
/// # Errors
/// If it is not, or if there is nobody to ask.
pub async fn type_the_slug(slug: &str, warning: &str) -> Result<(), Stop> {
    if !io::stdin().is_terminal() {
        return Err(Stop::Usage(format!(
            "deleting tenant `{slug}` needs a confirmation and there is no terminal to ask on: give `--yes` if you are sure"
        )));
    }
    eprintln!("{warning}");
    eprint!("Type `{slug}` to go on: ");
    io::stderr().flush()?;
    // On a thread of its own, so that Ctrl-C is heard while nobody types.
    let typed = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    let typed = typed.await.map_err(io::Error::other)??;
    if typed.trim() == slug {
        return Ok(());
    }
    Err(Stop::NotConfirmed {
        typed: typed.trim().to_owned(),
        slug: slug.to_owned(),
    })
}
