//! Answers, files and surroundings that are not as they should be.

use serde_json::{Value, json};

use crate::{
    fixtures::{accepted, listed, problem, tenant},
    mock::{Canned, answer},
    session::{tenantry, tenantry_with},
};

/// Clears the screen, and writes the rest of the line from right to left.
const HOSTILE: &str = "a\u{1b}[2Jb\u{202e}c\u{9b}d\u{200b}e";

fn has_raw(text: &str) -> bool {
    text.contains(|c: char| c != '\n' && tenancy::text::is_deceptive(c))
}

fn hostile_tenant() -> Value {
    let mut tenant = tenant("parked");
    tenant["spec"]["name"] = json!(HOSTILE);
    tenant["createdBy"] = json!(HOSTILE);
    tenant["signInUrl"] = json!(HOSTILE);
    tenant["components"]["network"]["message"] = json!(HOSTILE);
    tenant["components"]["network"]["resources"] = json!({HOSTILE: HOSTILE});
    tenant["effectiveSpec"]["costCenter"] = json!(HOSTILE);
    tenant["effectiveSpec"]["tags"] = json!({HOSTILE: HOSTILE});
    tenant
}

#[test]
fn characters_that_a_terminal_would_obey_are_escaped_in_tables() {
    let arguments = ["tenant", "show", "acme", "--resources"];
    let ran = tenantry(arguments, vec![answer(200, &hostile_tenant())]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(!has_raw(&ran.stdout), "{:?}", ran.stdout);
    assert!(
        ran.stdout
            .contains("a\\u{1b}[2Jb\\u{202e}c\\u{9b}d\\u{200b}e")
    );
    let letter = json!({ "id": "a-1", "queue": "onboard", "body": HOSTILE, "unreadable": HOSTILE, "notes": { HOSTILE: HOSTILE } });
    let ran = tenantry(["dead-letters", "show", "a-1"], vec![answer(200, &letter)]).run();
    assert!(!has_raw(&ran.stdout), "{:?}", ran.stdout);
}

#[test]
fn characters_that_a_terminal_would_obey_are_escaped_in_json_and_mean_the_same() {
    let arguments = ["tenant", "show", "acme", "-o", "json"];
    let ran = tenantry(arguments, vec![answer(200, &hostile_tenant())]).run();
    assert!(!has_raw(&ran.stdout), "{:?}", ran.stdout);
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(printed, hostile_tenant());
}

#[test]
fn characters_that_a_terminal_would_obey_are_escaped_where_the_command_line_is_refused() {
    let shown = "a\\u{1b}[2Jb\\u{202e}c\\u{9b}d\\u{200b}e";
    let option = format!("--{HOSTILE}");
    for arguments in [
        vec![HOSTILE],
        vec!["tenant", HOSTILE],
        vec!["tenant", "show", "acme", &option],
        vec!["tenant", "show", "acme", "--output", HOSTILE],
        vec!["tenant", "show", "acme", HOSTILE],
    ] {
        let ran = tenantry_with(&arguments, vec![]).run();
        assert_eq!(ran.code, 2, "{arguments:?}");
        assert!(!has_raw(&ran.stderr), "{:?}", ran.stderr);
        assert!(ran.stderr.starts_with("error: "), "{:?}", ran.stderr);
        assert!(ran.stderr.contains(shown), "{:?}", ran.stderr);
    }
    let ran = tenantry([HOSTILE, "--output=json"], vec![]).run();
    let error: Value = serde_json::from_str(&ran.stderr).unwrap();
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.contains(HOSTILE), "{message:?}");
    assert!(!has_raw(&ran.stderr), "{:?}", ran.stderr);
}

#[test]
fn characters_that_a_terminal_would_obey_are_escaped_in_errors() {
    let mut refusal = problem(422, HOSTILE, HOSTILE);
    refusal["errors"] = json!([{"field": HOSTILE, "detail": HOSTILE, "allowed": HOSTILE}]);
    refusal["remedy"] = json!(HOSTILE);
    let ran = tenantry(["tenant", "show", "acme"], vec![answer(422, &refusal)]).run();
    assert_eq!(ran.code, 5);
    assert!(!has_raw(&ran.stderr), "{:?}", ran.stderr);
}

#[test]
fn a_profile_goes_before_keys_in_the_environment() {
    let ran = tenantry(
        ["tenant", "list", "--profile", "other"],
        vec![answer(200, &json!({"items": []}))],
    )
    .env("AWS_SHARED_CREDENTIALS_FILE", &credentials_file())
    .run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let authorization = ran.requests[0].header("authorization").unwrap();
    assert!(
        authorization.contains("Credential=AKIDOTHER/"),
        "{authorization}"
    );
}

