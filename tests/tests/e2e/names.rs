//! Tenants whose names are in other writings than ASCII.

use scenarios::machine::AnyError;
use serde_json::{Value, json};

use crate::site::{Site, text};

const NAMES: [(&str, &str); 2] = [
    ("mueller", "Müller & Söhne GmbH"),
    ("tenanto", "株式会社テナント"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_with_a_name_in_any_writing_lives_and_leaves_like_any_other()
-> Result<(), AnyError> {
    let site = Site::open(&json!({}))?;
    for (slug, name) in NAMES {
        let mut words = vec!["tenant", "create", "--slug", slug, "--name", name];
        words.extend(["--blueprint", "sandbox", "--tag", "team=blue", "--wait"]);
        site.ask(&words);
    }
    for (slug, name) in NAMES {
        let tenant = site.ask(&["tenant", "show", slug]);
        assert_eq!(tenant["phase"], "active", "{tenant:#}");
        assert_eq!(tenant["spec"]["name"], name);
        let accounts = site.accounts(text(&tenant, "accountEmail")).await;
        let names: Vec<_> = accounts
            .iter()
            .filter_map(|account| account.name())
            .collect();
        assert_eq!(
            names,
            [slug],
            "AWS takes ASCII only, so the account is named by the slug"
        );
        site.ask(&["audit", slug, "--wait"]);
        assert_eq!(site.ask(&["findings", slug])["items"], json!([]));
    }
    let listed = site.ask(&["tenant", "list", "--tag", "team=blue", "--phase", "active"]);
    let mut names: Vec<&str> = items(&listed).map(|item| text(item, "name")).collect();
    names.sort_unstable();
    assert_eq!(names, [NAMES[0].1, NAMES[1].1]);
    let (slug, _) = NAMES[1];
    site.ask(&[
        "tenant",
        "update",
        slug,
        "--name",
        "テナント 二号",
        "--wait",
    ]);
    assert_eq!(
        site.ask(&["tenant", "show", slug])["spec"]["name"],
        "テナント 二号"
    );
    for (slug, _) in NAMES {
        let id = site.ask(&["tenant", "show", slug])["id"].clone();
        let id = id.as_str().ok_or("a tenant has no id")?;
        site.ask(&["tenant", "delete", slug, "--yes", "--wait"]);
        assert_eq!(site.ask(&["tenant", "show", id])["phase"], "closed");
    }
    Ok(())
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["items"].as_array().into_iter().flatten()
}
