//! Source text in the making.

/// The longest line.
pub(crate) const WIDTH: usize = 120;

/// Lines of a source file, indented by four spaces a step.
#[derive(Debug, Default)]
pub(crate) struct Source {
    text: String,
    depth: usize,
}

impl Source {
    /// A line at the present depth. One that ends with an opening bracket begins a deeper part, one that begins with a closing
    /// bracket ends it.
    pub(crate) fn line(&mut self, line: &str) {
        if line.starts_with([')', '}', ']']) {
            self.depth = self.depth.saturating_sub(1);
        }
        if !line.is_empty() {
            self.text.push_str(&"    ".repeat(self.depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
        if line.ends_with(['(', '{', '[']) || line.ends_with("->") {
            self.depth += 1;
        }
    }

    /// Lines that belong to the one before, one step deeper.
    pub(crate) fn indented(&mut self, lines: impl FnOnce(&mut Self)) {
        self.depth += 1;
        lines(self);
        self.depth -= 1;
    }

    /// A doc comment of paragraphs, wrapped.
    pub(crate) fn comment(&mut self, paragraphs: &[String]) {
        let indent = self.depth * 4;
        if let [one] = paragraphs
            && indent + one.chars().count() + "/** */".len() < WIDTH
        {
            self.line(&format!("/** {} */", safe(one)));
            return;
        }
        self.line("/**");
        for (number, paragraph) in paragraphs.iter().enumerate() {
            if number > 0 && !paragraph.starts_with(['-', '|']) {
                self.line(" *");
            }
            let mut line = String::from(" *");
            for word in safe(paragraph).split(' ').filter(|word| !word.is_empty()) {
                if indent + line.chars().count() + 1 + word.chars().count() > WIDTH {
                    self.line(&line);
                    line = String::from(" *");
                }
                line.push(' ');
                line.push_str(word);
            }
            self.line(&line);
        }
        self.line(" */");
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// A text that does not end the comment, and is no tag of one.
fn safe(text: &str) -> String {
    let text = text.replace("*/", "* /").replace("/*", "/ *");
    if text.starts_with('@') { format!("`{text}") } else { text }
}
