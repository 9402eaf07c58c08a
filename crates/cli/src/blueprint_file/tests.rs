//! Files as people write them. Every one of these is refused at the position that is named.

use tenancy::blueprint::{Blueprint, Catalog};

use super::*;

fn standard() -> Blueprint {
    let catalog = Catalog::built_in().unwrap();
    catalog
        .find(&"standard@1.0.0".parse().unwrap())
        .unwrap()
        .clone()
}

/// Every fault of a file, as `line:column field`.
fn faults(name: &str, bytes: &[u8]) -> Vec<String> {
    let standard = standard();
    let found = match BlueprintFile::parse(name, bytes) {
        Err(faults) => faults,
        Ok(file) => {
            let base = author::extends(&file.value).filter(|it| *it == standard.reference());
            match file.check(base.map(|_| (&standard).into())) {
                Err(CliError::BlueprintFile { faults, .. }) => faults,
                Err(other) => panic!("{other}"),
                Ok(_) => Vec::new(),
            }
        }
    };
    let line = |fault: &Fault| {
        assert!(
            !fault.error.detail.is_empty() && !fault.error.allowed.is_empty(),
            "{fault}"
        );
        format!("{} {}", fault.position, fault.error.field)
    };
    found.iter().map(line).collect()
}

#[test]
fn the_documented_blueprints_are_valid_and_each_says_something_of_its_own() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/blueprints");
    let catalog = Catalog::built_in().unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = BlueprintFile::parse(path.to_str().unwrap(), &std::fs::read(&path).unwrap());
        let file = file.unwrap();
        let base = catalog
            .find(&author::extends(&file.value).unwrap())
            .unwrap();
        let authored = file.check(Some(base.into())).map_err(|e| e.details());
        let authored = authored.unwrap();
        assert!(
            authored.blueprint.settings != base.settings || authored.blueprint.open != base.open
        );
        assert_eq!(
            path.file_stem().unwrap().to_str(),
            Some(authored.blueprint.name.as_str())
        );
        names.push(authored.blueprint.name);
    }
    assert_eq!(names.len(), 5, "{names:?}");
}

const HEAD: &str = "name: acme\nversion: 1.0.0\ndescription: For Acme.\nextends: standard@1.0.0\n";

