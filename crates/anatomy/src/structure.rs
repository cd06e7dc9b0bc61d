//! Labelled structures, by TotalSegmentator's names and numbers, and Rami's own from 200 up.

use rami_volume::Labels;
use std::collections::{BTreeMap, BTreeSet};

/// A labelled structure: its number in a label map of Rami's numbering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Structure(u16);

/// Numbers and names of the task `total` of TotalSegmentator v2 (its public class table), then Rami's own.
const TABLE: &[(u16, &str)] = &[
    (1, "spleen"),
    (2, "kidney_right"),
    (3, "kidney_left"),
    (4, "gallbladder"),
    (5, "liver"),
    (6, "stomach"),
    (7, "pancreas"),
    (8, "adrenal_gland_right"),
    (9, "adrenal_gland_left"),
    (10, "lung_upper_lobe_left"),
    (11, "lung_lower_lobe_left"),
    (12, "lung_upper_lobe_right"),
    (13, "lung_middle_lobe_right"),
    (14, "lung_lower_lobe_right"),
    (15, "esophagus"),
    (16, "trachea"),
    (17, "thyroid_gland"),
    (18, "small_bowel"),
    (19, "duodenum"),
    (20, "colon"),
    (21, "urinary_bladder"),
    (22, "prostate"),
    (23, "kidney_cyst_left"),
    (24, "kidney_cyst_right"),
    (25, "sacrum"),
    (26, "vertebrae_S1"),
    (27, "vertebrae_L5"),
    (28, "vertebrae_L4"),
    (29, "vertebrae_L3"),
    (30, "vertebrae_L2"),
    (31, "vertebrae_L1"),
    (32, "vertebrae_T12"),
    (33, "vertebrae_T11"),
    (34, "vertebrae_T10"),
    (35, "vertebrae_T9"),
    (36, "vertebrae_T8"),
    (37, "vertebrae_T7"),
    (38, "vertebrae_T6"),
    (39, "vertebrae_T5"),
    (40, "vertebrae_T4"),
    (41, "vertebrae_T3"),
    (42, "vertebrae_T2"),
    (43, "vertebrae_T1"),
    (44, "vertebrae_C7"),
    (45, "vertebrae_C6"),
    (46, "vertebrae_C5"),
    (47, "vertebrae_C4"),
    (48, "vertebrae_C3"),
    (49, "vertebrae_C2"),
    (50, "vertebrae_C1"),
    (51, "heart"),
    (52, "aorta"),
    (53, "pulmonary_vein"),
    (54, "brachiocephalic_trunk"),
    (55, "subclavian_artery_right"),
    (56, "subclavian_artery_left"),
    (57, "common_carotid_artery_right"),
    (58, "common_carotid_artery_left"),
    (59, "brachiocephalic_vein_left"),
    (60, "brachiocephalic_vein_right"),
    (61, "atrial_appendage_left"),
    (62, "superior_vena_cava"),
    (63, "inferior_vena_cava"),
    (64, "portal_vein_and_splenic_vein"),
    (65, "iliac_artery_left"),
    (66, "iliac_artery_right"),
    (67, "iliac_vena_left"),
    (68, "iliac_vena_right"),
    (69, "humerus_left"),
    (70, "humerus_right"),
    (71, "scapula_left"),
    (72, "scapula_right"),
    (73, "clavicula_left"),
    (74, "clavicula_right"),
    (75, "femur_left"),
    (76, "femur_right"),
    (77, "hip_left"),
    (78, "hip_right"),
    (79, "spinal_cord"),
    (80, "gluteus_maximus_left"),
    (81, "gluteus_maximus_right"),
    (82, "gluteus_medius_left"),
    (83, "gluteus_medius_right"),
    (84, "gluteus_minimus_left"),
    (85, "gluteus_minimus_right"),
    (86, "autochthon_left"),
    (87, "autochthon_right"),
    (88, "iliopsoas_left"),
    (89, "iliopsoas_right"),
    (90, "brain"),
    (91, "skull"),
    (92, "rib_left_1"),
    (93, "rib_left_2"),
    (94, "rib_left_3"),
    (95, "rib_left_4"),
    (96, "rib_left_5"),
    (97, "rib_left_6"),
    (98, "rib_left_7"),
    (99, "rib_left_8"),
    (100, "rib_left_9"),
    (101, "rib_left_10"),
    (102, "rib_left_11"),
    (103, "rib_left_12"),
    (104, "rib_right_1"),
    (105, "rib_right_2"),
    (106, "rib_right_3"),
    (107, "rib_right_4"),
    (108, "rib_right_5"),
    (109, "rib_right_6"),
    (110, "rib_right_7"),
    (111, "rib_right_8"),
    (112, "rib_right_9"),
    (113, "rib_right_10"),
    (114, "rib_right_11"),
    (115, "rib_right_12"),
    (116, "sternum"),
    (117, "costal_cartilages"),
    (200, "quadratus_lumborum_left"),
    (201, "quadratus_lumborum_right"),
    (202, "ureter_left"),
    (203, "ureter_right"),
    (204, "intervertebral_disc"),
    (205, "renal_vessels"),
    (206, "lumbar_segmental_vessels"),
    (207, "renal_fascia_left"),
    (208, "renal_fascia_right"),
    (209, "skin"),
    (210, "subcutaneous_fat"),
    (211, "retroperitoneal_fat"),
    (212, "spinal_canal"),
    (213, "bowel_gas"),
    (214, "metal"),
    (215, "calcification"),
];

