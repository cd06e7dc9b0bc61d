//! The x-ray machine in front of a CT: what of a picture stays the same while only needle and contrast move.
//!
//! Line integrals and what exposure and scatter make of them depend on pose, detector and settings alone, so they are
//! kept for the last views. Several blocks on one CT share a machine ([`Imaging::shared`]) and with it the packed CT,
//! which is most of its memory; nothing of a block is kept here, so that what one does cannot be seen in another.

use rami_random::Stream;
use rami_volume::Ct;
use rami_xray::chain::{Anatomy, Fluoroscope, Settings};
use rami_xray::{FastProjector, Paths, Projector, View};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Views that are kept. One of 512 pixels takes about 7 MB.
const KEPT: usize = 24;

/// The x-ray machine in front of a CT.
pub struct Imaging<'a> {
    projector: FastProjector<'a>,
    paths: Kept<Paths>,
    still: Kept<Anatomy>,
}

impl<'a> Imaging<'a> {
    /// A machine in front of this CT.
    #[must_use]
    pub fn new(ct: &'a Ct) -> Self {
        Self { projector: FastProjector::new(ct), paths: Kept::default(), still: Kept::default() }
    }

    /// Packs the CT now, so that the first picture comes as fast as the others.
    pub fn prepare(&self) {
        self.projector.prepare();
    }

    fn paths(&self, view: &View) -> Option<Arc<Paths>> {
        self.paths.get_or(&place(view), || self.projector.project(view).ok())
    }

    /// What an exposure from here with these settings has in it besides needle and contrast.
    pub(crate) fn still(&self, view: &View, settings: Settings) -> Option<Arc<Anatomy>> {
        let key = format!("{} {settings:?}", place(view));
        self.still.get_or(&key, || {
            let paths = self.paths(view)?;
            // Noise is drawn when a frame is exposed; nothing is drawn here.
            Some(Fluoroscope::new(settings, Stream::new(0)).position_shared(*view, paths))
        })
    }
}

impl Imaging<'static> {
    /// A machine that several blocks have together.
    #[must_use]
    pub fn shared(ct: Arc<Ct>) -> Self {
        Self { projector: FastProjector::shared(ct), paths: Kept::default(), still: Kept::default() }
    }
}

/// Where a view is from, as a key.
fn place(view: &View) -> String {
    let pose = view.pose();
    let detector = view.detector();
    let at = pose.isocentre;
    format!(
        "{:?} {} {} {}",
        [pose.primary_angle, pose.secondary_angle, at.x, at.y, at.z, pose.sid, pose.sod],
        detector.rows,
        detector.columns,
        detector.pixel_mm
    )
}

/// The last few results by name, the one asked for longest ago goes first.
struct Kept<T>(Mutex<VecDeque<(String, Arc<T>)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Kept<T> {
    /// What is kept under a name, or is made now. Two who make the same at a time both get the first one kept.
    fn get_or(&self, key: &str, make: impl FnOnce() -> Option<T>) -> Option<Arc<T>> {
        if let Some(found) = self.find(key) {
            return Some(found);
        }
        let made = Arc::new(make()?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, first)) = kept.iter().find(|(own, _)| own == key) {
            return Some(Arc::clone(first));
        }
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back((key.to_owned(), Arc::clone(&made)));
        Some(made)
    }

    fn find(&self, key: &str) -> Option<Arc<T>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(own, _)| own == key)?;
        let entry = kept.remove(at)?;
        let found = Arc::clone(&entry.1);
        kept.push_back(entry);
        Some(found)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_last_is_kept_and_the_oldest_goes() {
        let kept = Kept::<usize>::default();
        for i in 0..KEPT {
            kept.get_or(&i.to_string(), || Some(i)).unwrap();
        }
        assert_eq!(*kept.get_or("0", || unreachable!()).unwrap(), 0, "kept, and young again");
        kept.get_or("new", || Some(99)).unwrap();
        assert_eq!(*kept.get_or("0", || unreachable!()).unwrap(), 0);
        assert_eq!(*kept.get_or("1", || Some(7)).unwrap(), 7, "the oldest was let go");
        assert!(kept.get_or("never", || None).is_none());
    }
}
