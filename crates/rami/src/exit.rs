//! Exit codes: 0 done, 1 done and the answer is no, 2 bad input or usage, 3 an error of Rami's own.

use std::process::ExitCode;

/// How a command that worked ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done.
    Done,
    /// Done, and the answer is no: no safe plan, or the assessment says stop.
    #[allow(dead_code)] // until the first command that can answer no
    AnswerIsNo,
}

/// How a command that did not work failed. `Input` unless it is Rami's own mistake.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input or its use is wrong: the text says what and what to do.
    Input(anyhow::Error),
    /// Rami's own mistake.
    #[allow(dead_code)] // until the first command that can fail by itself
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
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
        Err(Failure::Internal(error)) => {
            eprintln!("internal error: {error:#}");
            ExitCode::from(3)
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}
