//! One query against every vector of a matrix.

use std::cell::RefCell;

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;
use simsimd::SpatialSimilarity as _;
use writemagic::text::dispatch::Path;
use writemagic_shared::vector::{dot_i8, hamming};

use super::{Contender, turns};
use crate::plan::Plan;
use crate::report::{Table, count, digits, ratio};

const DIMENSIONS: usize = 128;

pub(super) fn measure(plan: &Plan) -> Result<String> {
    let most = plan.vectors.iter().copied().max().unwrap_or(0);
    let mut rng = Rng::with_seed(11);
    let mut numbers = |count| (0..count).map(|_| rng.i8(-127..=127)).collect::<Vec<_>>();
    let (query, matrix) = (numbers(DIMENSIONS), numbers(most * DIMENSIONS));
    let mut table: Option<Table> = None;
    for rows in plan.vectors {
        let matrix = matrix.get(..rows * DIMENSIONS).context("a matrix of the most rows")?;
        let scores = RefCell::new(vec![0; *rows]);
        let mut contenders = contenders(&query, matrix, &scores);
        check(&mut contenders, &query, matrix, &scores)?;
        let times = turns(&mut contenders, plan.text_rounds)?;
        let table = table.get_or_insert_with(|| {
            let names = contenders.iter().map(|contender| contender.name.as_str());
            Table::new(
                &["vectors"]
                    .into_iter()
                    .chain(names)
                    .chain(["simsimd against WriteMagic"])
                    .collect::<Vec<_>>(),
            )
        });
        let simsimd = contenders.iter().position(|contender| contender.name.starts_with("simsimd"));
        let simsimd = simsimd.and_then(|place| times.get(place)).copied().unwrap_or(0.0);
        let mut cells = vec![count(*rows as u64)];
        cells.extend(times.iter().map(|time| digits(time / 1e6)));
        cells.push(ratio(simsimd, times.first().copied().unwrap_or(0.0)));
        table.row(&cells);
    }
    Ok(table.map_or(String::new(), Table::finish))
}

fn contenders<'a>(query: &'a [i8], matrix: &'a [i8], scores: &'a RefCell<Vec<i32>>) -> Vec<Contender<'a>> {
    let ours = || Ok(dot_i8(query, matrix, &mut scores.borrow_mut())?);
    let mut contenders: Vec<Contender<'a>> =
        Path::available().map(|path| Contender::on(path, ours)).collect();
    contenders.push(Contender::new("simsimd 6.5", move || {
        for (row, score) in matrix.chunks_exact(DIMENSIONS).zip(scores.borrow_mut().iter_mut()) {
            *score = i8::dot(query, row).context("a dot product")? as i32;
        }
        Ok(())
    }));
    contenders.push(Contender::new("a loop", move || {
        for (row, score) in matrix.chunks_exact(DIMENSIONS).zip(scores.borrow_mut().iter_mut()) {
            *score = query.iter().zip(row).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
        }
        Ok(())
    }));
    // The same number of rows: an eighth of the matrix is as good as any bits.
    let bits: Vec<u8> = matrix.iter().step_by(8).map(|number| *number as u8).collect();
    let of_query: Vec<u8> = query.iter().step_by(8).map(|number| *number as u8).collect();
    let mut distances = vec![0; bits.len() / of_query.len()];
    contenders
        .push(Contender::new("WriteMagic, bits", move || Ok(hamming(&of_query, &bits, &mut distances)?)));
    contenders
}

/// Everybody who compares whole numbers gives the exact products.
fn check(
    contenders: &mut [Contender<'_>],
    query: &[i8],
    matrix: &[i8],
    scores: &RefCell<Vec<i32>>,
) -> Result<()> {
    let product = |row: &[i8]| query.iter().zip(row).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>();
    let expected: Vec<i32> = matrix.chunks_exact(DIMENSIONS).map(product).collect();
    for contender in contenders.iter_mut().filter(|contender| !contender.name.ends_with("bits")) {
        scores.borrow_mut().fill(0);
        (contender.run)()?;
        ensure!(*scores.borrow() == expected, "{} gives other products", contender.name);
    }
    Ok(())
}
