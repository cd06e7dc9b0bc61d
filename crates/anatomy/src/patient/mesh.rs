//! Closed surfaces of a person's structures, by surface nets on the signed distances.
//!
//! The distance of a structure (the parts with its label, less all later parts that take space from it) is sampled on a
//! grid of any spacing. Each cell with corners on both sides of the surface gets one vertex, the mean of the crossings
//! on its edges (Gibson 1998, MICCAI, LNCS 1496:888); each grid edge that crosses the surface gets a quadrangle between
//! the four cells about it. A quadrangle net has an edge with four faces where the samples inside touch only along an
//! edge or a corner; samples outside at such places are taken in until there is none (the set is then well-composed,
//! Latecki 1997), so that every edge belongs to exactly two triangles. What reaches the edge of the grid is closed there.
//!
//! Limits: structures thinner than the spacing may part into pieces; taking samples in fattens such places by less than
//! one spacing.

use super::convert::v;
use super::scene::Scene;
use super::shape::V;
use super::{Patient, ScanError, render};
use crate::Structure;
use rami_volume::Grid;
use std::collections::BTreeMap;

/// A closed surface: triangles counter-clockwise seen from outside.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mesh {
    /// Name of the structure.
    pub name: String,
    /// Vertices, LPS mm.
    pub points: Vec<[f32; 3]>,
    /// Three indices each.
    pub triangles: Vec<[u32; 3]>,
}

impl Mesh {
    /// Volume inside, mm³ (the divergence theorem).
    #[must_use]
    pub fn volume_mm3(&self) -> f64 {
        let at = |i: u32| self.points[i as usize].map(f64::from);
        self.triangles
            .iter()
            .map(|&[a, b, c]| {
                let (a, b, c) = (at(a), at(b), at(c));
                a[0] * (b[1] * c[2] - b[2] * c[1])
                    + a[1] * (b[2] * c[0] - b[0] * c[2])
                    + a[2] * (b[0] * c[1] - b[1] * c[0])
            })
            .sum::<f64>()
            / 6.0
    }

    /// As a binary STL file: LPS millimetres.
    #[must_use]
    pub fn to_stl(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(84 + 50 * self.triangles.len());
        let mut header = format!("{}, patient LPS, mm", self.name).into_bytes();
        header.resize(80, b' ');
        out.extend(header);
        out.extend((self.triangles.len() as u32).to_le_bytes());
        for triangle in &self.triangles {
            let [a, b, c] = triangle.map(|i| nalgebra::Vector3::from(self.points[i as usize]));
            let normal = (b - a).cross(&(c - a)).try_normalize(0.0).unwrap_or_default();
            for vector in [normal, a, b, c] {
                vector.iter().for_each(|v: &f32| out.extend(v.to_le_bytes()));
            }
            out.extend([0, 0]);
        }
        out
    }
}

