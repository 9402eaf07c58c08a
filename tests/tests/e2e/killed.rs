//! A function that is killed in the middle: the queue brings its work back, and nothing is made twice.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use scenarios::machine::AnyError;
use serde_json::{Value, json};

use crate::site::{Site, creation, text, wait_until};

/// At which calls it is killed: two take effect and nobody learns of it, two never happen.
const MOMENTS: [(&str, &str, bool); 4] = [
    ("organizations", "CreateAccount", true),
    ("iam", "CreateRole", false),
    ("ec2", "CreateVpc", true),
    ("ec2", "CreateSubnet", false),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_killed_at_any_call_ends_in_the_same_tenant_with_one_account_and_one_vpc()
-> Result<(), AnyError> {
    // As short as they can be, for a test: what a killed pass held is free again soon, and its message visible.
    let site = Site::open(&json!({
        "WorkVisibilitySeconds": "5", "LeaseSeconds": "10", "VisibilityGraceSeconds": "5",
    }))?;
    let begun = Instant::now();
    arm(&site, MOMENTS[0]);
    let asked = site.ask(&creation("acme", &[]));
    for (number, moment) in MOMENTS.iter().enumerate() {
        wait_until(moment.1, Duration::from_secs(120), || {
            site.hits(moment.1) > 0
        });
        let next = MOMENTS.get(number + 1);
        site.disarm();
        next.into_iter().for_each(|next| arm(&site, *next));
        let killed = kill(&site, "tenantry-onboard");
        println!(
            "{:5.1} s: killed {killed} at {}",
            begun.elapsed().as_secs_f32(),
            moment.1
        );
        assert!(killed > 0, "nothing to kill at {}", moment.1);
    }
    let tenant = active(&site);
    println!("{:5.1} s: active", begun.elapsed().as_secs_f32());
    assert_eq!(tenant["id"], asked["tenant"]["id"]);
    site.assert_one_of_each(&tenant).await;
    assert_eq!(
        site.ask(&["tenant", "list"])["items"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    site.ask(&["audit", "acme", "--wait"]);
    assert_eq!(site.ask(&["findings", "acme"])["items"], json!([]));
    Ok(())
}

/// Makes the first such call of the product lose its answer, or take longer than its caller will live.
fn arm(site: &Site, (service, operation, happens): (&str, &str, bool)) {
    let effect = if happens {
        json!({"kind": "drop_answer"})
    } else {
        json!({"kind": "latency", "ms": 3000})
    };
    site.arm(&json!({
        "name": operation, "matching": {"service": service, "operation": operation}, "times": 1, "effect": effect,
    }));
}

/// Kills every process of a function of this machine and says how many there were.
fn kill(site: &Site, function: &str) -> usize {
    let wanted = [
        format!("AWS_LAMBDA_FUNCTION_NAME={function}"),
        format!("AWS_ENDPOINT_URL={}", site.stack.endpoint()),
    ];
    let of_ours = |folder: &fs::DirEntry| {
        let environment = fs::read(folder.path().join("environ")).unwrap_or_default();
        let environment = String::from_utf8_lossy(&environment).into_owned();
        let variables: Vec<&str> = environment.split('\0').collect();
        wanted
            .iter()
            .all(|wanted| variables.contains(&wanted.as_str()))
    };
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let doomed: Vec<String> = processes
        .filter(of_ours)
        .map(|folder| folder.file_name().to_string_lossy().into_owned())
        .collect();
    if !doomed.is_empty() {
        let status = Command::new("kill")
            .arg("-9")
            .args(&doomed)
            .status()
            .unwrap();
        assert!(status.success());
    }
    doomed.len()
}

fn active(site: &Site) -> Value {
    let mut tenant = Value::Null;
    wait_until("the tenant to be active", Duration::from_secs(180), || {
        std::thread::sleep(Duration::from_millis(500));
        tenant = site.ask(&["tenant", "show", "acme"]);
        tenant["phase"] == "active"
    });
    assert!(!text(&tenant, "accountId").is_empty());
    tenant
}
