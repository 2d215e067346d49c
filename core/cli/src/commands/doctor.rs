//! `doctor`: is everything well, and what is this engine working with.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};
use writemagic::text::UNICODE_VERSION;
use writemagic::{Library, LibraryId, LibraryStatistics, PipelineStatistics, Problem, limits};

use crate::context::Context;
use crate::errors::CliResult;
use crate::output::Answer;
use crate::page::{Page, escaped, grouped, size};
use crate::progress::{self, Unit};

#[derive(Debug, Args)]
#[command(after_help = "Exits with 1 when a problem is left.\n\n\
    Examples:\n  writemagic doctor\n  writemagic doctor --repair")]
pub(crate) struct Doctor {
    /// Rebuild what can be derived from sound history
    #[arg(long)]
    repair: bool,
}

impl Doctor {
    pub(crate) fn run(self, context: &Context) -> CliResult<ExitCode> {
        let library = if self.repair { context.write()? } else { context.read()? };
        let checked = progress::wait(library.check(self.repair), "checking", Unit::Documents)?;
        let report = Report {
            ok: checked.is_ok(),
            problems: &checked.problems,
            library: About {
                id: library.id(),
                path: library.path().to_string_lossy().into_owned(),
                format: library.format_version(),
                statistics: library.statistics()?,
            },
            pipeline: library.pipeline(),
            limits: limits::ALL.iter().map(|limit| (limit.name.to_owned(), limit.value.into())).collect(),
            versions: Versions {
                writemagic: env!("CARGO_PKG_VERSION"),
                format: library.format_version(),
                sqlite: Library::sqlite_version(),
                unicode: UNICODE_VERSION,
            },
            cpu: cpu_features(),
        };
        context.output.answer(&report)?;
        Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

#[derive(Serialize)]
struct Report<'a> {
    ok: bool,
    problems: &'a [Problem],
    library: About,
    pipeline: PipelineStatistics,
    limits: Map<String, Value>,
    versions: Versions,
    cpu: Vec<&'static str>,
}

#[derive(Serialize)]
struct About {
    id: LibraryId,
    path: String,
    format: u32,
    #[serde(flatten)]
    statistics: LibraryStatistics,
}

#[derive(Serialize)]
struct Versions {
    writemagic: &'static str,
    format: u32,
    sqlite: &'static str,
    unicode: &'static str,
}

impl Answer for Report<'_> {
    fn render(&self, page: &mut Page) {
        let About { id, path, format, statistics } = &self.library;
        page.line(match self.ok {
            true => page.verdict(true, "Everything is well."),
            false => page.verdict(false, "Something is wrong."),
        });
        for problem in self.problems {
            let state = if problem.repaired { "repaired" } else { "not repaired" };
            let state = page.verdict(problem.repaired, state);
            let place = problem.document.map(|document| format!(" ({document})")).unwrap_or_default();
            page.line(format!("  {state}  {}: {}{place}", problem.kind, problem.message));
        }
        page.line(format!("library    {} ({id})", escaped(path)));
        page.line(format!(
            "holds      {} documents, {} in the trash, {} folders, {} events of history",
            grouped(statistics.documents),
            grouped(statistics.trashed),
            grouped(statistics.folders),
            grouped(statistics.events),
        ));
        page.line(format!(
            "size       {} of text, {} on disk",
            size(statistics.text_bytes),
            size(statistics.disk_bytes)
        ));
        page.line(format!(
            "pipeline   {} commits, {} failed; {} of {} unsaved; buffers {} held, {} in use",
            grouped(self.pipeline.commits),
            grouped(self.pipeline.commits_failed),
            size(self.pipeline.backlog_bytes),
            size(self.pipeline.backlog_limit_bytes),
            size(self.pipeline.pool.held_bytes),
            size(self.pipeline.pool.out_bytes),
        ));
        page.line(format!(
            "versions   writemagic {}, library format {format}, SQLite {}, Unicode {}",
            self.versions.writemagic, self.versions.sqlite, self.versions.unicode
        ));
        page.hanging("processor  ", "           ", &self.cpu.join(" "));
    }
}

/// The features of this processor that text and checksum kernels choose between.
fn cpu_features() -> Vec<&'static str> {
    macro_rules! detected {
        ($detect:ident: $($feature:tt)*) => {
            [$(($feature, std::arch::$detect!($feature))),*]
        };
    }
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let features = detected!(is_x86_feature_detected:
        "sse2" "ssse3" "sse4.1" "sse4.2" "popcnt" "pclmulqdq" "avx" "avx2" "bmi1" "bmi2"
        "avx512f" "avx512bw" "avx512vl" "avx512vbmi" "avx512vbmi2");
    #[cfg(target_arch = "aarch64")]
    let features = detected!(is_aarch64_feature_detected: "neon" "crc" "pmull" "dotprod" "sve" "sve2");
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
    let features: [(&str, bool); 0] = [];
    features.into_iter().filter_map(|(name, here)| here.then_some(name)).collect()
}
