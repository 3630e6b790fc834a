//! Arrow IPC streams cut into their messages, and put together again.
//!
//! Rows are not looked into: a worker wrote them, the client reads them, and
//! what lies between passes them on, so that nothing is decoded here only to be
//! encoded again. Values of clients are not either: a worker reads them.

use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use arrow::ipc::root_as_message;
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::{FlightData, IpcMessage, SchemaAsIpc};
use bytes::{Bytes, BytesMut};

/// What a message of a stream begins with.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Bytes before the header of a message: the mark and the length.
const PREFIX_BYTES: usize = 8;

/// Most bytes of a header; that of a schema of thousands of columns.
const MOST_HEADER_BYTES: usize = 4 << 20;

/// Most bytes of a body: workers cut batches far below, so it is one row's.
const MOST_BODY_BYTES: usize = 64 << 20;

/// Why a stream cannot be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StreamError {
    /// Not an Arrow IPC stream, or one that ends within a message.
    #[error("the stream is not one of Arrow messages")]
    Malformed,
    /// A row that no client would take.
    #[error("a row has more than {MOST_BODY_BYTES} bytes")]
    TooLarge,
}

/// One message of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Mark, length and header: the message itself where it has no body, as
    /// that of a schema.
    pub(crate) with_prefix: Bytes,
    /// What follows the header.
    pub(crate) body: Bytes,
}

impl Message {
    /// The message as Flight carries it.
    pub(crate) fn into_data(self) -> FlightData {
        FlightData {
            data_header: self.with_prefix.slice(PREFIX_BYTES..),
            data_body: self.body,
            ..FlightData::default()
        }
    }
}

/// Cuts a stream that comes in any parts. Memory: one message.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    waiting: BytesMut,
    /// Lengths of header, with its prefix, and body of the message that has
    /// begun.
    begun: Option<(usize, usize)>,
    ended: bool,
}

impl Messages {
    /// Takes the next part of the stream.
    pub(crate) fn push(&mut self, part: &[u8]) {
        self.waiting.extend_from_slice(part);
    }

    /// The next message, once it is whole.
    ///
    /// # Errors
    /// [`StreamError`]; the rest of the stream is lost.
    pub(crate) fn next(&mut self) -> Result<Option<Message>, StreamError> {
        if self.ended {
            return Ok(None);
        }
        let (header, body) = match self.begun {
            Some(lengths) => lengths,
            None => match self.begin()? {
                Some(lengths) => *self.begun.insert(lengths),
                None => return Ok(None),
            },
        };
        if self.waiting.len() < header + body {
            self.waiting.reserve(header + body - self.waiting.len());
            return Ok(None);
        }
        self.begun = None;
        Ok(Some(Message {
            with_prefix: self.waiting.split_to(header).freeze(),
            body: self.waiting.split_to(body).freeze(),
        }))
    }

    /// Whether the stream came to its end and nothing follows.
    pub(crate) fn is_whole(&self) -> bool {
        self.ended
    }

    fn begin(&mut self) -> Result<Option<(usize, usize)>, StreamError> {
        let Some((prefix, rest)) = self.waiting.split_first_chunk::<PREFIX_BYTES>() else {
            return Ok(None);
        };
        let [.., a, b, c, d] = *prefix;
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        if prefix[..4] != CONTINUATION || length > MOST_HEADER_BYTES {
            return Err(StreamError::Malformed);
        }
        if length == 0 {
            self.ended = true;
            return Ok(None);
        }
        let Some(header) = rest.get(..length) else {
            return Ok(None);
        };
        let message = root_as_message(header).map_err(|_| StreamError::Malformed)?;
        let body = usize::try_from(message.bodyLength()).map_err(|_| StreamError::Malformed)?;
        if body > MOST_BODY_BYTES {
            return Err(StreamError::TooLarge);
        }
        Ok(Some((PREFIX_BYTES + length, body)))
    }
}

/// The messages of a whole stream in memory.
///
/// # Errors
/// [`StreamError`].
pub(crate) fn all(stream: &[u8]) -> Result<Vec<Message>, StreamError> {
    let mut cut = Messages::default();
    cut.push(stream);
    let mut messages = Vec::new();
    while let Some(message) = cut.next()? {
        messages.push(message);
    }
    if cut.is_whole() {
        Ok(messages)
    } else {
        Err(StreamError::Malformed)
    }
}

