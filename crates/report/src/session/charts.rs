//! Curves as inline SVG, each with a table of its turning points for those who cannot see it.

use crate::html::escape;
use rami_anatomy::Side;
use rami_procedure::curves::Curves;
use rami_procedure::{Event, Session};
use std::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 46.0;
const BOTTOM: f64 = 30.0;

struct Frame {
    x: [f64; 2],
    y: [f64; 2],
}

impl Frame {
    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let u = (x - self.x[0]) / (self.x[1] - self.x[0]).max(1e-9);
        let v = (y - self.y[0]) / (self.y[1] - self.y[0]).max(1e-9);
        (LEFT + u * (WIDTH - LEFT - 10.0), HEIGHT - BOTTOM - v * (HEIGHT - BOTTOM - 12.0))
    }

    fn open(&self, svg: &mut String, label: &str, x_name: &str, y_name: &str) {
        let _ = write!(
            svg,
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\" class=\"chart\">",
            escape(label)
        );
        for i in 0..=4 {
            let y = self.y[0] + (self.y[1] - self.y[0]) * f64::from(i) / 4.0;
            let (_, py) = self.at(self.x[0], y);
            let _ = write!(
                svg,
                "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{py:.1}\" y2=\"{py:.1}\" class=\"grid\"/><text x=\"{}\" y=\"{:.1}\" class=\"tick end\">{y:.2}</text>",
                WIDTH - 10.0,
                LEFT - 5.0,
                py + 4.0
            );
            let x = self.x[0] + (self.x[1] - self.x[0]) * f64::from(i) / 4.0;
            let (px, _) = self.at(x, self.y[0]);
            let _ =
                write!(svg, "<text x=\"{px:.1}\" y=\"{}\" class=\"tick mid\">{x:.0}</text>", HEIGHT - 14.0);
        }
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" class=\"tick mid\">{}</text><text x=\"4\" y=\"10\" class=\"tick\">{}</text>",
            WIDTH / 2.0,
            HEIGHT - 2.0,
            escape(x_name),
            escape(y_name)
        );
    }

    fn line(&self, svg: &mut String, points: &[(f64, f64)], class: &str) {
        let path: Vec<String> = points
            .iter()
            .map(|(x, y)| {
                let (px, py) = self.at(*x, *y);
                format!("{px:.1},{py:.1}")
            })
            .collect();
        let _ = write!(svg, "<polyline points=\"{}\" class=\"{class}\"/>", path.join(" "));
    }
}

/// Toes of both feet, with the rules that fired.
pub(super) fn temperature(page: &mut String, session: &Session, curves: &Curves) {
    page.push_str("<section><h2>Temperature</h2>");
    let (Some(first), Some(last)) = (curves.feet.first(), curves.feet.last()) else {
        page.push_str("<p>No drug was given through the needle.</p></section>");
        return;
    };
    let all = curves.feet.iter().flat_map(|feet| feet.toe_c);
    let (low, high) = (all.clone().fold(f64::MAX, f64::min), all.fold(f64::MIN, f64::max));
    let frame = Frame { x: [first.t_min, last.t_min], y: [low - 0.5, high + 0.5] };
    let label = format!(
        "Toe temperature over {:.0} minutes: left from {:.1} to {:.1} °C, right from {:.1} to {:.1} °C",
        last.t_min, first.toe_c[0], last.toe_c[0], first.toe_c[1], last.toe_c[1]
    );
    let mut svg = String::new();
    frame.open(&mut svg, &label, "minutes after the first drug", "°C");
    for (index, class) in ["left", "right"].iter().enumerate() {
        let points: Vec<(f64, f64)> =
            curves.feet.iter().map(|feet| (feet.t_min, feet.toe_c[index])).collect();
        frame.line(&mut svg, &points, class);
    }
    svg.push_str("</svg>");
    let own = session.header.setup.side;
    let _ = write!(
        page,
        "{svg}<p><span class=\"key left\"></span> left toe{} <span class=\"key right\"></span> right toe{}. {}.</p>",
        if own == Side::Left { " (side of the block)" } else { "" },
        if own == Side::Right { " (side of the block)" } else { "" },
        escape(&label)
    );
    let fired: Vec<String> = session
        .events()
        .filter_map(|(_, event)| match event {
            Event::RuleFired { rule, statement } => Some(format!("{}: {statement}", rule.replace('_', " "))),
            _ => None,
        })
        .collect();
    let _ = write!(
        page,
        "<p>Rules that fired while it was watched: {}.</p></section>",
        escape(&if fired.is_empty() { "none".to_owned() } else { fired.join("; ") })
    );
}

/// Drug in the blood against the threshold of first signs.
pub(super) fn plasma(page: &mut String, session: &Session, curves: &Curves) {
    let plasma = &curves.plasma;
    let (Some(first), Some(last)) = (plasma.t_s.first(), plasma.t_s.last()) else { return };
    let top = plasma.ratio.iter().copied().fold(0.0, f64::max);
    let frame = Frame { x: [0.0, (last - first) / 60.0], y: [0.0, (1.1 * top).max(1.2)] };
    let label = format!(
        "Free drug in the brain over the threshold of first signs: highest {top:.2}; total venous concentration at most {:.2} mg/L",
        plasma.venous_mg_l.iter().copied().fold(0.0, f64::max)
    );
    let mut svg = String::new();
    frame.open(&mut svg, &label, "minutes after the first drug (skin included)", "share of threshold");
    let points: Vec<(f64, f64)> =
        plasma.t_s.iter().zip(&plasma.ratio).map(|(t, ratio)| ((t - first) / 60.0, *ratio)).collect();
    frame.line(&mut svg, &points, "left");
    frame.line(&mut svg, &[(0.0, 1.0), (frame.x[1], 1.0)], "threshold");
    svg.push_str("</svg>");
    let _ = write!(
        page,
        "<section><h2>Drug in the blood</h2>{svg}<p>{}. The dashed line is the published threshold of first nervous signs \
         (free, arterial, volunteers), in a typical person of {:.0} kg. No probability of toxicity for a person follows from it.</p></section>",
        escape(&label),
        session.header.setup.person.weight_kg
    );
}
