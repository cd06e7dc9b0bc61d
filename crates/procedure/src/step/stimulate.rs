//! A current at the tip: an adjunct, and no guidance by itself.

use super::Turn;
use crate::action::Stimulus;
use crate::event::Event;
use crate::refusal::{Refusal, RefusalCode, within};
use crate::world::Current;

use rami_needle::catalogue::{Tip, find};

impl Turn<'_, '_> {
    pub(super) fn stimulate(&mut self, mode: Stimulus, milliamp: f64) -> Result<(), Refusal> {
        within("current in mA", milliamp, 0.0, 20.0)?;
        let (tip_mm, direction, _) = self.opening()?;
        let held = self.held()?;
        let cannot = |why: String| {
            Refusal::new(
                RefusalCode::OutOfRange,
                why,
                "move the tip, or do without a current: it is no guidance",
            )
        };
        let needle = find(&held.needle).map_err(|error| cannot(error.to_string()))?;
        let diameter_mm = needle.gauge.outer_mm();
        let (bare_mm, insulated) = match needle.tip {
            Tip::Radiofrequency { active_mm } => (active_mm, true),
            Tip::Chiba | Tip::Quincke | Tip::Curved => (held.depth_mm, false),
        };
        // A tip that is barely in the person is bare over what a rod needs to be one.
        let bare_mm = bare_mm.max(3.0 * diameter_mm);
        let current = Current { mode, milliamp, tip_mm, direction, bare_mm, diameter_mm };
        let felt = self.theatre.world.stimulate(&current).map_err(cannot)?;
        self.state.stimulations += 1;
        let mut answer = match (felt.is_empty(), mode) {
            (false, _) => felt.join("; "),
            (true, Stimulus::Sensory) => {
                "nothing is felt: this current excites no somatic nerve; it says nothing of the chain"
                    .to_owned()
            }
            (true, Stimulus::Motor) => {
                "nothing twitches: this current excites no motor nerve; it says nothing of the chain"
                    .to_owned()
            }
        };
        if !insulated {
            answer += &format!(
                " (this needle has no insulation: the current leaves it over all of the {bare_mm:.0} mm in the person)"
            );
        }
        self.events.push(Event::Stimulated { mode, milliamp, answer });
        Ok(())
    }
}