/// Several meshes as one binary glTF file: metres, cranial up, as that format wants it; a node for each structure.
#[must_use]
pub fn to_glb(meshes: &[Mesh]) -> Vec<u8> {
    let (mut views, mut accessors, mut shapes, mut nodes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut data: Vec<u8> = Vec::new();
    for (n, mesh) in meshes.iter().enumerate() {
        let (mut low, mut high) = ([f32::MAX; 3], [f32::MIN; 3]);
        let start = data.len();
        for p in &mesh.points {
            for axis in 0..3 {
                low[axis] = low[axis].min(p[axis]);
                high[axis] = high[axis].max(p[axis]);
                data.extend(p[axis].to_le_bytes());
            }
        }
        let middle = data.len();
        mesh.triangles.iter().flatten().for_each(|i| data.extend(i.to_le_bytes()));
        views.push(format!(
            r#"{{"buffer":0,"byteOffset":{start},"byteLength":{},"target":34962}},{{"buffer":0,"byteOffset":{middle},"byteLength":{},"target":34963}}"#,
            middle - start,
            data.len() - middle
        ));
        accessors.push(format!(
            r#"{{"bufferView":{},"componentType":5126,"count":{},"type":"VEC3","min":{low:?},"max":{high:?}}},{{"bufferView":{},"componentType":5125,"count":{},"type":"SCALAR"}}"#,
            2 * n,
            mesh.points.len(),
            2 * n + 1,
            3 * mesh.triangles.len()
        ));
        shapes.push(format!(
            r#"{{"name":"{0}","primitives":[{{"attributes":{{"POSITION":{1}}},"indices":{2}}}]}}"#,
            mesh.name,
            2 * n,
            2 * n + 1
        ));
        nodes.push(format!(r#"{{"name":"{}","mesh":{n}}}"#, mesh.name));
    }
    // LPS millimetres to metres with y up and z forwards: (x, z, -y) / 1000.
    let children: Vec<String> = (0..meshes.len()).map(|n| n.to_string()).collect();
    nodes.push(format!(
        r#"{{"name":"patient","children":[{}],"matrix":[0.001,0,0,0,0,0,-0.001,0,0,0.001,0,0,0,0,0,1]}}"#,
        children.join(",")
    ));
    let json = format!(
        r#"{{"asset":{{"version":"2.0","generator":"rami"}},"scene":0,"scenes":[{{"nodes":[{}]}}],"nodes":[{}],"meshes":[{}],"accessors":[{}],"bufferViews":[{}],"buffers":[{{"byteLength":{}}}]}}"#,
        meshes.len(),
        nodes.join(","),
        shapes.join(","),
        accessors.join(","),
        views.join(","),
        data.len()
    );
    let mut json = json.into_bytes();
    json.resize(json.len().next_multiple_of(4), b' ');
    let mut out = Vec::with_capacity(28 + json.len() + data.len());
    out.extend(b"glTF");
    out.extend(2u32.to_le_bytes());
    out.extend(((28 + json.len() + data.len()) as u32).to_le_bytes());
    for (kind, chunk) in [(b"JSON", &json), (b"BIN\0", &data)] {
        out.extend((chunk.len() as u32).to_le_bytes());
        out.extend(kind);
        out.extend(chunk);
    }
    out
}

impl Patient {
    /// Surfaces of all labelled structures on a grid of this spacing, in the order of their numbers. `all_labels` also
    /// gives those that no segmentation of a CT would show.
    ///
    /// # Errors
    /// [`ScanError`] when a spacing is not from 0.3 to 6 mm.
    pub fn meshes(&self, spacing: [f64; 3], all_labels: bool) -> Result<Vec<Mesh>, ScanError> {
        let grid = self.grid(spacing)?;
        let [nx, ny, nz] = grid.dims();
        let labels = render::render(&self.scene, &grid, all_labels).labels;
        let mut boxes: BTreeMap<u16, [[usize; 3]; 2]> = BTreeMap::new();
        for (o, &label) in labels.iter().enumerate().filter(|(_, l)| **l != 0) {
            let at = grid.voxel(o);
            let [low, high] = boxes.entry(label).or_insert([at, at]);
            for axis in 0..3 {
                low[axis] = low[axis].min(at[axis]);
                high[axis] = high[axis].max(at[axis]);
            }
        }
        let mut meshes = Vec::new();
        for (label, [low, high]) in boxes {
            let Some(structure) = Structure::from_id(label) else { continue };
            // A part may reach a little further than the centres of its voxels.
            let low = low.map(|v| v.saturating_sub(2));
            let high = [0, 1, 2].map(|a| (high[a] + 2).min([nx, ny, nz][a] - 1));
            let dims = [0, 1, 2].map(|a| high[a] - low[a] + 1);
            let part = Grid::upright(dims, spacing, grid.to_lps(low.map(|v| v as f64)))?;
            meshes.push(surface(&self.scene, &part, structure, all_labels));
        }
        Ok(meshes)
    }
}

/// The surface of one structure on a grid.
fn surface(scene: &Scene, grid: &Grid, structure: Structure, all_labels: bool) -> Mesh {
    let [nx, ny, nz] = grid.dims();
    let inner = render::field(scene, grid, structure.id(), all_labels);
    // A layer of outside all around closes what reaches the edge.
    let dims = [nx + 2, ny + 2, nz + 2];
    let step = grid.spacing();
    let far = step.iter().copied().fold(0.0, f64::max) as f32;
    let mut values = vec![far; dims[0] * dims[1] * dims[2]];
    for k in 0..nz {
        for j in 0..ny {
            let from = nx * (j + ny * k);
            let to = 1 + dims[0] * (j + 1 + dims[1] * (k + 1));
            for (value, &d) in values[to..to + nx].iter_mut().zip(&inner[from..from + nx]) {
                // Beyond a voxel the value matters only by its sign; zero counts as outside.
                let d = d.clamp(-far, far);
                *value = if d == 0.0 { 1e-3 } else { d };
            }
        }
    }
    well_compose(&mut values, dims, far);
    let origin = grid.to_lps([-1.0; 3]);
    let middle = grid.to_lps([0, 1, 2].map(|a| 0.5 * (grid.dims()[a] as f64 - 1.0)));
    let radius = (0..3).map(|a| (grid.dims()[a] as f64 * step[a]).powi(2)).sum::<f64>().sqrt() * 0.5;
    let near: Vec<usize> =
        (0..scene.parts.len()).filter(|&n| scene.parts[n].bound(v(&middle)) < radius as f32).collect();
    let exact = |p: V| {
        near.iter().map(|&n| &scene.parts[n]).fold(far, |d, part| {
            let own = part.label == structure.id() && (part.segmented || all_labels);
            // Beyond a voxel only the side matters, and nothing changes it.
            if part.bound(p) > far {
                d
            } else if own {
                d.min(part.distance(p))
            } else {
                d.max(-part.distance(p))
            }
        })
    };
    let mut mesh = nets(&values, dims, [origin.x, origin.y, origin.z], step, exact);
    structure.name().clone_into(&mut mesh.name);
    mesh
}

/// Offsets of a cell's corners.
const CORNERS: [[usize; 3]; 8] =
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]];

/// Takes samples in until samples inside meet by faces wherever they meet, and so do those outside.
fn well_compose(values: &mut [f32], dims: [usize; 3], far: f32) {
    let offset = |at: [usize; 3]| at[0] + dims[0] * (at[1] + dims[1] * at[2]);
    let corner = CORNERS.map(offset);
    // Faces as corners around; opposite ones are diagonal.
    const FACES: [[usize; 4]; 6] =
        [[0, 1, 3, 2], [4, 5, 7, 6], [0, 1, 5, 4], [2, 3, 7, 6], [0, 2, 6, 4], [1, 3, 7, 5]];
    let mut changed = true;
    while changed {
        changed = false;
        for k in 0..dims[2] - 1 {
            for j in 0..dims[1] - 1 {
                for i in 0..dims[0] - 1 {
                    let base = offset([i, j, k]);
                    let mask: u32 = (0..8).map(|c| u32::from(values[base + corner[c]] < 0.0) << c).sum();
                    if mask == 0 || mask == 255 {
                        continue;
                    }
                    let inside = |c: usize| mask >> c & 1 == 1;
                    // Corners that meet another only across a face or the cell; none of them is in the layer around.
                    let face = FACES.iter().find(|f| {
                        inside(f[0]) == inside(f[2])
                            && inside(f[1]) == inside(f[3])
                            && inside(f[0]) != inside(f[1])
                    });
                    let pair =
                        (0..4).map(|c| 1u32 << c | 1 << (7 - c)).find(|p| mask == *p || mask == 255 - p);
                    let corners: &[usize] = match (face, pair) {
                        (Some(face), _) => face,
                        (None, Some(_)) => &[0, 1, 2, 3, 4, 5, 6, 7],
                        (None, None) => continue,
                    };
                    // The sample outside that is nearest to the surface is taken in.
                    let nearest = corners
                        .iter()
                        .copied()
                        .filter(|&c| !inside(c))
                        .min_by(|&a, &b| values[base + corner[a]].total_cmp(&values[base + corner[b]]));
                    if let Some(c) = nearest {
                        values[base + corner[c]] = -0.05 * far;
                        changed = true;
                    }
                }
            }
        }
    }
}

/// Surface nets; `exact` is the distance that `values` samples.
fn nets(
    values: &[f32],
    dims: [usize; 3],
    origin: [f64; 3],
    step: [f64; 3],
    exact: impl Fn(V) -> f32,
) -> Mesh {
    let offset = |at: [usize; 3]| at[0] + dims[0] * (at[1] + dims[1] * at[2]);
    let stride = [1, dims[0], dims[0] * dims[1]];
    let mut mesh = Mesh::default();
    let mut vertex = vec![u32::MAX; values.len()];
    for k in 0..dims[2] - 1 {
        for j in 0..dims[1] - 1 {
            for i in 0..dims[0] - 1 {
                let base = offset([i, j, k]);
                let (mut sum, mut count) = ([0.0f64; 3], 0u32);
                for (axis, along) in stride.iter().enumerate() {
                    for c in CORNERS.iter().filter(|c| c[axis] == 0) {
                        let o = base + offset(*c);
                        let (a, b) = (f64::from(values[o]), f64::from(values[o + along]));
                        if (a < 0.0) != (b < 0.0) {
                            for d in 0..3 {
                                sum[d] += c[d] as f64 + if d == axis { a / (a - b) } else { 0.0 };
                            }
                            count += 1;
                        }
                    }
                }
                if count > 0 {
                    vertex[base] = mesh.points.len() as u32;
                    let at = [i, j, k];
                    let corners = CORNERS.map(|c| f64::from(values[base + offset(c)]));
                    let place = |within: [f64; 3]| {
                        [0, 1, 2].map(|d| origin[d] + step[d] * (at[d] as f64 + within[d]))
                    };
                    let (within, slope) = settle(sum.map(|s| s / f64::from(count)), &corners, step);
                    // What the picture's edge cuts stays where it is cut: nearly.
                    let most = 0.25 * step[0].min(step[1]).min(step[2]);
                    let value = f64::from(exact(V::from(place(within).map(|x| x as f32)))).clamp(-most, most);
                    mesh.points.push(place(descend(within, value, slope, step)).map(|x| x as f32));
                }
            }
        }
    }
    for k in 0..dims[2] - 1 {
        for j in 0..dims[1] - 1 {
            for i in 0..dims[0] - 1 {
                let (at, o) = ([i, j, k], offset([i, j, k]));
                for axis in 0..3 {
                    // The four cells about the edge must be there; along it the layer outside may begin.
                    if at[(axis + 1) % 3] == 0 || at[(axis + 2) % 3] == 0 {
                        continue;
                    }
                    let (a, b) = (values[o] < 0.0, values[o + stride[axis]] < 0.0);
                    if a == b {
                        continue;
                    }
                    let (u, v) = (stride[(axis + 1) % 3], stride[(axis + 2) % 3]);
                    // Counter-clockwise seen from the far end of the edge.
                    let mut quad = [o - u - v, o - v, o, o - u].map(|o| vertex[o]);
                    if b {
                        quad.reverse();
                    }
                    let [p, q, r, s] = quad;
                    mesh.triangles.extend([[p, q, r], [p, r, s]]);
                }
            }
        }
    }
    mesh
}

/// Moves a point of a cell (each coordinate from 0 to 1) towards the zero of the distance interpolated between its corners
/// and gives its slope there. The mean of the crossings alone lies inside every bulge, and so does the interpolated surface,
/// so that thin structures lose volume; where a point is put within its cell changes no edge of the mesh.
fn settle(at: [f64; 3], corners: &[f64; 8], step: [f64; 3]) -> ([f64; 3], [f64; 3]) {
    let (mut value, mut slope) = (0.0, [0.0; 3]);
    for (c, d) in CORNERS.iter().zip(corners) {
        let share = [0, 1, 2].map(|a| if c[a] == 1 { at[a] } else { 1.0 - at[a] });
        value += d * share[0] * share[1] * share[2];
        for a in 0..3 {
            let sign = if c[a] == 1 { 1.0 } else { -1.0 };
            slope[a] += sign * d * share[(a + 1) % 3] * share[(a + 2) % 3] / step[a];
        }
    }
    (descend(at, value, slope, step), slope)
}

/// A Newton step from a point of a cell, kept within it.
fn descend(at: [f64; 3], value: f64, slope: [f64; 3], step: [f64; 3]) -> [f64; 3] {
    let steep = slope.iter().map(|s| s * s).sum::<f64>();
    if steep < 0.01 {
        return at;
    }
    [0, 1, 2].map(|a| (at[a] - value * slope[a] / steep / step[a]).clamp(0.02, 0.98))
}

#[cfg(test)]
mod tests {
    use super::super::population::{self, Known, TrunkSource};
    use super::super::{Patient, Scanner, Variant};
    use super::*;
    use crate::Posture;
    use std::collections::HashMap;

    fn person(variant: Option<Variant>) -> Patient {
        let traits = population::draw(1, 0, Known::default(), TrunkSource::Cadaver).unwrap();
        Patient::grow(&traits, variant, Posture::Prone)
    }

    #[test]
    fn every_mesh_is_closed_and_holds_the_volume_of_its_voxels() {
        for (variant, spacing) in [(None, [3.0; 3]), (Some(Variant::Spondylosis), [2.5, 2.5, 4.0])] {
            let patient = person(variant);
            let grid = patient.grid(spacing).unwrap();
            let scan = patient.scan(&grid, &Scanner::default(), false).unwrap();
            let meshes = patient.meshes(spacing, false).unwrap();
            assert!(meshes.len() > 40, "{}", meshes.len());
            for mesh in &meshes {
                let mut edges: HashMap<(u32, u32), u32> = HashMap::new();
                for &[a, b, c] in &mesh.triangles {
                    for edge in [(a, b), (b, c), (c, a)] {
                        *edges.entry(edge).or_default() += 1;
                    }
                }
                // Once in each direction: two triangles an edge, turned the same way.
                let open =
                    edges.iter().filter(|((a, b), n)| **n != 1 || edges.get(&(*b, *a)) != Some(&1)).count();
                assert_eq!(open, 0, "{}: {open} of {} edges", mesh.name, edges.len());
                let id = Structure::from_name(&mesh.name).unwrap().id();
                let voxels =
                    scan.labels.data().iter().filter(|l| **l == id).count() as f64 * grid.voxel_volume();
                let ratio = mesh.volume_mm3() / voxels;
                // A voxel counts whole by its centre: more where a structure is a few voxels thick, as ribs are here, or
                // is cut by the edge of the picture, as lungs are.
                let most =
                    if mesh.name.starts_with("rib") || mesh.name.starts_with("lung") { 0.15 } else { 0.07 };
                assert!((ratio - 1.0).abs() < most, "{}: {ratio:.3} of {voxels:.0} mm3", mesh.name);
            }
        }
    }

    #[test]
    fn a_finer_mesh_of_the_same_person_has_the_same_volume() {
        let patient = person(None);
        let volume = |spacing: f64| -> BTreeMap<String, f64> {
            let meshes = patient.meshes([spacing; 3], false).unwrap();
            meshes.into_iter().map(|m| (m.name.clone(), m.volume_mm3())).collect()
        };
        let (fine, coarse) = (volume(1.5), volume(3.0));
        for name in ["vertebrae_L3", "kidney_left", "aorta", "liver", "rib_left_11"] {
            let ratio = coarse[name] / fine[name];
            println!("{name}: {ratio:.4}");
            // Points lie on the surface itself; the flats between them cut its bulges, most of a rib three nets thick.
            let most = if name.starts_with("rib") { 0.07 } else { 0.03 };
            assert!((ratio - 1.0).abs() < most, "{name}: {ratio:.3}");
        }
    }

    #[test]
    fn files_carry_every_triangle() {
        let mesh = Mesh {
            name: "tetrahedron".into(),
            points: vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            triangles: vec![[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]],
        };
        assert!((mesh.volume_mm3() - 1.0 / 6.0).abs() < 1e-9);
        let stl = mesh.to_stl();
        assert_eq!(stl.len(), 84 + 4 * 50);
        assert_eq!(u32::from_le_bytes(stl[80..84].try_into().unwrap()), 4);
        let glb = to_glb(&[mesh]);
        assert_eq!(u32::from_le_bytes(glb[8..12].try_into().unwrap()) as usize, glb.len());
        let json = u32::from_le_bytes(glb[12..16].try_into().unwrap()) as usize;
        let text = std::str::from_utf8(&glb[20..20 + json]).unwrap();
        let document: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(document["accessors"][1]["count"], 12);
        assert_eq!(document["buffers"][0]["byteLength"], 4 * 12 + 4 * 12);
        assert_eq!(document["nodes"][0]["name"], "tetrahedron");
    }
}
