//! Scenarios 19 to 21: the ceiling, masks, caps and what is settled.

use std::sync::Arc;

use proptest::prelude::*;
use writemagic_ai::driver::Terms;
use writemagic_ai::ledger::{Cap, Caps, EntryState};
use writemagic_ai::model::{Locality, Microdollars};
use writemagic_ai::privacy::{Ceiling, Mask};
use writemagic_ai::run::{Cause, RunEnd, RunEvent};
use writemagic_shared::error::{Code, Coded as _};

use crate::rig::{Memory, Options, listen, request, runs, terms};
use crate::script::{Scripted, answer, finish, head, refusal, text, usage};

#[tokio::test(start_paused = true)]
async fn a_text_that_stays_near_reaches_no_transport() {
    let memory: Arc<Memory> = Arc::default();
    let transport = Scripted::new([answer(["never"])]);
    let runs = runs(Some(transport.clone()), Options { memory: memory.clone(), ..Options::default() });
    for ceiling in [Locality::Device, Locality::Lan] {
        let mut terms = terms(&["a", "b", "c"]);
        terms.ceiling = Ceiling::nearest([ceiling]);
        let mut handle = runs.start(request("?"), terms).unwrap();
        let heard = listen(&mut handle).await;
        let RunEnd::Failed { cause: cause @ Cause::Ceiling(_), .. } = heard.outcome.end else { panic!() };
        assert_eq!(cause.code(), Code::LocalityCeiling);
        assert_eq!(runs.record(handle.run()).unwrap().head.ceiling, ceiling);
    }
    assert_eq!(transport.calls(), 0);
    assert!(memory.sent().is_empty() && memory.states().is_empty());
}

const LETTER: &str = "Write to Ana Kovač (ana.kovac@example.org) that it rains.";

fn masked() -> Terms {
    let mut terms = terms(&["a"]);
    terms.mask = Some(Mask::new(["Ana Kovač"]).unwrap());
    terms
}

#[tokio::test(start_paused = true)]
async fn masked_values_do_not_leave_and_are_put_back_wherever_the_answer_is_cut() {
    let said = "Dear [NAME1], your address [EMAIL1] works. [NAME7] and [NAME] stay.";
    let shown = "Dear Ana Kovač, your address ana.kovac@example.org works. [NAME7] and [NAME] stay.";
    for cut in 0..said.len() {
        let memory: Arc<Memory> = Arc::default();
        let pieces: Vec<&str> = [&said[..cut], &said[cut..]].into_iter().filter(|p| !p.is_empty()).collect();
        let transport = Scripted::new([answer(pieces)]);
        let runs = runs(Some(transport.clone()), Options { memory: memory.clone(), ..Options::default() });
        let mut letter = request(LETTER);
        letter.system = Some("Ana Kovač is a friend.".into());
        let mut handle = runs.start(letter, masked()).unwrap();
        let heard = listen(&mut handle).await;
        assert_eq!((heard.text().as_str(), heard.outcome.text.as_str()), (shown, shown));
        let body = &transport.bodies()[0];
        assert!(!body.contains("Kova") && !body.contains("example.org"), "{body}");
        let sent = &memory.sent()[0];
        assert_eq!((sent.masked.phrases, sent.masked.emails), (2, 1));
        assert_eq!((sent.bytes, sent.host.as_str()), (body.len() as u64, "a.example"));
        // What is kept is the writer's own.
        assert_eq!(runs.record(handle.run()).unwrap().head.request.messages[0].text, LETTER);
    }
}

#[tokio::test(start_paused = true)]
async fn a_masked_answer_that_broke_off_goes_on_masked() {
    let transport = Scripted::new([
        vec![head(), text("Dear [NAME1], it rai"), text("ns here. [NA")],
        answer(["[NAME1], take an umbrella."]),
    ]);
    let runs = runs(Some(transport.clone()), Options::default());
    let mut first = runs.start(request(LETTER), masked()).unwrap();
    assert_eq!(listen(&mut first).await.outcome.text, "Dear Ana Kovač, it rains here. [NA");
    let unmasked = runs.go_on(first.run(), terms(&["a"])).unwrap_err();
    assert_eq!(unmasked.code(), Code::RunNotResumable);
    let mut second = runs.go_on(first.run(), masked()).unwrap();
    listen(&mut second).await;
    assert!(!transport.bodies()[1].contains("Kova"));
    let whole = runs.record(second.run()).unwrap().whole_text();
    assert!(whole.ends_with("Ana Kovač, take an umbrella."), "{whole}");
}

