//! An API that gives the answers it was told to, in order, and records the requests.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};

/// The path under which the pretended API lives: as a local API Gateway would have it.
pub const PREFIX: &str = "/_aws/execute-api/a1b2c3/$default";

/// An answer.
#[derive(Debug, Clone)]
pub enum Canned {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// The request is taken and the connection cut.
    Cut,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct RecordedRequest {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl RecordedRequest {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Default)]
struct State {
    answers: VecDeque<Canned>,
    requests: Vec<RecordedRequest>,
}

/// The pretended API; it ends with the process.
#[derive(Debug, Clone)]
pub struct Mock {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Mock {
    pub fn start(answers: Vec<Canned>) -> Self {
        let state = Arc::new(Mutex::new(State {
            answers: answers.into(),
            requests: Vec::new(),
        }));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, Arc::clone(&shared)));
                }
            });
        });
        Self { address, state }
    }

    /// The requests so far, and how many of the prepared answers were not needed.
    pub fn requests(&self) -> (Vec<RecordedRequest>, usize) {
        let state = self.state.lock().unwrap();
        (state.requests.clone(), state.answers.len())
    }
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    let service = service_fn(move |request| respond(request, Arc::clone(&state)));
    // A connection that is cut on purpose ends in an error here.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn respond(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
) -> Result<Response<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let recorded = RecordedRequest {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("?").to_owned()))
            .collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let canned = {
        let mut state = state.lock().unwrap();
        state.requests.push(recorded);
        state.answers.pop_front()
    };
    match canned {
        None => Ok(plain(418, &[], "no answer was prepared for this request")?),
        Some(Canned::Cut) => Err("cut".into()),
        Some(Canned::Answer {
            status,
            headers,
            body,
        }) => Ok(plain(status, &headers, &body)?),
    }
}

fn plain(
    status: u16,
    headers: &[(&'static str, String)],
    body: &str,
) -> Result<Response<Full<Bytes>>, hyper::http::Error> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    response.body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
}

/// An answer with a JSON body.
pub fn answer(status: u16, body: &Value) -> Canned {
    Canned::Answer {
        status,
        headers: Vec::new(),
        body: body.to_string(),
    }
}

/// The same with a header.
pub fn with_header(canned: Canned, name: &'static str, value: &str) -> Canned {
    match canned {
        Canned::Answer {
            status,
            mut headers,
            body,
        } => {
            headers.push((name, value.to_owned()));
            Canned::Answer {
                status,
                headers,
                body,
            }
        }
        Canned::Cut => Canned::Cut,
    }
}
