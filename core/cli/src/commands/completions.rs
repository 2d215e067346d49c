//! `completions`: what a shell needs to complete command lines.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use serde::Serialize;

use crate::args::Arguments;
use crate::context::Context;
use crate::errors::CliResult;
use crate::output::Answer;
use crate::page::Page;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  writemagic completions bash > ~/.local/share/bash-completion/completions/writemagic\n  \
    writemagic completions zsh > ~/.zfunc/_writemagic"
)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "writemagic", &mut script);
        let script = String::from_utf8_lossy(&script).into_owned();
        context.output.answer(&Script { shell: self.shell.to_string(), script })
    }
}

#[derive(Serialize)]
struct Script {
    shell: String,
    script: String,
}

impl Answer for Script {
    fn render(&self, page: &mut Page) {
        page.verbatim(&self.script);
    }
}
