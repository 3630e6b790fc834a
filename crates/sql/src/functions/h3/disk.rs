//! Cells around a cell.

use arrow::array::ArrayRef;
use datafusion::common::Result;
use h3o::CellIndex;

use super::arguments::Arguments;
use super::function::{ArgumentKind, ArgumentSpec, FunctionSpec, Returns, argument};
use super::hierarchy::longs;
use super::output::{IndexGroups, Lists};

const AROUND: &[ArgumentSpec] = &[
    argument("cell", ArgumentKind::Index, "Cell in the middle."),
    argument("k", ArgumentKind::Integer, "Steps on the grid, from 0."),
];
const BOUNDED: &str = "An error where the lists of a batch would not fit.";
const ORDER: &str = "An error where the lists of a batch would not fit. Around a pentagon the order within a distance differs.";

/// The functions of this file.
pub(super) static FUNCTIONS: &[FunctionSpec] = &[
    FunctionSpec {
        name: "h3_grid_disk",
        description: "Cells at most k steps from a cell, itself included.",
        arguments: AROUND,
        optional: 0,
        returns: Returns::SameIndexList(0),
        example: "SELECT h3_grid_disk('822d57fffffffff', 1)",
        difference: ORDER,
        kernel: |arguments| lists(arguments, disk_size, disk),
    },
    FunctionSpec {
        name: "h3_grid_disk_unsafe",
        description: "Cells at most k steps from a cell, itself included; null near a pentagon.",
        arguments: AROUND,
        optional: 0,
        returns: Returns::SameIndexList(0),
        example: "SELECT h3_grid_disk_unsafe('822d57fffffffff', 1)",
        difference: BOUNDED,
        kernel: |arguments| lists(arguments, disk_size, disk_unsafe),
    },
    FunctionSpec {
        name: "h3_grid_disk_distances",
        description: "Cells at most k steps from a cell: a list for each distance from 0 to k.",
        arguments: AROUND,
        optional: 0,
        returns: Returns::SameIndexLists(0),
        example: "SELECT h3_grid_disk_distances('822d57fffffffff', 1)",
        difference: ORDER,
        kernel: |arguments| groups(arguments, disk_distances),
    },
    FunctionSpec {
        name: "h3_grid_disk_distances_safe",
        description: "Cells at most k steps from a cell: a list for each distance from 0 to k, by the slower walk that any cell allows.",
        arguments: AROUND,
        optional: 0,
        returns: Returns::SameIndexLists(0),
        example: "SELECT h3_grid_disk_distances_safe('822d57fffffffff', 1)",
        difference: "An error where the lists of a batch would not fit. The order within a distance differs.",
        kernel: |arguments| groups(arguments, disk_distances_safe),
    },
    FunctionSpec {
        name: "h3_grid_disk_distances_unsafe",
        description: "Cells at most k steps from a cell: a list for each distance from 0 to k; null near a pentagon.",
        arguments: AROUND,
        optional: 0,
        returns: Returns::SameIndexLists(0),
        example: "SELECT h3_grid_disk_distances_unsafe('822d57fffffffff', 1)",
        difference: BOUNDED,
        kernel: |arguments| groups(arguments, disk_distances_unsafe),
    },
    FunctionSpec {
        name: "h3_grid_ring",
        description: "Cells exactly k steps from a cell.",
        arguments: AROUND,
        optional: 0,
        returns: Returns::SameIndexList(0),
        example: "SELECT h3_grid_ring('822d57fffffffff', 1)",
        difference: "An error where the lists of a batch would not fit. The order differs where a pentagon is near.",
        // A disk is walked, since a walk along the ring does not see the
        // pentagon that it goes around; so room is made for a disk.
        kernel: |arguments| lists(arguments, disk_size, ring),
    },
    FunctionSpec {
        name: "h3_grid_ring_unsafe",
        description: "Cells exactly k steps from a cell; null near a pentagon.",
        arguments: AROUND,
        optional: 0,
        returns: Returns::SameIndexList(0),
        example: "SELECT h3_grid_ring_unsafe('822d57fffffffff', 1)",
        difference: "An error where the lists of a batch would not fit. The ring starts elsewhere.",
        kernel: |arguments| lists(arguments, disk_size, ring_unsafe),
    },
    FunctionSpec {
        name: "h3_max_grid_disk_size",
        description: "Most cells that can lie at most k steps from a cell: 3k(k + 1) + 1.",
        arguments: &[argument(
            "k",
            ArgumentKind::Integer,
            "Steps on the grid, from 0.",
        )],
        optional: 0,
        returns: Returns::Long,
        example: "SELECT h3_max_grid_disk_size(1)",
        difference: "",
        kernel: |arguments| {
            let steps = arguments.integers(0);
            longs(arguments, |row| {
                // The whole grid has no more cells than that.
                let most = h3o::Resolution::Fifteen.cell_count();
                Some(match steps.steps(row)? {
                    k if k >= MOST_STEPS => most,
                    k => disk_size(k).min(most),
                })
            })
        },
    },
];

