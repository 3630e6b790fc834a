//! CSV: delimiters, encodings, quotes, lines and headers.

use super::formats::{CAMPAIGNS, expect_campaigns, house};

pub const LINES: [&str; 3] = [
    "Date|Activity|Households|Partner|District",
    "2024-01-31|Door to door|1234|Équipe|1",
    "2024-02-01|School|15|संस्था|2",
];

#[test]
fn a_delimiter_is_sniffed() {
    for delimiter in [",", ";", "\t", "|"] {
        let text = LINES.join("\n").replace('|', delimiter);
        expect_campaigns(&house().csv(CAMPAIGNS, &text));
    }
}

#[test]
fn a_delimiter_may_be_stated() {
    let mapping = format!("{CAMPAIGNS}[source]\ndelimiter = \"~\"\n");
    expect_campaigns(&house().csv(&mapping, &LINES.join("\r\n").replace('|', "~")));
}

#[test]
fn byte_order_marks_tell_the_encoding() {
    let text = LINES.join("\n").replace('|', ",");
    let house = house();
    let path = house.write("marked.csv", format!("\u{FEFF}{text}"));
    expect_campaigns(&house.load(CAMPAIGNS, &[path]).unwrap());
    for little in [true, false] {
        let bytes: Vec<u8> = format!("\u{FEFF}{text}")
            .encode_utf16()
            .flat_map(|unit| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            })
            .collect();
        let path = house.write("wide.csv", bytes);
        expect_campaigns(&house.load(CAMPAIGNS, &[path]).unwrap());
    }
}

#[test]
fn windows_1252_is_found_by_its_bytes() {
    let text =
        "Date,Activity,Households,Partner,District\n2024-01-31,event,1,\u{E9}quipe \u{96},1\n";
    let bytes: Vec<u8> = text.chars().map(|c| u32::from(c) as u8).collect();
    let house = house();
    let path = house.write("old.csv", bytes);
    let outcome = house.load(CAMPAIGNS, &[path]).unwrap();
    assert_eq!(outcome.values("partner"), ["équipe –"]);
}

#[test]
fn a_row_that_is_no_text_is_quarantined() {
    let house = house();
    let mut bytes = LINES.join("\n").replace('|', ",").into_bytes();
    bytes.extend_from_slice(b"\n2024-02-02,event,7,\xFF\xFE,2\n");
    let path = house.write("damaged.csv", bytes);
    let outcome = house.load(CAMPAIGNS, &[path]).unwrap();
    assert_eq!(outcome.codes(), ["unencodable"]);
    assert_eq!(outcome.quarantine[0]["line"], "4");
    assert_eq!(outcome.report.accepted, 2);
}

#[test]
fn quoted_cells_may_hold_line_breaks_and_lines_are_counted() {
    let text = "Date,Activity,Households,Partner,District\n2024-01-31,event,1,\"two\nlines, one cell\",1\n2024-13-01,event,1,x,1\n";
    let outcome = house().csv(CAMPAIGNS, text);
    assert_eq!(outcome.values("partner"), ["two lines, one cell"]);
    assert_eq!(outcome.codes(), ["not_a_date"]);
    assert_eq!(outcome.quarantine[0]["row"], "2");
    assert_eq!(outcome.quarantine[0]["line"], "4");
}

#[test]
fn a_quote_that_never_ends_is_told_and_not_swallowed() {
    let mut text =
        String::from("Date,Activity,Households,Partner,District\n2024-01-31,event,1,\"x,1\n");
    while text.len() < 40 << 20 {
        text.push_str("2024-01-31,event,1,somebody of the organisation,1\n");
    }
    let message = house().csv_fails(CAMPAIGNS, &text);
    assert!(
        message.contains("line 2") && message.contains("quote"),
        "{message}"
    );
}

#[test]
fn a_file_that_ends_within_a_quote_is_told_with_the_line_of_the_quote() {
    // Before the quote a cell of two lines, which counts as two.
    let rows = [
        "Date,Activity,Households,Partner,District",
        "2024-01-31,event,1,\"two\nlines\",1",
        "2024-02-01,event,2,\"b,2",
        "2024-02-02,event,3,c,1",
    ];
    let in_the_last_cell = [
        "Date,Activity,Households,Partner,District",
        "2024-01-31,event,1,a,1",
        "",
        "2024-02-01,event,2,b,\"2",
    ];
    for (rows, ending) in [
        (rows, "\n"),
        (rows, "\r\n"),
        (in_the_last_cell, "\n"),
        (in_the_last_cell, "\r\n"),
    ] {
        for text in [rows.join(ending), rows.join(ending) + ending] {
            let message = house().csv_fails(CAMPAIGNS, &text);
            for part in ["input.csv", "line 4", "quote"] {
                assert!(message.contains(part), "{message}\nlacks {part}\n{text}");
            }
            assert!(!message.contains("2024"), "{message}");
        }
    }
    let message = house().csv_fails(
        CAMPAIGNS,
        "Date,Activity,\"Households\n2024-01-31,event,1\n",
    );
    assert!(
        message.contains("line 1") && !message.contains("2024"),
        "{message}"
    );
}

