//! Source text in the making.

/// The longest line.
pub(crate) const WIDTH: usize = 120;

/// Lines of a source file, indented by four spaces a step.
#[derive(Debug, Default)]
pub(crate) struct Source {
    text: String,
    depth: usize,
    comments: Comments,
}

/// How a language writes its doc comments.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Comments {
    /// Between `/**` and `*/`.
    #[default]
    Block,
    /// Each line behind `///`.
    Lines,
}

impl Source {
    pub(crate) fn new(comments: Comments) -> Self {
        Self { comments, ..Self::default() }
    }

    /// A line at the present depth. One that ends with an opening bracket begins a deeper part, one that begins with a closing
    /// bracket ends it.
    pub(crate) fn line(&mut self, line: &str) {
        if line.starts_with([')', '}', ']']) {
            self.depth = self.depth.saturating_sub(1);
        }
        self.plain(line);
        if line.ends_with(['(', '{', '[']) || line.ends_with("->") || line.ends_with(" in") {
            self.depth += 1;
        }
    }

    /// A line that neither begins nor ends a part.
    fn plain(&mut self, line: &str) {
        if !line.is_empty() {
            self.text.push_str(&"    ".repeat(self.depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    /// Lines that belong to the one before, one step deeper.
    pub(crate) fn indented(&mut self, lines: impl FnOnce(&mut Self)) {
        self.depth += 1;
        lines(self);
        self.depth -= 1;
    }

    /// A line one step less deep, such as a case.
    pub(crate) fn outdented(&mut self, line: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.line(line);
        self.depth += 1;
    }

    /// A doc comment of paragraphs, wrapped.
    pub(crate) fn comment(&mut self, paragraphs: &[String]) {
        if self.comments == Comments::Lines {
            return self.paragraphs("///", paragraphs);
        }
        let indent = self.depth * 4;
        if let [one] = paragraphs
            && indent + one.chars().count() + "/** */".len() < WIDTH
        {
            self.plain(&format!("/** {} */", safe(one)));
            return;
        }
        self.plain("/**");
        self.paragraphs(" *", &paragraphs.iter().map(|paragraph| safe(paragraph)).collect::<Vec<_>>());
        self.plain(" */");
    }

    /// Paragraphs behind a mark, with an empty line between two that are no items of a list.
    fn paragraphs(&mut self, mark: &str, paragraphs: &[String]) {
        let indent = self.depth * 4;
        let is_item = |paragraph: &String| paragraph.starts_with(['-', '|']);
        let mut before: Option<&String> = None;
        for paragraph in paragraphs {
            if before.is_some_and(|before| !is_item(paragraph) || self.is_apart(before)) {
                self.plain(mark);
            }
            let mut line = mark.to_owned();
            for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
                if indent + line.chars().count() + 1 + word.chars().count() > WIDTH {
                    self.plain(&line);
                    line = mark.to_owned();
                }
                line.push(' ');
                line.push_str(word);
            }
            self.plain(&line);
            before = Some(paragraph);
        }
    }

    /// Whether an item of a list stands apart from this paragraph.
    fn is_apart(&self, before: &str) -> bool {
        self.comments == Comments::Lines && !before.starts_with(['-', '|'])
    }

    /// A call or a declaration: on one line where it fits, else with a line for each argument. It may begin a deeper part.
    pub(crate) fn call(&mut self, before: &str, arguments: Vec<String>, after: &str) {
        let line = format!("{before}({}){after}", arguments.join(", "));
        if self.depth * 4 + line.chars().count() <= WIDTH || arguments.is_empty() {
            return self.line(&line);
        }
        self.line(&format!("{before}("));
        let last = arguments.len() - 1;
        for (n, argument) in arguments.iter().enumerate() {
            self.line(&format!("{argument}{}", if n < last { "," } else { "" }));
        }
        self.line(&format!("){after}"));
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
