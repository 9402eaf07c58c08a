//! A way to AWS that holds one call up until it is told to let it through.

use std::{convert::Infallible, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, sync::Notify};

#[derive(Clone)]
pub struct Barrier(Arc<Inner>);

struct Inner {
    own: String,
    beyond: String,
    /// The call that is held up, as the header `X-Amz-Target` names it.
    held: &'static str,
    /// Whether it is held up on the way back: it has taken effect, and who made it does not know yet.
    on_way_back: bool,
    reached: Notify,
    opened: Notify,
}

impl Barrier {
    pub async fn start(beyond: String, held: &'static str) -> Self {
        Self::holding(beyond, held, false).await
    }

    /// One that holds the answer up.
    pub async fn on_way_back(beyond: String, held: &'static str) -> Self {
        Self::holding(beyond, held, true).await
    }

    async fn holding(beyond: String, held: &'static str, on_way_back: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = format!("http://{}", listener.local_addr().unwrap());
        let barrier = Self(Arc::new(Inner {
            own,
            beyond,
            held,
            on_way_back,
            reached: Notify::new(),
            opened: Notify::new(),
        }));
        let served = barrier.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = served.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let served = served.clone();
                        async move { Ok::<_, Infallible>(served.passed(request).await) }
                    });
                    let io = TokioIo::new(stream);
                    let _ = http1::Builder::new().serve_connection(io, service).await;
                });
            }
        });
        barrier
    }

    pub fn url(&self) -> &str {
        &self.0.own
    }

    /// Waits until the call has come.
    pub async fn reached(&self) {
        self.0.reached.notified().await;
    }

    /// Lets it through.
    pub fn open(&self) {
        self.0.opened.notify_one();
    }

    async fn hold(&self) {
        self.0.reached.notify_one();
        self.0.opened.notified().await;
    }

    async fn passed(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let target = parts.headers.get("x-amz-target");
        let is_held = target.is_some_and(|it| it == self.0.held);
        if is_held && !self.0.on_way_back {
            self.hold().await;
        }
        let url = format!("{}{}", self.0.beyond, parts.uri);
        let mut headers = parts.headers;
        headers.remove("host");
        let sent = reqwest::Client::new()
            .request(parts.method, url)
            .headers(headers)
            .body(body);
        let answer = sent.send().await.unwrap();
        if is_held && self.0.on_way_back {
            self.hold().await;
        }
        let mut response = Response::builder().status(answer.status());
        for name in [
            "content-type",
            "x-amzn-requestid",
            "x-amzn-errortype",
            "x-amz-crc32",
        ] {
            if let Some(value) = answer.headers().get(name) {
                response = response.header(name, value);
            }
        }
        let body = answer.bytes().await.unwrap();
        response.body(Full::from(body)).unwrap()
    }
}