/// From so many steps on a disk is the whole grid.
const MOST_STEPS: u32 = 13_780_510;

fn disk_size(k: u32) -> u64 {
    let k = u64::from(k);
    // k² fits; three times as much need not.
    (k * (k + 1)).saturating_mul(3).saturating_add(1)
}

fn lists(
    arguments: &Arguments,
    size: impl Fn(u32) -> u64,
    fill: impl Fn(CellIndex, u32, &mut Lists<u64>) -> Option<()>,
) -> Result<ArrayRef> {
    let (cells, steps) = (arguments.indexes(0), arguments.integers(1));
    let mut lists = Lists::new(arguments.name(), arguments.rows());
    for row in 0..arguments.rows() {
        match cells.cell(row).zip(steps.steps(row)) {
            Some((cell, k)) => {
                lists.reserve(size(k))?;
                let filled = fill(cell, k, &mut lists);
                lists.end(filled)?;
            }
            None => lists.null(),
        }
    }
    Ok(lists.finish_indexes(arguments.kind(0)))
}

fn disk(cell: CellIndex, k: u32, list: &mut Lists<u64>) -> Option<()> {
    if disk_unsafe(cell, k, list).is_none() {
        list.reopen();
        list.items().extend(cell.grid_disk_safe(k).map(u64::from));
    }
    Some(())
}

fn disk_unsafe(cell: CellIndex, k: u32, list: &mut Lists<u64>) -> Option<()> {
    for near in cell.grid_disk_fast(k) {
        list.items().push(near?.into());
    }
    Some(())
}

fn ring(cell: CellIndex, k: u32, list: &mut Lists<u64>) -> Option<()> {
    if ring_unsafe(cell, k, list).is_none() {
        list.reopen();
        list.items().extend(
            cell.grid_disk_distances_safe(k)
                .filter(|(_, distance)| *distance == k)
                .map(|(near, _)| u64::from(near)),
        );
    }
    Some(())
}

fn ring_unsafe(cell: CellIndex, k: u32, list: &mut Lists<u64>) -> Option<()> {
    for near in cell.grid_disk_distances_fast(k) {
        let (near, distance) = near?;
        if distance == k {
            list.items().push(near.into());
        }
    }
    Some(())
}

type Near = Vec<(u64, u32)>;

fn groups(
    arguments: &Arguments,
    walk: impl Fn(CellIndex, u32, &mut Near) -> Option<()>,
) -> Result<ArrayRef> {
    let (cells, steps) = (arguments.indexes(0), arguments.integers(1));
    let mut groups = IndexGroups::new(arguments.name(), arguments.rows());
    let mut near = Near::new();
    for row in 0..arguments.rows() {
        let Some((cell, k)) = cells.cell(row).zip(steps.steps(row)) else {
            groups.null();
            continue;
        };
        groups.inner.reserve(disk_size(k))?;
        near.clear();
        if walk(cell, k, &mut near).is_none() {
            groups.null();
            continue;
        }
        // Stable, so that within a distance the order of the walk stays.
        near.sort_by_key(|(_, distance)| *distance);
        let mut rest = near.as_slice();
        for distance in 0..=k {
            let count = rest.partition_point(|(_, other)| *other <= distance);
            let (these, after) = rest.split_at(count);
            groups
                .inner
                .items()
                .extend(these.iter().map(|(cell, _)| *cell));
            groups.inner.close()?;
            rest = after;
        }
        groups.close();
    }
    Ok(groups.finish(arguments.kind(0)))
}

fn disk_distances(cell: CellIndex, k: u32, near: &mut Near) -> Option<()> {
    if disk_distances_unsafe(cell, k, near).is_none() {
        near.clear();
        disk_distances_safe(cell, k, near)?;
    }
    Some(())
}

fn disk_distances_safe(cell: CellIndex, k: u32, near: &mut Near) -> Option<()> {
    near.extend(
        cell.grid_disk_distances_safe(k)
            .map(|(near, distance)| (u64::from(near), distance)),
    );
    Some(())
}

fn disk_distances_unsafe(cell: CellIndex, k: u32, near: &mut Near) -> Option<()> {
    for found in cell.grid_disk_distances_fast(k) {
        let (found, distance) = found?;
        near.push((found.into(), distance));
    }
    Some(())
}
