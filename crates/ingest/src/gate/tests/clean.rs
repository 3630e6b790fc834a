//! Columns with nothing personal in them, as files of districts hold them.

use super::*;

/// Columns with nothing personal in them: header, role, values.
pub(super) fn clean_columns(seed: u64) -> Vec<(&'static str, ColumnRole, Vec<String>)> {
    let mut dice = Dice(seed);
    let mut columns: Vec<(&'static str, ColumnRole, Vec<String>)> = Vec::new();
    let rows = [8, 60, 2_000][usize::try_from(dice.below(3)).unwrap()];
    let mut add = |header, make: &mut dyn FnMut(&mut Dice, u64) -> String| {
        let values = (0..rows).map(|row| make(&mut dice, row)).collect();
        columns.push((header, ColumnRole::Other, values));
    };
    add("population", &mut |d, _| d.below(3_000_000).to_string());
    add("TOT_P", &mut |d, _| {
        let n = d.below(30_000_000);
        if n > 100_000 {
            format!("{},{:02},{:03}", n / 100_000, n / 1000 % 100, n % 1000)
        } else {
            n.to_string()
        }
    });
    add("census code", &mut |d, _| {
        format!(
            "{:02}{:03}{:05}{:06}",
            d.below(35),
            d.below(640),
            d.below(6_000),
            d.below(800_000)
        )
    });
    add("lgd_code", &mut |d, _| d.below(300_000).to_string());
    add("record_id", &mut |d, _| twelve_digits(d));
    add("serial", &mut |_, row| (200_000_000_000 + row).to_string());
    add("grouped id", &mut |d, _| {
        format!("{:04}-{:04}", d.below(10_000), d.below(10_000))
    });
    add("amount", &mut |d, _| {
        let magnitude = 10_u64.pow(3 + u32::try_from(d.below(8)).unwrap());
        d.below(magnitude * 10).to_string()
    });
    add("budget_rupees", &mut |d, _| {
        format!("{}.{:02}", d.below(20_000_000_000), d.below(100))
    });
    add("random id", &mut |d, _| {
        format!("{:010}", d.below(10_000_000_000))
    });
    add("udise", &mut |d, _| {
        let (block, village) = (1 + d.below(18), 1 + d.below(180));
        format!(
            "09{:02}{block:02}{village:03}{:02}",
            1 + d.below(75),
            1 + d.below(12)
        )
    });
    add("date", &mut |d, _| {
        format!(
            "{:02}/{:02}/{}",
            1 + d.below(28),
            1 + d.below(12),
            2010 + d.below(15)
        )
    });
    add("iso", &mut |d, _| {
        format!(
            "{}-{:02}-{:02}T10:{:02}:00",
            2010 + d.below(15),
            1 + d.below(12),
            1 + d.below(28),
            d.below(60)
        )
    });
    add("month", &mut |d, _| {
        format!("{:02}/{}", 1 + d.below(12), 2010 + d.below(15))
    });
    add("span", &mut |d, _| {
        let year = 2010 + d.below(10);
        format!("{year}/{}", year + 1)
    });
    add("percent", &mut |d, _| {
        format!("{}.{}", d.below(100), d.below(10))
    });
    add("share", &mut |d, _| format!("0.{:06}", d.below(1_000_000)));
    add("literacy", &mut |d, _| {
        format!("{}.{:02}%", d.below(100), d.below(100))
    });
    add("area_km2", &mut |d, _| {
        format!("{}.{:04}", d.below(9_000), d.below(10_000))
    });
    add("ratio", &mut |d, _| format!("{}", 900 + d.below(150)));
    add("age_band", &mut |d, _| {
        d.of(&["0-5", "6-10", "11-14", "15-17"]).to_owned()
    });
    add("income", &mut |d, _| {
        d.of(&["10000-20000", "60000-70000", "90000-99999"])
            .to_owned()
    });
    add("category", &mut |d, _| {
        d.of(&["Child marriage", "Trafficking", "Child labour", "Missing"])
            .to_owned()
    });
    add("sex", &mut |d, _| d.of(&["F", "M"]).to_owned());
    add("mobile", &mut |d, _| d.of(&["yes", "no"]).to_owned());
    add("est_code", &mut |d, _| {
        format!("AS{}{}{:02}", d.letter(), d.letter(), d.below(9))
    });
    add("child_id", &mut |_, row| format!("CHD{row:07}"));
    add("uuid", &mut |d, _| {
        let (a, b) = (d.next(), d.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a & 0xffff,
            b & 0xfff,
            b >> 12 & 0xfff,
            b >> 16
        )
    });
    add("cell", &mut |d, _| {
        let cell = h3o::LatLng::new(20.0 + d.below(10_000) as f64 / 1e3, 80.0).unwrap();
        cell.to_cell(h3o::Resolution::Eight).to_string()
    });
    add("code", &mut |d, _| {
        format!(
            "{}{}-{:03}/{:02}",
            d.letter(),
            d.letter(),
            d.below(1000),
            d.below(30)
        )
    });
    add("indicator", &mut |d, _| {
        d.of(&[
            "Women age 20-24 years married before age 18 years (%)",
            "Population below age 15 years (%)",
            "Households with a mobile phone (%)",
        ])
        .to_owned()
    });
    add("scheme", &mut |d, _| {
        d.of(&[
            "Kanya Vivah Yojana",
            "Sukanya Samriddhi",
            "Ladli Laxmi Yojana",
        ])
        .to_owned()
    });
    add("scientific", &mut |d, _| {
        format!("{}.{}E-0{}", 1 + d.below(9), d.below(1000), 1 + d.below(8))
    });
    add("epoch", &mut |d, _| {
        (1_400_000_000 + d.below(300_000_000)).to_string()
    });
    add("pin", &mut |d, _| (800_000 + d.below(50_000)).to_string());
    add("ages", &mut |d, _| {
        format!("{}, {}, {}", d.below(18), d.below(18), d.below(18))
    });
    add("list", &mut |d, _| {
        format!(
            "{} {} {} {}",
            60 + d.below(40),
            60 + d.below(40),
            60 + d.below(40),
            60 + d.below(40)
        )
    });
    add("version", &mut |d, _| {
        format!("{}.{}.{}", d.below(10), d.below(20), d.below(30))
    });
    add("empty", &mut |_, _| String::new());
    columns
}