#[test]
fn a_profile_that_does_not_exist_is_an_error_though_keys_are_in_the_environment() {
    let ran = tenantry(["tenant", "list", "--profile", "none-such"], vec![])
        .env("AWS_SHARED_CREDENTIALS_FILE", &credentials_file())
        .run();
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    assert!(ran.stderr.contains("none-such"), "{}", ran.stderr);
}

fn credentials_file() -> String {
    let path = format!("{}/hostile-credentials", env!("CARGO_TARGET_TMPDIR"));
    let text = "[other]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = secret\n";
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn an_answer_that_is_too_large_is_refused_before_it_is_read_to_the_end() {
    let huge = || Canned::Answer {
        status: 200,
        headers: Vec::new(),
        body: format!("{:?}", "x".repeat(12 << 20)),
    };
    let ran = tenantry(["tenant", "show", "acme"], vec![huge()]).run();
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("more than 10 MiB"), "{}", ran.stderr);
}

#[test]
fn a_list_without_an_end_is_given_up() {
    let page = |number: u32| {
        let cursor = format!("cursor-{number}");
        answer(200, &json!({"items": [], "nextCursor": cursor}))
    };
    let pages: Vec<Canned> = (0..1_000).map(page).collect();
    let ran = tenantry(["tenant", "list"], pages).run();
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("1000 pages"), "{}", ran.stderr);
}

#[test]
fn a_full_standard_error_changes_no_exit_code() {
    let refusal = answer(404, &problem(404, "not-found", "there is none"));
    let ran = tenantry(["tenant", "show", "acme"], vec![refusal])
        .with_full_standard_error()
        .run();
    assert_eq!(ran.code, 3);
    let ran = tenantry(["tenant", "show"], vec![])
        .with_full_standard_error()
        .run();
    assert_eq!(ran.code, 2);
    let page = json!({"items": [listed("active")], "nextCursor": "c1"});
    let ran = tenantry(["tenant", "list", "--limit", "1"], vec![answer(200, &page)])
        .with_full_standard_error()
        .run();
    assert_eq!(ran.code, 0);
}

#[test]
fn a_password_in_the_address_is_never_repeated() {
    for address in [
        "https://ann:hunter2@example.com",
        "https://ann:hunter2@exa mple.com",
        "ann:hunter2@example.com",
        "ftp://ann:hunter2@example.com/?a=b",
        "https://example.com/?token=hunter2",
    ] {
        for arguments in [
            &["tenant", "list"][..],
            &["--help"],
            &["tenant", "list", "--help"],
        ] {
            let ran = tenantry_with(arguments, vec![])
                .env("TENANTRY_API_URL", address)
                .run();
            let all = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!all.contains("hunter2"), "{address} {arguments:?}: {all}");
        }
        let ran = tenantry_with(&["tenant", "list", "--api-url", address], vec![]).run();
        assert!(!ran.stderr.contains("hunter2"), "{address}: {}", ran.stderr);
        assert_eq!(ran.code, 2, "{address}");
    }
}

fn error_of(stderr: &str) -> Value {
    let line = stderr.lines().last().unwrap_or_default();
    serde_json::from_str::<Value>(line).unwrap_or_else(|why| panic!("{why}: {stderr}"))["error"]
        .clone()
}

#[test]
fn errors_are_json_for_programs() {
    let mut refusal = problem(422, "invalid-request", "the spec is not valid");
    refusal["errors"] = json!([{"field": "slug", "detail": "is taken", "allowed": "another"}]);
    let ran = tenantry(
        ["tenant", "show", "acme", "-o", "json"],
        vec![answer(422, &refusal)],
    )
    .run();
    let error = error_of(&ran.stderr);
    assert_eq!(
        (ran.code, &error["exitCode"], &error["kind"]),
        (5, &json!(5), &json!("refused"))
    );
    assert_eq!(error["problem"]["errors"][0]["field"], "slug");
    assert_eq!(
        error["problem"]["type"],
        "https://tenantry.dev/problems/invalid-request"
    );
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("the spec is not valid")
    );
    assert!(error["remedy"].is_string());
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_command_line_that_is_not_valid_is_json_for_programs_too() {
    for arguments in [
        &["-o", "json", "tenant", "show"][..],
        &["tenant", "show", "--output=json", "--bad"],
        &["tenant", "show", "-ojson", "../health"],
    ] {
        let ran = tenantry_with(arguments, vec![]).run();
        let error = error_of(&ran.stderr);
        assert_eq!(
            (ran.code, &error["kind"]),
            (2, &json!("usage")),
            "{}",
            ran.stderr
        );
    }
    let ran = tenantry(["tenant", "show"], vec![])
        .env("TENANTRY_OUTPUT", "json")
        .run();
    assert_eq!(error_of(&ran.stderr)["exitCode"], 2);
    let help = tenantry(["--help", "-o", "json"], vec![]).run();
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
}

