//! How long things take. Each action's time is a figure of the evidence (`procedure.time.…`), cited where it is known and
//! marked as assumed where it is not: the length of a block is an input of a rehearsal, never a finding of it.

use crate::action::Action;
use rami_evidence::value;

/// Seconds that an action takes.
#[must_use]
pub fn seconds(action: &Action) -> f64 {
    match action {
        Action::Acclimatise { minutes } | Action::Observe { minutes } => minutes * 60.0,
        Action::Wait { seconds } => *seconds,
        Action::Live { seconds, .. } => *seconds,
        Action::Advance { mm } | Action::Withdraw { mm } => mm.abs() / value("procedure.time.needle_speed"),
        Action::Inject { volume_ml, rate_ml_s, .. } => {
            volume_ml / rate_ml_s.max(1e-3) + value("procedure.time.syringe")
        }
        Action::NumbSkin { volume_ml, .. } => volume_ml / 0.1 + value("procedure.time.syringe"),
        Action::Note { .. }
        | Action::Recognise { .. }
        | Action::CallPattern { .. }
        | Action::JudgeBlock { .. }
        // A telephone call weeks later is not part of the block.
        | Action::FollowUp { .. } => 0.0,
        Action::Check { .. } | Action::RecordSedation { .. } => value("procedure.time.check"),
        Action::Consent { .. } => value("procedure.time.consent"),
        Action::PositionProne => value("procedure.time.position"),
        Action::AttachMonitoring => value("procedure.time.monitoring"),
        Action::ReadTemperatures | Action::CheckVitals => value("procedure.time.reading"),
        Action::PrepareSkin => value("procedure.time.skin"),
        Action::Drape => value("procedure.time.drape"),
        Action::TimeOut { .. } | Action::CorrectSide { .. } => value("procedure.time.time_out"),
        Action::DrawUp { .. } => value("procedure.time.draw_up"),
        Action::MoveCArm { .. } | Action::Centre { .. } => value("procedure.time.c_arm"),
        Action::Collimate { .. } | Action::Magnify { .. } => value("procedure.time.collimate"),
        Action::Shot => value("procedure.time.shot"),
        Action::Stimulate { .. } => value("procedure.time.stimulate"),
        Action::InsertNeedle { .. } => value("procedure.time.insert"),
        Action::Rotate { .. } | Action::Redirect { .. } => value("procedure.time.turn"),
        Action::RemoveNeedle => value("procedure.time.remove"),
        Action::Aspirate => value("procedure.time.aspirate"),
        Action::Ask => value("procedure.time.ask"),
        Action::ExamineSomatic => value("procedure.time.somatic"),
        Action::Treat { .. } => value("procedure.time.treat"),
        Action::Discharge => value("procedure.time.discharge"),
    }
}
