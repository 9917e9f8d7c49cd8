//! The index of a survey of 10 million answers from a CSV file, beside its floor: reading the same file line by
//! line. Prints the ratio, since machines differ and are noisy.

#![allow(missing_docs, reason = "run, not read")]

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::time::Instant;
use suara_loket::domain::skm::{Weight, index};
use suara_loket::sheet::pool;

const ROWS: u64 = 1_111_112;
const TURNS: usize = 15;
const BUFFER_BYTES: usize = 1 << 18;
const HEADER: &str = "layanan;persyaratan;prosedur;waktu;biaya;produk;kompetensi;perilaku;pengaduan;sarana";
const SERVICES: [&str; 4] = ["ktp_el", "kk", "akta_kelahiran", "surat_pindah"];

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("jawaban.csv");
    write(&path);
    let (mut pool_ms, mut floor_ms) = (Vec::new(), Vec::new());
    // In turn, so that both see the same moods of the machine.
    for _ in 0..TURNS {
        floor_ms.push(timed_ms(|| assert_eq!(lines(&path), ROWS + 1)));
        pool_ms.push(timed_ms(|| {
            let pooled = pool(open(&path)).expect("a sound file");
            assert_eq!(pooled.all.respondents, ROWS);
            index(&pooled.all.tally, Weight::Exact).expect("answers to all nine");
        }));
    }
    report(&mut pool_ms, &mut floor_ms);
}

fn write(path: &Path) {
    let mut file = std::io::BufWriter::new(File::create(path).expect("a file"));
    writeln!(file, "{HEADER}").expect("room for it");
    for row in 0..ROWS {
        write!(file, "{}", SERVICES[usize::try_from(row % 4).expect("small")]).expect("room for it");
        for element in 0..9 {
            // Some of each answer, in no order that a processor could learn.
            write!(file, ";{}", 1 + (row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (40 + element)) % 4)
                .expect("room for it");
        }
        writeln!(file).expect("room for it");
    }
    file.flush().expect("room for it");
}

fn open(path: &Path) -> BufReader<File> {
    BufReader::with_capacity(BUFFER_BYTES, File::open(path).expect("the file"))
}

fn lines(path: &Path) -> u64 {
    let (mut file, mut line, mut count) = (open(path), Vec::new(), 0);
    while file.read_until(b'\n', &mut line).expect("a sound file") > 0 {
        line.clear();
        count += 1;
    }
    count
}

fn timed_ms(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64() * 1e3
}

fn report(pool_ms: &mut [f64], floor_ms: &mut [f64]) {
    let (pool, floor) = (median(pool_ms), median(floor_ms));
    println!("the index of {ROWS} respondents, 10 million answers, from CSV   median of {TURNS}");
    println!("  index                                           {pool:8.0} ms");
    println!("  floor: the lines of the file                    {floor:8.0} ms");
    println!("  ratio                                           {:8.2} x", pool / floor);
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