#[test]
fn a_tag_is_read_as_the_api_reads_it_when_it_is_set_and_when_it_is_searched_for() {
    let found = vec![answer(200, &json!({"items": []}))];
    let ran = tenantry(["tenant", "list", "--tag", "a:b=v"], found).run();
    let target = ran.requests[0].target.as_str();
    assert!(target.contains("tag=a%3Ab%3Dv"), "{target}");
    for tag in ["team", "=v", "aws:x=v", "ä=v", "a=ä"] {
        for arguments in [
            &["tenant", "list", "--tag", tag][..],
            &["tenant", "update", "acme", "--tag", tag],
        ] {
            let ran = tenantry_with(arguments, vec![]).run();
            assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        }
    }
}

#[test]
fn a_file_with_a_byte_order_mark_is_read_and_one_in_utf_16_is_named() {
    let create = ["tenant", "create", "--file", "-"];
    let spec = "\u{feff}{\"slug\": \"acme\", \"name\": \"Acme\", \"blueprint\": \"standard\"}";
    let ran = tenantry(create, vec![answer(202, &accepted("onboard"))])
        .input(spec)
        .run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let path = format!("{}/utf-16.json", env!("CARGO_TARGET_TMPDIR"));
    let units = "\u{feff}{}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect::<Vec<u8>>();
    std::fs::write(&path, units).unwrap();
    let ran = tenantry(["tenant", "create", "--file", &path], vec![]).run();
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("UTF-16"), "{}", ran.stderr);
}

#[test]
fn a_key_that_appears_twice_in_a_file_is_refused_as_the_api_refuses_it() {
    let ran = tenantry(["tenant", "create", "--file", "-"], vec![])
        .input(r#"{"slug": "acme", "slug": "other", "name": "A", "blueprint": "standard"}"#)
        .run();
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("appears twice"), "{}", ran.stderr);
}

#[test]
fn numbers_and_versions_have_one_form() {
    for arguments in [
        &["tenant", "list", "--limit", "+5"][..],
        &["tenant", "list", "--limit", "05"],
        &["tenant", "list", "--blueprint", "standard@01.0.0"],
        &["tenant", "update", "acme", "--azs", "+2"],
        &["tenant", "update", "acme", "--cidr-prefix", "020"],
        &["tenant", "update", "acme", "--blueprint", "standard@+1.0.0"],
        &["limits", "show", "--limit", "020"],
        &[
            "limits",
            "start-creations",
            "--reason",
            "r",
            "--per-hour",
            "+5",
            "--per-day",
            "5",
        ],
        &["blueprint", "show", "standard@1.00.0"],
    ] {
        let ran = tenantry_with(arguments, vec![]).run();
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn what_does_not_show_is_refused_in_reasons_and_names() {
    for text in ["a\u{202e}b", "a\u{200b}b", "a\u{200d}b"] {
        let contact = format!("{text} <ann@example.com>");
        for arguments in [
            &["limits", "stop-creations", "--reason", text][..],
            &["tenant", "update", "acme", "--contact-billing", &contact],
        ] {
            let ran = tenantry_with(arguments, vec![]).run();
            assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        }
    }
}

#[test]
fn what_is_said_twice_on_a_command_line_is_refused_as_a_key_that_appears_twice_is() {
    let create = ["tenant", "create", "--slug", "acme", "--name", "Acme"];
    let create = [&create[..], &["--blueprint", "standard"]].concat();
    let update = ["tenant", "update", "acme"];
    for (words, more, named) in [
        (&create[..], &["--tag", "a=1", "--tag", "a=2"][..], "`a`"),
        (&update[..], &["--tag", "a=1", "--tag", "a=1"], "`a`"),
        (
            &update[..],
            &["--tag", "a=1", "--unset", "tags.a"],
            "tags.a",
        ),
        (&update[..], &["--tag", "a=1", "--unset", "tags"], "tags"),
        (
            &update[..],
            &["--egress", "none", "--unset", "egress"],
            "egress",
        ),
        (
            &update[..],
            &["--budget-usd", "5", "--unset", "budget"],
            "budget",
        ),
        (
            &update[..],
            &["--azs", "2", "--unset", "azs"],
            "availabilityZones",
        ),
    ] {
        let ran = tenantry_with(&[words, more].concat(), vec![]).run();
        assert_eq!(ran.code, 2, "{more:?} {}", ran.stderr);
        assert!(ran.stderr.contains(named), "{more:?} {}", ran.stderr);
        assert!(ran.requests.is_empty());
    }
}
