//! Answers of bounded size.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Serialize;

/// The largest page, in bytes: well below the 6 MB that Lambda takes, in which quotes are written twice.
pub const LARGEST: usize = 2 << 20;

/// How many items to fetch for a page, so that they are not larger than [`LARGEST`] together.
#[derive(Debug)]
pub struct Fit {
    /// How many to fetch now.
    pub limit: usize,
}

impl Fit {
    /// At most `limit` items.
    pub fn new(limit: usize) -> Self {
        Self { limit }
    }

    /// The answer, or `None` if the page is too large: then fetch [`Self::limit`] items, which are fewer now. The cursor of
    /// that page says where to go on.
    pub fn answer(&mut self, page: &impl Serialize) -> Option<Response> {
        let body = serde_json::to_vec(page).unwrap_or_default();
        if body.len() <= LARGEST || self.limit <= 1 {
            return Some(json(body));
        }
        self.limit /= 2;
        None
    }
}

/// The first items, as many as fit into one answer.
pub fn first<T: Serialize>(items: Vec<T>) -> Vec<T> {
    let mut left = LARGEST;
    let fits = items.into_iter().take_while(|item| {
        let size = serde_json::to_vec(item).map_or(0, |text| text.len());
        left = left.saturating_sub(size);
        left > 0
    });
    fits.collect()
}

fn json(body: Vec<u8>) -> Response {
    let mut response = body.into_response();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_too_large_is_fetched_again_with_fewer_items() {
        let mut fit = Fit::new(100);
        let mut limits = Vec::new();
        let answer = loop {
            limits.push(fit.limit);
            let page = vec!["x".repeat(100_000); fit.limit];
            if let Some(answer) = fit.answer(&page) {
                break answer;
            }
        };
        assert_eq!(
            (answer.status().as_u16(), limits),
            (200, vec![100, 50, 25, 12])
        );
        assert_eq!(first(vec!["x".repeat(100_000); 100]).len(), 20);
    }
}