/// A schema as the message that streams begin with.
///
/// # Errors
/// None for schemas of this crate.
pub(crate) fn schema_message(schema: &Schema) -> Result<Bytes, ArrowError> {
    let options = IpcWriteOptions::default();
    let IpcMessage(message) = SchemaAsIpc::new(schema, &options).try_into()?;
    Ok(message)
}

/// Puts messages of a client together to a stream, up to a size.
#[derive(Debug)]
pub(crate) struct Assembled {
    bytes: Vec<u8>,
    most: usize,
}

impl Assembled {
    /// An empty stream of at most so many bytes.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            bytes: Vec::new(),
            most,
        }
    }

    /// Adds a message. `None` where the stream would be too long.
    pub(crate) fn add(&mut self, data: &FlightData) -> Option<()> {
        let padded = data.data_header.len().next_multiple_of(8);
        let length = PREFIX_BYTES + padded + data.data_body.len();
        if self.bytes.len() + length + PREFIX_BYTES > self.most {
            return None;
        }
        if data.data_header.is_empty() {
            return Some(());
        }
        self.bytes.extend_from_slice(&CONTINUATION);
        let padded_length = u32::try_from(padded).ok()?;
        self.bytes.extend_from_slice(&padded_length.to_le_bytes());
        self.bytes.extend_from_slice(&data.data_header);
        let padding = padded - data.data_header.len();
        self.bytes.extend(std::iter::repeat_n(0, padding));
        self.bytes.extend_from_slice(&data.data_body);
        Some(())
    }

    /// The stream with its end.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&CONTINUATION);
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use arrow::ipc::reader::StreamReader;
    use arrow::ipc::writer::StreamWriter;

    use super::*;

    fn batch() -> RecordBatch {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("c")]));
        RecordBatch::try_from_iter([("n", numbers), ("t", texts)]).unwrap()
    }

    fn stream_of(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
        writer.write(batch)?;
        writer.finish()?;
        writer.into_inner()
    }

    #[test]
    fn a_stream_cut_anywhere_and_put_together_again_is_the_same_data() {
        let stream = stream_of(&batch()).unwrap();
        for step in [1, 3, 8, 64, stream.len()] {
            let mut messages = Messages::default();
            let mut assembled = Assembled::new(1 << 20);
            let mut count = 0;
            for part in stream.chunks(step) {
                messages.push(part);
                while let Some(message) = messages.next().unwrap() {
                    assembled.add(&message.into_data()).unwrap();
                    count += 1;
                }
            }
            assert!(messages.is_whole());
            assert_eq!(count, 2);
            let again = assembled.finish();
            let mut reader = StreamReader::try_new(&again[..], None).unwrap();
            assert_eq!(reader.next().unwrap().unwrap(), batch());
            assert!(reader.next().is_none());
        }
    }

    #[test]
    fn what_is_no_stream_is_said_to_be_none() {
        assert_eq!(all(b"SELECT 1;;"), Err(StreamError::Malformed));
        assert_eq!(all(b""), Err(StreamError::Malformed));
        let stream = stream_of(&batch()).unwrap();
        assert_eq!(
            all(&stream[..stream.len() - 20]),
            Err(StreamError::Malformed)
        );
        let mut long = CONTINUATION.to_vec();
        long.extend_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(all(&long), Err(StreamError::Malformed));
        let mut random = CONTINUATION.to_vec();
        random.extend_from_slice(&16_u32.to_le_bytes());
        random.extend_from_slice(&[0xab; 64]);
        assert_eq!(all(&random), Err(StreamError::Malformed));
    }

    #[test]
    fn more_than_the_size_is_not_taken() {
        let stream = stream_of(&batch()).unwrap();
        let mut assembled = Assembled::new(stream.len() - 8);
        let mut taken = all(&stream).unwrap().into_iter();
        let mut add = || assembled.add(&taken.next().unwrap().into_data());
        assert!(add().is_some());
        assert!(add().is_none());
    }
}
