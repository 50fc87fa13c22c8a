//! Values as bytes and back, for checkpoints: little-endian, lengths first, nothing else.

/// What cannot be read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Bytes being written.
#[derive(Default)]
pub(crate) struct Encoder {
    pub bytes: Vec<u8>,
}

/// Bytes being read.
pub(crate) struct Decoder<'a> {
    bytes: &'a [u8],
}

impl<'a> Decoder<'a> {
    pub fn new(bytes: &'a [u8]) -> Decoder<'a> {
        Decoder { bytes }
    }

    /// So many bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(Malformed)?;
        self.bytes = rest;
        Ok(taken)
    }

    /// Whether everything has been read.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// What a checkpoint can hold.
pub(crate) trait Stored: Sized {
    fn encode(&self, to: &mut Encoder);
    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed>;

    /// Many of them; numbers go in one piece.
    fn encode_all(all: &[Self], to: &mut Encoder) {
        all.iter().for_each(|one| one.encode(to));
    }

    fn decode_all(count: usize, from: &mut Decoder<'_>) -> Result<Vec<Self>, Malformed> {
        // A damaged count must not ask for all the memory there is.
        let mut all = Vec::with_capacity(count.min(1 << 16));
        for _ in 0..count {
            all.push(Self::decode(from)?);
        }
        Ok(all)
    }
}

macro_rules! numbers {
    ($($name:ty),*) => { $(
        impl Stored for $name {
            fn encode(&self, to: &mut Encoder) {
                to.bytes.extend_from_slice(&self.to_le_bytes());
            }

            fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
                let bytes = from.take(size_of::<$name>())?;
                Ok(<$name>::from_le_bytes(bytes.try_into().map_err(|_| Malformed)?))
            }

            fn decode_all(count: usize, from: &mut Decoder<'_>) -> Result<Vec<Self>, Malformed> {
                let bytes = from.take(count.checked_mul(size_of::<$name>()).ok_or(Malformed)?)?;
                let (whole, _) = bytes.as_chunks::<{ size_of::<$name>() }>();
                Ok(whole.iter().map(|chunk| <$name>::from_le_bytes(*chunk)).collect())
            }
        }
    )* };
}

numbers!(u8, u16, u32, u64, i64);

impl Stored for bool {
    fn encode(&self, to: &mut Encoder) {
        to.bytes.push(u8::from(*self));
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        Ok(u8::decode(from)? != 0)
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn encode(&self, to: &mut Encoder) {
        (self.len() as u64).encode(to);
        T::encode_all(self, to);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        let count = usize::try_from(u64::decode(from)?).map_err(|_| Malformed)?;
        T::decode_all(count, from)
    }
}

impl<T: Stored> Stored for Box<[T]> {
    fn encode(&self, to: &mut Encoder) {
        (self.len() as u64).encode(to);
        T::encode_all(self, to);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        Ok(Vec::decode(from)?.into())
    }
}

impl<T: Stored> Stored for Option<T> {
    fn encode(&self, to: &mut Encoder) {
        self.is_some().encode(to);
        if let Some(value) = self {
            value.encode(to);
        }
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        Ok(if bool::decode(from)? { Some(T::decode(from)?) } else { None })
    }
}

impl Stored for String {
    fn encode(&self, to: &mut Encoder) {
        (self.len() as u64).encode(to);
        to.bytes.extend_from_slice(self.as_bytes());
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        String::from_utf8(Vec::decode(from)?).map_err(|_| Malformed)
    }
}

macro_rules! tuples {
    ($($name:ident $at:tt),*) => {
        impl<$($name: Stored),*> Stored for ($($name,)*) {
            fn encode(&self, to: &mut Encoder) {
                $(self.$at.encode(to);)*
            }

            fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
                Ok(($($name::decode(from)?,)*))
            }
        }
    };
}

tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);

/// Says of a plain struct that its fields, in this order, are what is stored of it.
macro_rules! stored {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::codec::Stored for $name {
            fn encode(&self, to: &mut $crate::codec::Encoder) {
                $(self.$field.encode(to);)*
            }

            fn decode(from: &mut $crate::codec::Decoder<'_>) -> Result<Self, $crate::codec::Malformed> {
                $(let $field = $crate::codec::Stored::decode(from)?;)*
                Ok($name { $($field),* })
            }
        }
    };
}
pub(crate) use stored;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let value = (vec![1u64, 2], Some("a".to_string()), vec![(7u32, -3i64)]);
        let mut to = Encoder::default();
        value.encode(&mut to);
        assert_eq!(Stored::decode(&mut Decoder::new(&to.bytes)), Ok(value));
    }

    #[test]
    fn cut_short_it_says_so() {
        let mut to = Encoder::default();
        vec![1u64, 2, 3].encode(&mut to);
        for end in 0..to.bytes.len() {
            assert_eq!(Vec::<u64>::decode(&mut Decoder::new(&to.bytes[..end])), Err(Malformed));
        }
    }
}