fn capped(dollars: f64) -> Caps {
    let money = Some(Microdollars((dollars * 1e6) as u64));
    Caps { day: Cap { money, tokens: None }, ..Caps::default() }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_could_pass_the_cap_of_the_day_is_refused_before_the_network() {
    let memory: Arc<Memory> = Arc::default();
    let mut script = vec![head(), text("Yes.")];
    script.extend([usage(40_000, 30_000), finish()]);
    let transport = Scripted::new([script]);
    let options = Options { memory: memory.clone(), caps: capped(0.5), ..Options::default() };
    let runs = runs(Some(transport.clone()), options);
    let mut large = request("?");
    large.max_output_tokens = 49_000;
    let heard = listen(&mut runs.start(large.clone(), terms(&["a"])).unwrap()).await;
    // 40,000 tokens at one dollar a million, 30,000 at ten.
    assert_eq!(heard.outcome.cost, Some(Microdollars(340_000)));
    assert_eq!(runs.ledger().spent().unwrap().today.money, Microdollars(340_000));
    let again = listen(&mut runs.start(large, terms(&["a"])).unwrap()).await;
    let RunEnd::Failed { cause: cause @ Cause::Exceeded(_), .. } = again.outcome.end else { panic!() };
    assert_eq!((cause.code(), transport.calls()), (Code::BudgetExceeded, 1));
    let entries = memory.entries.lock().unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].usage.input_tokens, entries[0].usage.output_tokens), (40_000, 30_000));
    assert_eq!((entries[0].state, entries[0].usage.estimated), (EntryState::Settled, false));
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_by_the_provider_costs_nothing() {
    let memory: Arc<Memory> = Arc::default();
    let transport = Scripted::new([refusal(400, &[])]);
    let runs = runs(Some(transport), Options { memory: memory.clone(), ..Options::default() });
    let heard = listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await;
    assert_eq!((heard.outcome.usage, heard.outcome.cost), (None, None));
    assert_eq!(memory.states(), [EntryState::Released]);
}

#[tokio::test(start_paused = true)]
async fn what_a_provider_reports_corrects_the_next_estimate() {
    let mut script = vec![head(), text("Yes.")];
    script.extend([usage(30_000, 10), finish()]);
    let runs = runs(Some(Scripted::new([script])), Options::default());
    let long = "word ".repeat(8_000);
    assert_eq!(runs.token_ratios().per_mille("model-1"), 1_000);
    let heard = listen(&mut runs.start(request(&long), terms(&["a"])).unwrap()).await;
    assert_eq!(heard.count(|event| matches!(event, RunEvent::Usage(_))), 1);
    assert!(runs.token_ratios().per_mille("model-1") > 1_500);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn whatever_a_server_does_each_run_ends_once_and_leaves_nothing_open(
        steps in prop::collection::vec(0_u8..7, 0..12),
        starts_well in any::<bool>(),
        listens_for in 0_usize..6,
    ) {
        use crate::script::{Step, wait};
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut script = if starts_well { vec![head()] } else { refusal(503, &[]) };
            script.extend(steps.iter().map(|step| match step {
                0 | 1 => text("A sentence of some length. "),
                2 => wait(400),
                3 => Step::Bytes(b": ping\n\n".to_vec()),
                4 => Step::Fail(writemagic_ai::stream::FailureClass::Connection),
                5 => finish(),
                _ => usage(7, 3),
            }));
            let memory: Arc<Memory> = Arc::default();
            let transport = Scripted::new([script]);
            let runs = runs(Some(transport.clone()), Options { memory: memory.clone(), ..Options::default() });
            let mut handle = runs.start(request("?"), terms(&["a", "b"])).unwrap();
            for _ in 0..listens_for {
                if let Some(writemagic_ai::driver::Told::End(_)) = handle.next().await {
                    break;
                }
            }
            if !handle.is_ended() {
                if listens_for % 2 == 0 {
                    handle.cancel();
                }
                let heard = listen(&mut handle).await;
                let record = runs.record(handle.run()).unwrap();
                assert_eq!(record.text, heard.outcome.text);
                assert_eq!(record.tail.unwrap().usage, heard.outcome.usage);
            }
            assert!(runs.open().is_empty());
            // What follows a proven end is waited for, but not for long.
            tokio::time::advance(std::time::Duration::from_secs(2)).await;
            tokio::task::yield_now().await;
            assert!(!transport.is_open());
            assert!(!memory.states().contains(&EntryState::Reserved));
            assert_eq!(memory.sent().len(), transport.calls());
        });
    }
}
