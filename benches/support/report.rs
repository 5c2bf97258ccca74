//! Prints the results of the benches that measure without a harness.

use std::{array, env};

/// Whether a short run is requested. Other flags are ignored, such as the `--bench` that cargo adds.
#[must_use]
pub fn is_quick() -> bool {
    env::args().any(|argument| argument == "--quick")
}

/// The percentile of the figures. Changes their order.
///
/// # Panics
///
/// Panics if there are no figures.
pub fn percentile(figures: &mut [f64], percent: usize) -> f64 {
    let at = (figures.len() - 1) * percent / 100;
    *figures.select_nth_unstable_by(at, f64::total_cmp).1
}

/// The ratio of each figure to the other one of its pair.
#[must_use]
pub fn ratios(figures: &[f64], to: &[f64]) -> Vec<f64> {
    figures.iter().zip(to).map(|(one, to)| one / to).collect()
}

/// Prints a table with names in the first two columns, and figures in the others.
pub fn print<const N: usize>(head: [&str; N], rows: &[[String; N]]) {
    let head = head.map(str::to_owned);
    let lines = || [&head].into_iter().chain(rows);
    let widths: [_; N] =
        array::from_fn(|column| lines().map(|line| line[column].len()).max().unwrap_or(0));
    for line in lines() {
        let cells = line.iter().zip(widths).enumerate();
        let cells = cells.map(|(column, (cell, width))| match column {
            0 | 1 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        println!("{}", cells.collect::<Vec<_>>().join("  "));
    }
}