#[test]
fn rows_in_which_a_quote_has_swallowed_others_are_quarantined_as_that() {
    let header = "Date,Activity,Households,Partner,District";
    let good = "2024-02-04,school,5,e,2";
    // The quote closes at the next one: in the same column, in an earlier
    // column, and in the last cell of a row.
    let swallowing = [
        "2024-01-31,event,1,\"a,1\n2024-02-01,event,2,b,2\n2024-02-02,event,3,\"c\",1",
        "2024-01-31,event,1,\"a,1\n2024-02-01,event,2,b,2\n2024-02-02,\"event\",3,c,1",
        "2024-01-31,event,1,a,\"1\n2024-02-01,event,2,b,2\"",
    ];
    let joined = format!("{CAMPAIGNS}[source]\nragged_join = \"Partner\"\n");
    for rows in swallowing {
        for (mapping, ending) in [
            (CAMPAIGNS, "\n"),
            (CAMPAIGNS, "\r\n"),
            (joined.as_str(), "\n"),
        ] {
            let text = format!("{header}\n{rows}\n{good}\n").replace('\n', ending);
            let outcome = house().csv(mapping, &text);
            assert_eq!(outcome.codes(), ["lines_swallowed"], "{text}");
            assert_eq!(outcome.quarantine[0]["line"], "2", "{text}");
            assert_eq!(outcome.values("partner"), ["e"], "{text}");
            assert_eq!(outcome.report.rejects[0].code, "lines_swallowed");
            assert_eq!(outcome.report.repaired, 0, "{text}");
        }
    }
    let message = house().csv_fails(
        CAMPAIGNS,
        "Date,Activity,\"Households,Partner,District\n2024-01-31,event,\"1\",a,1\n",
    );
    assert!(
        message.contains("header") && !message.contains("2024"),
        "{message}"
    );
}

#[test]
fn quoted_cells_of_several_lines_may_hold_delimiters() {
    let text = "Date,Activity,Households,Partner,District\n2024-01-31,event,1,\"north, east\nwest, south\",1\n";
    let outcome = house().csv(CAMPAIGNS, text);
    assert_eq!(outcome.report.quarantined, 0, "{:?}", outcome.quarantine);
    assert_eq!(outcome.values("partner"), ["north, east west, south"]);
}

#[test]
fn lines_are_counted_whatever_ends_them_and_blank_ones_too() {
    let text = "Date,Activity,Households,Partner,District\n\n2024-13-01,event,1,x,1\n2024-14-01,event,2,y,1";
    for text in [
        text.to_owned(),
        format!("{text}\n"),
        text.replace('\n', "\r\n"),
        format!("{text}\n").replace('\n', "\r\n"),
    ] {
        let outcome = house().csv(CAMPAIGNS, &text);
        let lines: Vec<&str> = outcome
            .quarantine
            .iter()
            .map(|row| row["line"].as_str())
            .collect();
        assert_eq!(lines, ["3", "4"], "{text:?}");
    }
}

#[test]
fn a_file_without_header_has_numbered_or_given_names() {
    let rows = "2024-01-31,event,1,x,1\n2024-02-01,event,2,y,2\n";
    let given = format!(
        "{CAMPAIGNS}[source]\nheader = false\nnames = [\"Date\", \"Activity\", \"Households\", \"Partner\", \"District\"]\n"
    );
    assert_eq!(house().csv(&given, rows).report.accepted, 2);
    let numbered = CAMPAIGNS
        .replace("\"Date\"", "\"column_1\"")
        .replace("\"Activity\"", "\"column_2\"")
        .replace("\"Households\"", "\"column_3\"")
        .replace("\"Partner\"", "\"column_4\"")
        .replace("\"District\"", "\"column_5\"")
        + "[source]\nheader = false\n";
    assert_eq!(house().csv(&numbered, rows).report.accepted, 2);
    let message = house().csv_fails(&given.replace("\"Date\", ", ""), rows);
    assert!(
        message.contains("5 cells") && message.contains("4 columns"),
        "{message}"
    );
}

#[test]
fn lines_before_the_header_are_skipped() {
    let text = format!(
        "Report of the year\n\n{}",
        LINES.join("\n").replace('|', ",")
    );
    let mapping = format!("{CAMPAIGNS}[source]\nskip_lines = 2\n");
    let outcome = house().csv(&mapping, &format!("{text}\nx,event,1,y,1\n"));
    assert_eq!(outcome.report.accepted, 2);
    assert_eq!(outcome.quarantine[0]["line"], "6");
    assert_eq!(outcome.quarantine[0]["row"], "3");
}