impl Structure {
    /// The structure with this number.
    #[must_use]
    pub fn from_id(id: u16) -> Option<Self> {
        TABLE.iter().any(|&(known, _)| known == id).then_some(Self(id))
    }

    /// The structure with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|(_, known)| *known == name).map(|&(id, _)| Self(id))
    }

    /// Its number in a label map.
    #[must_use]
    pub fn id(self) -> u16 {
        self.0
    }

    /// Its name, for example `kidney_left`.
    #[must_use]
    pub fn name(self) -> &'static str {
        TABLE.iter().find(|&&(id, _)| id == self.0).map_or("unknown", |&(_, name)| name)
    }

    /// Every structure there is, in the order of the numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|&(id, _)| Self(id))
    }
}

/// Which structure each voxel of the CT's grid belongs to: numbers of [`Structure`], 0 for none.
#[derive(Debug, Clone)]
pub struct StructureMap {
    labels: Labels,
    present: BTreeSet<u16>,
}

impl StructureMap {
    /// Takes a label map whose numbers mean what `names` says (a label file's own table); without a name, a number
    /// means what Rami's table says. Returns the map and the names that Rami does not know, whose voxels become 0.
    #[must_use]
    pub fn new(mut labels: Labels, names: &BTreeMap<u16, String>) -> (Self, Vec<String>) {
        let mut unknown = BTreeSet::new();
        let mut table = vec![0u16; 1 << 16];
        let mut seen = vec![false; 1 << 16];
        labels.data().iter().for_each(|&id| seen[id as usize] = true);
        for id in 1..=u16::MAX {
            if !seen[id as usize] {
                continue;
            }
            let structure = match names.get(&id) {
                Some(name) => Structure::from_name(name),
                None => Structure::from_id(id),
            };
            match structure {
                Some(structure) => table[id as usize] = structure.id(),
                None => {
                    unknown.insert(names.get(&id).cloned().unwrap_or_else(|| format!("label {id}")));
                }
            }
        }
        labels.data_mut().iter_mut().for_each(|id| *id = table[*id as usize]);
        let present = table.iter().copied().filter(|&id| id != 0).collect();
        (Self { labels, present }, unknown.into_iter().collect())
    }

    /// The same map with its axes brought nearest to left, posterior, cranial ([`rami_volume::Volume::canonical`]).
    #[must_use]
    pub fn canonical(self) -> Self {
        Self { labels: self.labels.canonical(), present: self.present }
    }

    /// The same map with `left` and `right` in the names exchanged.
    #[must_use]
    pub fn with_sides_exchanged(self) -> Self {
        let mut table: Vec<u16> = (0..=u16::MAX).collect();
        for structure in Structure::all() {
            let name = structure.name();
            let other = if name.contains("left") {
                name.replace("left", "right")
            } else {
                name.replace("right", "left")
            };
            if let Some(other) = Structure::from_name(&other) {
                table[usize::from(structure.id())] = other.id();
            }
        }
        let present = self.present.iter().map(|&id| table[usize::from(id)]).collect();
        Self { labels: self.labels.map(|id| table[usize::from(id)]), present }
    }

    /// The label map, in Rami's numbers.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Whether any voxel has this structure.
    #[must_use]
    pub fn has(&self, structure: Structure) -> bool {
        self.present.contains(&structure.id())
    }

    /// Whether any voxel has the structure of this name.
    #[must_use]
    pub fn has_name(&self, name: &str) -> bool {
        Structure::from_name(name).is_some_and(|structure| self.has(structure))
    }

    /// The structures that are there, in the order of the numbers.
    pub fn present(&self) -> impl Iterator<Item = Structure> + '_ {
        self.present.iter().filter_map(|&id| Structure::from_id(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rami_volume::{Affine, Grid};

    #[test]
    fn names_and_numbers_are_one_to_one() {
        assert!(Structure::all().all(|s| Structure::from_name(s.name()) == Some(s)));
        assert_eq!(Structure::from_name("vertebrae_L3").map(Structure::id), Some(29));
        assert_eq!(Structure::from_name("iliopsoas_left").map(Structure::id), Some(88));
        assert_eq!(Structure::from_name("rib_right_12").map(Structure::id), Some(115));
    }

    #[test]
    fn a_label_files_own_names_win_over_the_numbers() {
        let grid = Grid::new([3, 1, 1], Affine::identity()).unwrap();
        let labels = Labels::new(grid, vec![7, 52, 9]).unwrap();
        let names = BTreeMap::from([(7, "aorta".to_owned()), (9, "gizmo".to_owned())]);
        let (map, unknown) = StructureMap::new(labels, &names);
        assert_eq!(map.labels().data(), [52, 52, 0]);
        assert_eq!(unknown, ["gizmo"]);
        assert!(map.has_name("aorta") && !map.has_name("pancreas"));
    }
}
