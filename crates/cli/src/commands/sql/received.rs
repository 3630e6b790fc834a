//! What has been received of an answer, counted as it comes.

use std::fmt;

use anyhow::Context as _;
use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamDecoder;
use arrow::util::pretty::pretty_format_batches;

use super::ask::Output;

/// How much of an answer has been received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    /// Rows.
    Rows(u64),
    /// Bytes, of a form whose rows cannot be told before its end.
    Bytes(u64),
}

impl Amount {
    /// Whether nothing has come yet.
    pub(super) fn is_nothing(self) -> bool {
        matches!(self, Self::Rows(0) | Self::Bytes(0))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) => write!(f, "{rows} rows"),
            Self::Bytes(bytes) => write!(f, "{:.1} MB", *bytes as f64 / 1e6),
        }
    }
}

/// An answer in Arrow, decoded as its bytes come.
#[derive(Debug, Default)]
pub(super) struct Batches {
    decoder: StreamDecoder,
    batches: Vec<RecordBatch>,
    rows: u64,
}

impl Batches {
    /// Takes the next bytes, which may end anywhere.
    ///
    /// # Errors
    /// Bytes that are no Arrow stream.
    pub(super) fn add(&mut self, part: impl Into<Buffer>) -> Result<(), ArrowError> {
        let mut part: Buffer = part.into();
        while !part.is_empty() {
            if let Some(batch) = self.decoder.decode(&mut part)? {
                self.rows += batch.num_rows() as u64;
                self.batches.push(batch);
            }
        }
        Ok(())
    }

    /// Rows so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// The whole answer as a table for reading.
    ///
    /// # Errors
    /// An answer that is cut short.
    pub(super) fn table(mut self) -> anyhow::Result<String> {
        self.decoder.finish()?;
        let schema = self.decoder.schema().context("the answer has no columns")?;
        if self.batches.is_empty() {
            self.batches.push(RecordBatch::new_empty(schema));
        }
        Ok(pretty_format_batches(&self.batches)?.to_string())
    }
}

/// Counts an answer in any other form as its bytes come.
///
/// Rows of CSV end with a line break that stands in no quotes, those of both
/// kinds of JSON with the bracket that closes their object. The rows of Parquet
/// and of an Arrow stream that is passed on are not looked at.
#[derive(Debug)]
pub(super) struct Counter {
    form: Form,
    /// Whether the bytes so far end within quotes.
    quoted: bool,
    /// Whether they end with a backslash there.
    escaped: bool,
    /// Objects that are open.
    depth: u64,
    /// Lines or objects that have ended.
    ends: u64,
    bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Csv,
    Json,
    Bytes,
}

impl Counter {
    /// Nothing yet of an answer in this form.
    pub(super) fn of(output: Output) -> Self {
        Self {
            form: match output {
                Output::Csv => Form::Csv,
                Output::Json | Output::Ndjson => Form::Json,
                Output::Table | Output::Parquet | Output::Arrow => Form::Bytes,
            },
            quoted: false,
            escaped: false,
            depth: 0,
            ends: 0,
            bytes: 0,
        }
    }

    /// Takes the next bytes, which may end anywhere.
    pub(super) fn add(&mut self, part: &[u8]) {
        self.bytes += part.len() as u64;
        if self.form != Form::Bytes {
            part.iter().for_each(|byte| self.read(*byte));
        }
    }

    fn read(&mut self, byte: u8) {
        let json = self.form == Form::Json;
        if self.quoted {
            // A quote within quotes is doubled in CSV, which ends the text and
            // begins it again.
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if json => self.escaped = true,
                b'"' => self.quoted = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.quoted = true,
            b'{' if json => self.depth += 1,
            b'}' if json => {
                self.depth = self.depth.saturating_sub(1);
                self.ends += u64::from(self.depth == 0);
            }
            b'\n' if !json => self.ends += 1,
            _ => {}
        }
    }

    /// How much there is so far.
    pub(super) fn amount(&self) -> Amount {
        match self.form {
            // The first line names the columns.
            Form::Csv => Amount::Rows(self.ends.saturating_sub(1)),
            Form::Json => Amount::Rows(self.ends),
            Form::Bytes => Amount::Bytes(self.bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array};
    use arrow::ipc::writer::StreamWriter;

    use super::*;

    /// Counts a text that comes a byte at a time.
    fn counted(output: Output, text: &str) -> Amount {
        let mut counter = Counter::of(output);
        text.bytes().for_each(|byte| counter.add(&[byte]));
        counter.amount()
    }

    #[test]
    fn rows_of_text_are_counted_whatever_stands_in_them() {
        let csv = "name,note\na,\"two\nlines, \"\"quoted\"\"\"\nb,c\n";
        assert_eq!(counted(Output::Csv, csv), Amount::Rows(2));
        assert_eq!(counted(Output::Csv, "name"), Amount::Rows(0));
        let json = r#"[{"a":"}\"}","b":{"c":1}},{"a":"\\","b":null}]"#;
        assert_eq!(counted(Output::Json, json), Amount::Rows(2));
        assert_eq!(counted(Output::Json, "[]"), Amount::Rows(0));
        let lines = "{\"a\":\"{\"}\n{\"a\":\"\\n\"}\n{\"a\":";
        assert_eq!(counted(Output::Ndjson, lines), Amount::Rows(2));
        assert_eq!(counted(Output::Parquet, "PAR1"), Amount::Bytes(4));
    }

    #[test]
    fn an_arrow_stream_is_a_table_however_it_is_cut() -> anyhow::Result<()> {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        let batch = RecordBatch::try_from_iter([("n", column)])?;
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
        writer.write(&batch)?;
        writer.write(&batch.slice(0, 1))?;
        writer.finish()?;
        let bytes = writer.into_inner()?;
        let (mut whole, mut cut) = (Batches::default(), Batches::default());
        whole.add(&bytes[..])?;
        for part in bytes.chunks(7) {
            cut.add(part)?;
        }
        assert_eq!((whole.rows(), cut.rows()), (4, 4));
        let table = whole.table()?;
        assert_eq!(table.matches("| 1 |").count(), 2, "{table}");
        assert_eq!(cut.table()?, table);

        let mut short = Batches::default();
        // Without the mark of the end, and one byte of the last rows.
        short.add(&bytes[..bytes.len() - 9])?;
        assert!(short.table().is_err());
        Ok(())
    }
}