#[test]
fn a_bad_blueprint_in_yaml_is_refused_with_line_column_and_field() {
    // Behind the four lines of a good head.
    let table = [
        ("settings:\n  egress: nat\n", "6:3 settings.egress"),
        ("settings:\n  network: no\n", "6:3 settings.network"),
        (
            "settings:\n  availabilityZones: 4\n",
            "6:3 settings.availabilityZones",
        ),
        (
            "settings:\n  availabilityZones: '2'\n",
            "6:3 settings.availabilityZones",
        ),
        (
            "settings:\n  availabilityZones: 02\n",
            "6:3 settings.availabilityZones",
        ),
        (
            "settings:\n  availabilityZones: 2.5\n",
            "6:3 settings.availabilityZones",
        ),
        ("settings:\n  cidrPrefix: 0x10\n", "6:3 settings.cidrPrefix"),
        ("settings:\n  cidrPrefix: 28\n", "6:3 settings.cidrPrefix"),
        (
            "settings:\n  cidrPrefix: 99999999999999999999\n",
            "6:3 settings.cidrPrefix",
        ),
        (
            "settings:\n  # a comment\n  flowLogRetentionDays: 100\n",
            "7:3 settings.flowLogRetentionDays",
        ),
        (
            "settings:\n  trailRetentionDays: .nan\n",
            "6:23 settings.trailRetentionDays",
        ),
        (
            "settings:\n  trailRetentionDays: -.INF\n",
            "6:23 settings.trailRetentionDays",
        ),
        (
            "settings:\n  trailRetentionDays:\n",
            "6:3 settings.trailRetentionDays",
        ),
        (
            "settings:\n  passwordPolicy:\n    minimumLength: 5\n",
            "7:5 settings.passwordPolicy.minimumLength",
        ),
        (
            "settings:\n  passwordPolicy: [14, 24]\n",
            "6:3 settings.passwordPolicy",
        ),
        ("settings:\n  Keys: true\n", "6:3 settings.Keys"),
        (
            "settings:\n  egress: none\n  egress: none\n",
            "7:3 settings.egress",
        ),
        (
            "settings: {egress: none, egress: none}\n",
            "5:26 settings.egress",
        ),
        ("settings: none\n", "5:1 settings"),
        ("setings:\n  egress: none\n", "5:1 setings"),
        ("open:\n  maxRegions: 40\n", "6:3 open.maxRegions"),
        (
            "open:\n  availabilityZones: [3, 1]\n",
            "6:3 open.availabilityZones",
        ),
        (
            "open:\n  availabilityZones:\n    - 1\n    - 9\n",
            "8:7 open.availabilityZones[1]",
        ),
        ("open:\n  cidrPrefix: [21, 24]\n", "6:3 open.cidrPrefix"),
        ("open:\n  egress: [single-nat]\n", "6:3 open.egress"),
        (
            "open:\n  egress:\n    - none\n    - vpn\n",
            "8:7 open.egress[1]",
        ),
        ("open:\n  network: [true, false]\n", "6:3 open.network"),
        (
            "settings:\n  network: false\n  egress: single-nat\n",
            "7:3 settings.egress",
        ),
        ("name: acme\n", "5:1 name"),
        ("open: &ways\n  maxRegions: 1\n", "5:7 open"),
        ("settings: *ways\n", "5:11 (file)"),
        ("settings: !!map {}\n", "5:11 settings"),
        ("<<: {open: {}}\n", "5:1 [\"<<\"]"),
        ("? [a, b]\n: 1\n", "5:3 (file)"),
        ("---\nname: other\n", "5:1 (file)"),
        ("settings:\n\tegress: none\n", "6:2 (file)"),
        ("settings: {egress: none\n", "6:1 (file)"),
        ("settings: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]\n", ""),
        ("description: again\n", "5:1 description"),
    ];
    assert_eq!(faults("a.yaml", HEAD.as_bytes()), [""; 0]);
    let mut wrong = Vec::new();
    for (rest, wanted) in table {
        let found = faults("a.yaml", format!("{HEAD}{rest}").as_bytes());
        if !found.iter().any(|fault| fault.starts_with(wanted)) {
            wrong.push((rest, wanted, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_bad_head_of_a_blueprint_is_refused_with_line_column_and_field() {
    let table = [
        ("name: acme", "name: standard", "1:1 name"),
        ("name: acme", "name: Acme", "1:1 name"),
        ("name: acme", "name: 7", "1:1 name"),
        ("name: acme", "# no name", "2:1 name"),
        ("version: 1.0.0", "version: 1.0", "2:1 version"),
        ("version: 1.0.0", "version: 1.0.0-beta", "2:1 version"),
        ("version: 1.0.0", "version: 1.0.70000", "2:1 version"),
        ("For Acme.", "\"\"", "3:1 description"),
        ("For Acme.", "\"a\\u202eb\"", "3:1 description"),
        ("For Acme.", "|\n  two\n  lines", "3:1 description"),
        ("standard@1.0.0", "standard", "4:1 extends"),
        ("standard@1.0.0", "standard@9.9.9", "4:1 extends"),
        ("standard@1.0.0", "[standard@1.0.0]", "4:1 extends"),
        ("extends: standard@1.0.0", "", "1:1 settings"),
    ];
    for (good, bad, wanted) in table {
        let text = HEAD.replace(good, bad);
        assert_eq!(faults("a.yaml", text.as_bytes()), [wanted], "{bad}");
    }
}

#[test]
fn a_bad_blueprint_in_json_is_refused_with_line_column_and_field() {
    let head = "{\n \"name\": \"acme\", \"version\": \"1.0.0\",\n \"description\": \"d\", \"extends\": \"standard@1.0.0\"";
    let table = [
        ("", "4:1 (file)"),
        (",}", "4:2 (file)"),
        ("}}", "4:2 (file)"),
        (", \"version\": \"1.0.1\"}", "4:3 version"),
        (
            ", \"settings\": {\"egress\": 1, \"egress\": 2}}",
            "4:29 settings.egress",
        ),
        (
            ", \"settings\": {\n\"egress\": \"v\\\"pn\"}}",
            "5:1 settings.egress",
        ),
        (
            ", \"open\": {\"egress\": [\"none\",\n  \"vpn\"]}}",
            "5:3 open.egress[1]",
        ),
        (", \"open\": {\"maxRegions\": NaN}}", "4:26 (file)"),
        (", \"open\": {\"maxRegions\": 1e999}}", "(file)"),
        (", \"a b\": 1}", "4:3 [\"a b\"]"),
        (", \"\\u0061\\u0062\": 1}", "4:3 ab"),
    ];
    assert_eq!(faults("a.json", format!("{head}\n}}").as_bytes()), [""; 0]);
    let mut wrong = Vec::new();
    for (rest, wanted) in table {
        let found = faults("a.json", format!("{head}\n{rest}").as_bytes());
        if !found.iter().any(|fault| fault.ends_with(wanted)) {
            wrong.push((rest, wanted, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn bytes_that_are_no_text_of_a_blueprint_are_refused() {
    let table: [(&[u8], &str); 7] = [
        (b"\xff\xfen\0a\0", "1:1 (file)"),
        (b"name: acme\nversion: \xff", "2:10 (file)"),
        (&vec![b'#'; LARGEST + 1], "1:1 (file)"),
        (b"", "1:1 (body)"),
        (b"# nothing\n", "1:1 (body)"),
        (b"[]", "1:1 (body)"),
        (b"acme", "1:1 (body)"),
    ];
    for (bytes, wanted) in table {
        assert_eq!(faults("a.yaml", bytes), [wanted]);
    }
    let marked = format!("\u{feff}{HEAD}");
    assert_eq!(faults("a.yaml", marked.as_bytes()), [""; 0]);
    assert_eq!(faults("-", b"{\"name\": 1}").len(), 4);
}

#[test]
fn a_few_lines_that_mean_gigabytes_are_refused_at_the_first() {
    let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n";
    assert_eq!(faults("a.yaml", bomb.as_bytes()).len(), 1);
    let deep = "[".repeat(60_000);
    assert_eq!(faults("a.yaml", deep.as_bytes()).len(), 1);
    let deep = format!("{{\"open\": {}", "[".repeat(60_000));
    assert_eq!(faults("a.json", deep.as_bytes()).len(), 1);
    let blocks = "- ".repeat(30_000);
    assert_eq!(faults("a.yaml", blocks.as_bytes()).len(), 1);
}
