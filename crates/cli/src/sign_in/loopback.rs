//! The redirect address of this machine: one page on a port that the system chooses.

use std::io;

use reqwest::Url;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Duration, timeout},
};

use super::refused;
use crate::error::CliError;

/// A browser sends its request at once, and a request line with a code has some hundred bytes.
const LIMIT: Duration = Duration::from_secs(5);
const LONGEST: usize = 8 << 10;

/// Listens on loopback.
pub struct Listener {
    listener: TcpListener,
    port: u16,
}

/// Listens on a port that is free.
pub async fn listen() -> io::Result<Listener> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    Ok(Listener { listener, port })
}

impl Listener {
    /// The redirect address.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Waits for the code that belongs to `state`. Whatever else comes to the port is refused.
    ///
    /// # Errors
    /// If the port fails, or the person refuses.
    pub async fn code(&self, state: &str, issuer: &str) -> Result<String, CliError> {
        loop {
            let (mut stream, _) = self.listener.accept().await?;
            let Some(query) = requested(&mut stream).await else {
                continue;
            };
            let is_ours = query.get("state") == Some(state) && query.get("iss") == Some(issuer);
            let code = query.get("code").filter(|_| is_ours);
            let refusal = query.get("error").filter(|_| is_ours);
            let (status, says) = match (code, refusal) {
                (Some(_), _) => ("200 OK", "You are signed in. You can close this page."),
                (None, Some(_)) => (
                    "200 OK",
                    "Nobody is signed in here. You can close this page.",
                ),
                (None, None) => ("404 Not Found", "There is nothing here."),
            };
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\ncache-control: no-store\r\n\
                 referrer-policy: no-referrer\r\n\r\n{says}",
                says.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
            match (code, refusal) {
                (Some(code), _) => return Ok(code.to_owned()),
                (None, Some(_)) => return Err(refused("the sign-in was refused in the browser")),
                (None, None) => {}
            }
        }
    }
}

struct Query(Vec<(String, String)>);

impl Query {
    /// What is there once.
    fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(key, _)| key == name);
        let (_, first) = found.next()?;
        found.next().is_none().then_some(first)
    }
}

/// The query of a request for the page.
async fn requested(stream: &mut TcpStream) -> Option<Query> {
    let mut read = Vec::new();
    let mut part = [0; 1024];
    while !read.windows(2).any(|pair| pair == b"\r\n") && read.len() < LONGEST {
        let count = timeout(LIMIT, stream.read(&mut part)).await.ok()?.ok()?;
        if count == 0 {
            return None;
        }
        read.extend_from_slice(part.get(..count)?);
    }
    let text = String::from_utf8_lossy(&read);
    let path = text.strip_prefix("GET ")?.split(' ').next()?;
    let path = path.strip_prefix("/?")?;
    let url = Url::parse(&format!("http://127.0.0.1/?{path}")).ok()?;
    Some(Query(url.query_pairs().into_owned().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answered(query: &str) -> Result<String, CliError> {
        let listener = listen().await.unwrap();
        let port = listener.port;
        let requests = async {
            // What is not ours is refused, and ends nothing.
            for query in ["error=access_denied&state=other&iss=i", query] {
                let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let line = format!("GET /?{query} HTTP/1.1\r\n\r\n");
                stream.write_all(line.as_bytes()).await.unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await.unwrap();
            }
        };
        let (code, ()) = tokio::join!(listener.code("s", "i"), requests);
        code
    }

    #[tokio::test]
    async fn a_refusal_in_the_browser_ends_the_waiting() {
        let code = answered("code=c&state=s&iss=i").await;
        assert_eq!(code.unwrap(), "c");
        let limit = Duration::from_secs(5);
        let refused = timeout(limit, answered("error=access_denied&state=s&iss=i")).await;
        let refused = refused.expect("it waits on and on").unwrap_err();
        assert!(refused.to_string().contains("refused in the browser"));
    }
}
