//! Exit codes: 0 done, 1 done and the answer is no, 2 bad input or usage, 3 an error of Rami's own.

use std::process::ExitCode;

/// How a command that worked ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done.
    Done,
    /// Done, and the answer is no: no safe plan, or the assessment says stop.
    AnswerIsNo,
}

/// How a command that did not work failed. `Input` unless it is Rami's own mistake.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input or its use is wrong: the text says what and what to do.
    Input(anyhow::Error),
    /// Rami's own mistake.
    Internal(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Input(error.into())
    }
}

pub(crate) fn code(outcome: Result<Outcome, Failure>) -> ExitCode {
    match outcome {
        Ok(Outcome::Done) => ExitCode::from(0),
        Ok(Outcome::AnswerIsNo) => ExitCode::from(1),
        // A reader that closed the pipe has what it wanted.
        Err(Failure::Input(error) | Failure::Internal(error)) if is_closed_pipe(&error) => ExitCode::from(0),
        Err(Failure::Input(error)) => {
            eprintln!("error: {}", said(&error));
            ExitCode::from(2)
        }
        Err(Failure::Internal(error)) => {
            eprintln!("internal error: {}", said(&error));
            ExitCode::from(3)
        }
    }
}

/// An error and its causes, each once: many name their cause in their own text already.
fn said(error: &anyhow::Error) -> String {
    error.chain().skip(1).fold(error.to_string(), |text, cause| {
        let cause = cause.to_string();
        if text.contains(&cause) { text } else { format!("{text}: {cause}") }
    })
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn a_cause_is_told_once() {
        let io = || std::io::Error::new(std::io::ErrorKind::NotFound, "no such file");
        let names_its_cause = rami_case::CaseError::Io { path: "scan.nii".into(), source: io() };
        assert_eq!(said(&names_its_cause.into()), "scan.nii: no such file");
        let without = Err::<(), _>(io()).context("cannot read the chart").unwrap_err();
        assert_eq!(said(&without), "cannot read the chart: no such file");
    }
}
