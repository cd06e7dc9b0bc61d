//! The C-arm.

use super::Turn;
use crate::event::Event;
use crate::refusal::{Refusal, RefusalCode, within};
use crate::theatre::Pulse;
use rami_volume::Point;
use rami_xray::CArmPose;
use rami_xray::dose::PulseRate;

impl Turn<'_, '_> {
    pub(super) fn move_c_arm(&mut self, primary_deg: f64, secondary_deg: f64) -> Result<(), Refusal> {
        within("primary angle", primary_deg, -180.0, 180.0)?;
        within("secondary angle", secondary_deg, -60.0, 60.0)?;
        self.state.c_arm.primary_deg = primary_deg;
        self.state.c_arm.secondary_deg = secondary_deg;
        self.moved();
        Ok(())
    }

    pub(super) fn centre(&mut self, at_mm: [f64; 3]) -> Result<(), Refusal> {
        at_mm.iter().try_for_each(|v| within("a coordinate", *v, -3000.0, 3000.0).map(|_| ()))?;
        self.state.c_arm.isocentre_mm = at_mm;
        self.moved();
        Ok(())
    }

    fn moved(&mut self) {
        let c_arm = &self.state.c_arm;
        let [x, y, z] = c_arm.isocentre_mm;
        let pose = CArmPose::new(c_arm.primary_deg, c_arm.secondary_deg, Point::new(x, y, z));
        self.events.push(Event::CArmMoved {
            primary_deg: c_arm.primary_deg,
            secondary_deg: c_arm.secondary_deg,
            isocentre_mm: c_arm.isocentre_mm,
            in_words: pose.in_words(),
        });
    }

    pub(super) fn collimate(&mut self, opening_mm: Option<[f64; 2]>) -> Result<(), Refusal> {
        if let Some(opening) = opening_mm {
            opening.iter().try_for_each(|v| within("the opening in mm", *v, 20.0, 600.0).map(|_| ()))?;
        }
        self.state.c_arm.opening_mm = opening_mm;
        Ok(())
    }

    pub(super) fn magnify(&mut self, field_mm: Option<f64>) -> Result<(), Refusal> {
        if let Some(field) = field_mm {
            within("the field in mm", field, 80.0, self.theatre.setup.pictures.detector_mm)?;
        }
        self.state.c_arm.field_mm = field_mm;
        Ok(())
    }

    fn on_the_table(&self) -> Result<(), Refusal> {
        if self.state.prone {
            Ok(())
        } else {
            Err(Refusal::new(
                RefusalCode::NotProne,
                "the person does not lie on the front",
                "turn them first",
            ))
        }
    }

    pub(super) fn shot(&mut self) -> Result<(), Refusal> {
        self.on_the_table()?;
        let pulse = Pulse { kind: "shot", frames: 1, rate: None, flowing: None, subtract: false };
        self.theatre.expose(&mut self.state, &mut self.events, pulse);
        Ok(())
    }

    pub(super) fn live(&mut self, seconds: f64, pulses_per_s: f64) -> Result<(), Refusal> {
        self.on_the_table()?;
        within("seconds on the pedal", seconds, 0.05, 60.0)?;
        let rate = PulseRate::new(pulses_per_s).map_err(|_| {
            Refusal::range("pulses a second", pulses_per_s, PulseRate::LEAST, PulseRate::MOST)
        })?;
        let frames = (seconds * pulses_per_s).ceil() as u64;
        let pulse = Pulse { kind: "live", frames, rate: Some(rate), flowing: None, subtract: false };
        self.theatre.expose(&mut self.state, &mut self.events, pulse);
        Ok(())
    }
}
