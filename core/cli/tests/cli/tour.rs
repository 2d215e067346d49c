//! `tour`: all of it, for real.

use crate::common::{assert_keys, bare_command, one_line};

#[test]
fn the_tour_succeeds_and_reports_figures_of_every_step() {
    let output = bare_command().args(["tour", "--json"]).output().unwrap();
    let report = one_line(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{report}");
    assert_keys(&report, &["steps"]);
    let steps = report["steps"].as_array().unwrap();
    let names: Vec<&str> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "import", "count", "type", "kill", "history", "exchange", "search", "question", "bible",
            "export", "backup"
        ]
    );
    for step in steps {
        assert_keys(step, &["name", "ok", "figures"]);
        assert_eq!(step["ok"], true, "{step}");
        assert!(!step["figures"].as_object().unwrap().is_empty());
    }
    let kill = &steps[3]["figures"];
    assert_eq!(kill["kills"], 5);
    assert!(kill["edits_found"].as_u64() >= kill["edits_acknowledged"].as_u64());
}

#[test]
fn for_people_the_tour_explains_itself() {
    let output = bare_command().arg("tour").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains("killed with") && text.contains("明月") && text.contains("Everything is well"),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "no colours where no terminal is");
}
