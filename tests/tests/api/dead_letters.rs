use serde_json::{Value, json};
use tenancy::TenantId;
use tenancy::Verb;

use crate::site::{Answer, Site, get, request};

const CLOSED: &str = r#"{"detail-type":"AWS Service Event via CloudTrail","detail":{"eventName":"CloseAccountResult","serviceEventDetails":{"closeAccountStatus":{"accountId":"222222222222","state":"SUCCEEDED"}}}}"#;

async fn send(site: &Site, url: &str, body: &str) {
    let sqs = aws_sdk_sqs::Client::new(&site.aws);
    let call = sqs.send_message().queue_url(url).message_body(body);
    call.send().await.unwrap();
}

/// What a queue holds, taken out of it.
async fn take(site: &Site, url: &str) -> Vec<String> {
    let sqs = aws_sdk_sqs::Client::new(&site.aws);
    let call = sqs
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10);
    let answer = call.send().await.unwrap();
    let messages = answer.messages.unwrap_or_default().into_iter();
    messages.filter_map(|message| message.body).collect()
}

async fn listed(site: &Site, question: &str) -> Answer {
    let answer = site.call(get(format!("/v1/dead-letters{question}"))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

fn bodies(answer: &Answer) -> Vec<&str> {
    let items = answer.body["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["body"].as_str().unwrap())
        .collect()
}

fn id_of(answer: &Answer, body: &str) -> String {
    let items = answer.body["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["body"] == body).unwrap();
    item["id"].as_str().unwrap().to_owned()
}

async fn retry(site: &Site, id: &str) -> Answer {
    site.call(request("POST", format!("/v1/dead-letters/{id}/retry")))
        .await
}

#[tokio::test]
async fn listing_dead_letters_removes_none() {
    let site = Site::start().await;
    let onboard = site.queue(Verb::Onboard);
    for number in 0..23 {
        send(&site, &onboard.dead, &format!("nonsense {number}")).await;
    }
    send(&site, &site.queue(Verb::Offboard).dead, CLOSED).await;
    for _ in 0..2 {
        let all = listed(&site, "").await;
        assert_eq!(bodies(&all).len(), 24);
        assert_eq!(all.body.get("nextCursor"), None);
        let some = listed(&site, "?queue=onboard&limit=5").await;
        assert_eq!(bodies(&some).len(), 5);
        assert!(some.body["nextCursor"].is_string());
        let one = listed(&site, "?queue=offboard").await;
        assert_eq!(bodies(&one), [CLOSED]);
        assert_eq!(bodies(&listed(&site, "?queue=audit").await).len(), 0);
    }
}

#[tokio::test]
async fn a_dead_letter_is_sent_back_once_and_makes_its_tenant_due() {
    let site = Site::start().await;
    let tenant = site.tenant("acme").await;
    let id: TenantId = tenant["id"].as_str().unwrap().parse().unwrap();
    let body = json!({ "tenantId": id }).to_string();
    let queue = site.queue(Verb::Onboard);
    send(&site, &queue.dead, &body).await;
    let letter = id_of(&listed(&site, "").await, &body);
    let shown = site.call(get(format!("/v1/dead-letters/{letter}"))).await;
    assert_eq!(
        (&shown.body["tenantId"], &shown.body["queue"]),
        (&tenant["id"], &json!("onboard"))
    );
    let before = site.app.ledger.tenant(&id).await.unwrap();

    assert_eq!(retry(&site, &letter).await.status, 202);
    assert_eq!(take(&site, &queue.work).await, [body]);
    assert_eq!(bodies(&listed(&site, "").await).len(), 0);
    let after = site.app.ledger.tenant(&id).await.unwrap();
    assert!(after.due_at.is_some());
    assert_eq!(after.history_length, before.history_length + 1);
    assert_eq!(site.app.ledger.verify_history(&id).await.unwrap(), []);
    assert_eq!(
        retry(&site, &letter).await.status,
        404,
        "it is no longer there"
    );
}

#[tokio::test]
async fn what_can_never_be_processed_stays_where_it_is() {
    let site = Site::start().await;
    let queue = site.queue(Verb::Audit);
    send(&site, &queue.dead, "{}").await;
    let all = listed(&site, "").await;
    assert!(all.body["items"][0]["unreadable"].is_string());
    let refused = retry(&site, &id_of(&all, "{}")).await;
    assert_eq!(refused.status, 409);
    assert!(refused.body["remedy"].is_string());
    assert_eq!(bodies(&listed(&site, "").await), ["{}"]);
    assert_eq!(take(&site, &queue.work).await, Vec::<String>::new());
}

#[tokio::test]
async fn invalid_queries_of_dead_letters_are_refused_by_field() {
    let site = Site::start().await;
    for (question, field) in [
        ("?queue=api", "queue"),
        ("?limit=0", "limit"),
        ("?limit=101", "limit"),
        ("?cursor=x", "cursor"),
        ("?limit=+5", "limit"),
        ("?limit=05", "limit"),
    ] {
        let answer = site.call(get(format!("/v1/dead-letters{question}"))).await;
        assert_eq!((answer.status, answer.fields()), (422, vec![field]));
    }
    let path = "/v1/dead-letters/not%20an%20id";
    assert_eq!(site.call(get(path)).await.status, 404);
    let body = request("POST", "/v1/dead-letters/a/retry").json(&Value::from(1));
    assert_eq!(site.call(body).await.status, 422);
}

#[tokio::test]
async fn dead_letters_are_paged_and_none_hides_another() {
    let site = Site::start().await;
    let onboard = site.queue(Verb::Onboard);
    for number in 0..12 {
        send(&site, &onboard.dead, &format!("nonsense {number}")).await;
    }
    let body = json!({ "tenantId": TenantId::from_random([7; 10]) }).to_string();
    send(&site, &onboard.dead, &body).await;
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = listed(&site, &format!("?limit=5{cursor}")).await;
        all.extend(bodies(&page).into_iter().map(str::to_owned));
        match page.body["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(all.len(), 13);
    assert_eq!(
        all.iter().collect::<std::collections::BTreeSet<_>>().len(),
        13
    );
    assert!(
        all.contains(&body),
        "the one that can be processed is found"
    );
    let other = listed(&site, "?limit=5").await;
    let cursor = other.body["nextCursor"].as_str().unwrap();
    let answer = site
        .call(get(format!("/v1/dead-letters?queue=audit&cursor={cursor}")))
        .await;
    assert_eq!((answer.status, answer.fields()), (422, vec!["cursor"]));
}

#[tokio::test]
async fn large_dead_letters_are_cut_in_a_list_and_shown_by_themselves() {
    let site = Site::start().await;
    let onboard = site.queue(Verb::Onboard);
    let large = "\"".repeat(250_000);
    for _ in 0..30 {
        send(&site, &onboard.dead, &large).await;
    }
    let all = listed(&site, "").await;
    assert_eq!(bodies(&all).len(), 30);
    let size = all.body.to_string().len();
    assert!(size < 1_000_000, "{size}");
    let first = &all.body["items"][0];
    assert_eq!(
        (&first["truncated"], first["body"].as_str().unwrap().len()),
        (&json!(true), 4096)
    );
    let id = first["id"].as_str().unwrap();
    let shown = site.call(get(format!("/v1/dead-letters/{id}"))).await;
    assert_eq!(
        (&shown.body["truncated"], shown.body["body"].as_str()),
        (&json!(false), Some(large.as_str()))
    );
}

#[tokio::test]
async fn a_queue_that_holds_more_than_is_read_at_once_says_so() {
    let mut site = Site::start().await;
    let onboard = site.queue(Verb::Onboard).dead.clone();
    for number in 0..25 {
        send(&site, &onboard, &format!("nonsense {number}")).await;
    }
    site.app.dead_letters = site.app.dead_letters.clone().reading_at_most(10);
    let some = listed(&site, "").await;
    assert_eq!(
        (bodies(&some).len(), &some.body["incomplete"]),
        (10, &json!(true))
    );
}

#[tokio::test]
async fn a_dead_letter_is_sent_back_once_however_often_the_request_is_repeated() {
    let site = Site::start().await;
    let tenant = site.tenant("acme").await;
    let body = json!({ "tenantId": tenant["id"] }).to_string();
    let queue = site.queue(Verb::Onboard);
    send(&site, &queue.dead, &body).await;
    let letter = id_of(&listed(&site, "").await, &body);
    let retry = || request("POST", format!("/v1/dead-letters/{letter}/retry")).key("again-1");
    let first = site.call(retry()).await;
    let second = site.call(retry()).await;
    assert_eq!((first.status, second.status), (202, 202));
    assert_eq!(second.headers["idempotent-replayed"], "true");
    assert_eq!(first.body, second.body);
    assert_eq!(take(&site, &queue.work).await, [body]);
    let other = request("POST", "/v1/dead-letters/other/retry").key("again-1");
    let other = site.call(other).await;
    assert_eq!(
        (other.status, other.kind()),
        (422, "idempotency-key-reused")
    );
}

#[tokio::test]
async fn notes_of_dead_letters_make_no_page_too_large() {
    use aws_sdk_sqs::types::MessageAttributeValue;
    let site = Site::start().await;
    let onboard = site.queue(Verb::Onboard);
    let sqs = aws_sdk_sqs::Client::new(&site.aws);
    let note = MessageAttributeValue::builder().data_type("String");
    let note = note.string_value("\"".repeat(5_000)).build().unwrap();
    for number in 0..100 {
        let mut call = sqs.send_message().queue_url(&onboard.dead);
        call = call.message_body(format!("nonsense {number}"));
        for name in 0..10 {
            call = call.message_attributes(format!("NOTE_{name}"), note.clone());
        }
        call.send().await.unwrap();
    }
    let (mut all, mut cursor) = (0, String::new());
    loop {
        let page = listed(&site, &format!("?limit=100{cursor}")).await;
        let size = page.body.to_string().len();
        assert!(size <= 2 << 20, "{size}");
        all += bodies(&page).len();
        match page.body["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(all, 100);
}
