//! A progress bar on a terminal; nothing where standard error goes into a file or a pipe.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that long steps move.
pub(crate) struct Bar(ProgressBar);

/// A bar that counts these things.
pub(crate) fn bar(what: &str) -> Bar {
    // Hidden by itself when standard error is no terminal.
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    Bar(bar)
}

impl Bar {
    /// So many are done of so many.
    pub(crate) fn at(&self, done: usize, total: usize) {
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
