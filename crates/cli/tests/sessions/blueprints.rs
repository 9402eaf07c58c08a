//! Blueprints in files: checked here, published by the API.

use serde_json::json;

use crate::{mock::answer, session::tenantry};

const GOOD: &str = "name: gold\nversion: 1.0.0\ndescription: Gold.\nextends: standard@1.0.0\nsettings:\n  availabilityZones: 3\n";

/// A file in a folder of its own.
fn file(name: &str, content: &str) -> String {
    let folder =
        std::env::temp_dir().join(format!("tenantry-blueprints-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("gold.yaml");
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_bad_blueprint_is_refused_with_file_line_and_reason_before_anything_is_sent() {
    let path = file("bad", &GOOD.replace("availabilityZones: 3", "egress: vpn"));
    for command in ["validate", "diff", "publish"] {
        let ran = tenantry(["blueprint", command, path.as_str()], vec![])
            .without_env("TENANTRY_API_URL")
            .run();
        assert_eq!(ran.code, 5, "{}", ran.stderr);
        let line = "gold.yaml:6:3: `settings.egress`: `vpn` is not allowed; allowed: none, single-nat, nat-per-az";
        assert!(ran.stderr.contains(line), "{}", ran.stderr);
    }
    let arguments = ["blueprint", "validate", path.as_str(), "--output", "json"];
    let ran = tenantry(arguments, vec![]).run();
    let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    let fault = &error["error"]["faults"][0];
    assert_eq!(
        (&fault["line"], &fault["column"], &fault["field"]),
        (&json!(6), &json!(3), &json!("settings.egress"))
    );
}

#[test]
fn what_extends_a_built_in_blueprint_is_checked_and_compared_without_an_api() {
    let path = file("good", GOOD);
    let run = |command: &str| {
        tenantry(["blueprint", command, path.as_str()], vec![])
            .without_env("TENANTRY_API_URL")
            .run()
    };
    let ran = run("validate");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("gold@1.0.0"), "{}", ran.stdout);
    let ran = run("diff");
    assert!(
        ran.stdout.contains("settings.availabilityZones"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("settings.egress"), "{}", ran.stdout);
    let ran = tenantry(["blueprint", "schema"], vec![]).run();
    let schema: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(schema["title"], "tenantry blueprint");
}

#[test]
fn a_blueprint_in_yaml_is_published_as_json() {
    let path = file("publish", GOOD);
    let published = json!({
        "name": "gold", "version": "1.0.0", "description": "Gold.", "origin": "published", "state": "available",
        "settings": {
            "network": true, "availabilityZones": 3, "egress": "none", "cidrPrefix": 20, "flowLogRetentionDays": 90,
            "trail": "tenant", "trailRetentionDays": 365,
            "passwordPolicy": {"minimumLength": 14, "reusePrevention": 24},
        },
        "open": {},
    });
    let ran = tenantry(
        ["blueprint", "publish", path.as_str()],
        vec![answer(201, &published)],
    )
    .run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let retired = tenantry(["blueprint", "retire", "gold"], vec![]).run();
    assert_eq!(retired.code, 2, "{}", retired.stderr);
}
