//! Numbers as Parquet packs them: runs of one number, and stretches of numbers of a few bits each.

use twin_types::Word;

/// A way through such numbers. What its methods are given are always the bytes of the same page.
#[derive(Debug)]
pub(super) struct Hybrid {
    /// Bits of a number.
    width: usize,
    /// The byte where the next run begins, or the stretch at hand.
    at: usize,
    run: Run,
    /// Numbers of it that are left.
    left: usize,
}

#[derive(Debug)]
enum Run {
    Same(u32),
    /// Numbers of the stretch that are behind.
    Packed(usize),
}

/// Numbers of more bits are no places of a dictionary.
const WIDTH_MAX: u8 = 32;

impl Hybrid {
    /// Numbers of so many bits from a byte on; `None` where numbers have no such width.
    pub fn new(width: u8, at: usize) -> Option<Hybrid> {
        (width <= WIDTH_MAX).then_some(Hybrid { width: width as usize, at, run: Run::Same(0), left: 0 })
    }

    /// So many numbers of one bit in one stretch from a byte on.
    pub fn bits(at: usize, count: usize) -> Hybrid {
        Hybrid { width: 1, at, run: Run::Packed(0), left: count }
    }

    /// Whether so many numbers that come next are all the same as this one.
    pub fn are_all(&mut self, bytes: &[u8], count: usize, number: u32) -> Option<bool> {
        let mut wanted = count;
        while wanted > 0 {
            self.go_on(bytes)?;
            let now = self.left.min(wanted);
            let is_same = match &mut self.run {
                Run::Same(there) => *there == number,
                Run::Packed(behind) => {
                    let packed = bytes.get(self.at..)?;
                    let mut places = *behind..*behind + now;
                    *behind += now;
                    places.all(|place| number_at(packed, self.width, place) == number as usize)
                }
            };
            if !is_same {
                return Some(false);
            }
            self.pass(now);
            wanted -= now;
        }
        Some(true)
    }

    /// Adds the words that stand in a dictionary at so many numbers that come next. `None`: the bytes end before, or the
    /// dictionary has no such place; some may have been added then.
    pub fn look_up(
        &mut self,
        bytes: &[u8],
        count: usize,
        dictionary: &[Word],
        out: &mut Vec<Word>,
    ) -> Option<()> {
        let mut wanted = count;
        while wanted > 0 {
            self.go_on(bytes)?;
            let now = self.left.min(wanted);
            match &mut self.run {
                Run::Same(place) => {
                    let word = *dictionary.get(*place as usize)?;
                    out.resize(out.len() + now, word);
                }
                Run::Packed(behind) => {
                    let first = *behind;
                    *behind += now;
                    look_up_packed(bytes.get(self.at..)?, self.width, first..first + now, dictionary, out)?;
                }
            }
            self.pass(now);
            wanted -= now;
        }
        Some(())
    }

    /// The same for some of the numbers only, which are told ascending by their place among those that come next; for the
    /// others a word is added that stands for them.
    pub fn look_up_some(
        &mut self,
        bytes: &[u8],
        (count, some): (usize, &[u32]),
        dictionary: &[Word],
        other: Word,
        out: &mut Vec<Word>,
    ) -> Option<()> {
        let start = out.len();
        out.resize(start + count, other);
        let out = &mut out[start..];
        let (mut passed, mut some) = (0, some.iter().map(|at| *at as usize).peekable());
        while passed < count {
            self.go_on(bytes)?;
            let now = self.left.min(count - passed);
            match &mut self.run {
                Run::Same(place) => {
                    let word = *dictionary.get(*place as usize)?;
                    while let Some(at) = some.next_if(|at| *at < passed + now) {
                        out[at] = word;
                    }
                }
                Run::Packed(behind) => {
                    let packed = bytes.get(self.at..)?;
                    while let Some(at) = some.next_if(|at| *at < passed + now) {
                        let number = number_at(packed, self.width, *behind + at - passed);
                        out[at] = *dictionary.get(number)?;
                    }
                    *behind += now;
                }
            }
            self.pass(now);
            passed += now;
        }
        Some(())
    }

    /// Begins the next run where none is at hand.
    fn go_on(&mut self, bytes: &[u8]) -> Option<()> {
        if self.left > 0 {
            return Some(());
        }
        let head = self.read_head(bytes)?;
        let rest = bytes.get(self.at..)?;
        if head & 1 == 1 {
            // Some writers leave out what no number needs at the end of the last stretch.
            let there = (rest.len() * 8).checked_div(self.width).unwrap_or(usize::MAX);
            self.left = usize::try_from(head >> 1).ok()?.checked_mul(8)?.min(there);
            self.run = Run::Packed(0);
        } else {
            let size = self.width.div_ceil(8);
            let mut number = [0; 4];
            number[..size].copy_from_slice(rest.get(..size)?);
            self.at += size;
            self.left = usize::try_from(head >> 1).ok()?;
            self.run = Run::Same(u32::from_le_bytes(number));
        }
        // A run of nothing is how some fill up a page.
        (self.left > 0).then_some(())
    }

    /// A number in pieces of seven bits, the lowest first.
    fn read_head(&mut self, bytes: &[u8]) -> Option<u64> {
        let mut head = 0;
        for shift in (0..35).step_by(7) {
            let byte = *bytes.get(self.at)?;
            self.at += 1;
            head |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(head);
            }
        }
        None
    }

    fn pass(&mut self, count: usize) {
        self.left -= count;
        if let (0, Run::Packed(numbers)) = (self.left, &self.run) {
            self.at += (numbers * self.width).div_ceil(8);
        }
    }
}

/// One number of a stretch; what is not there is zero.
fn number_at(packed: &[u8], width: usize, place: usize) -> usize {
    let bit = place * width;
    let there = packed.get(bit / 8..).unwrap_or_default();
    let wide = there.first_chunk().copied().unwrap_or_else(|| {
        let mut wide = [0; 8];
        wide[..there.len()].copy_from_slice(there);
        wide
    });
    (u64::from_le_bytes(wide) >> (bit % 8) & ((1 << width) - 1)) as usize
}

/// Looks up some of the numbers of a stretch: eight at a time, which begin and end with a byte, and the rest one by one.
fn look_up_packed(
    packed: &[u8],
    width: usize,
    places: std::ops::Range<usize>,
    dictionary: &[Word],
    out: &mut Vec<Word>,
) -> Option<()> {
    if packed.len() < (places.end * width).div_ceil(8) {
        return None;
    }
    let first_eight = places.start.next_multiple_of(8).min(places.end);
    let behind_eights = first_eight + (places.end - first_eight) / 8 * 8;
    let one = |place: usize| dictionary.get(number_at(packed, width, place)).copied();
    for place in places.start..first_eight {
        out.push(one(place)?);
    }
    let eights = (first_eight / 8..behind_eights / 8, packed);
    macro_rules! by_width {
        ($($width:literal)*) => {
            match width {
                $($width => look_up_eights::<$width>(eights, dictionary, out)?,)*
                _ => for place in first_eight..behind_eights {
                    out.push(one(place)?);
                }
            }
        };
    }
    by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24);
    for place in behind_eights..places.end {
        out.push(one(place)?);
    }
    Some(())
}

/// Looks up numbers by eights. With the width known each of them is a read, a shift and a mask.
fn look_up_eights<const WIDTH: usize>(
    (eights, packed): (std::ops::Range<usize>, &[u8]),
    dictionary: &[Word],
    out: &mut Vec<Word>,
) -> Option<()> {
    for eight in eights {
        // Reading is by eight bytes, the last of which may lie behind the end.
        let mut at_end = [0; 32];
        let window = match packed.get(eight * WIDTH..eight * WIDTH + WIDTH + 8) {
            Some(window) => window,
            None => {
                let rest = &packed[eight * WIDTH..];
                at_end[..rest.len()].copy_from_slice(rest);
                &at_end[..WIDTH + 8]
            }
        };
        let mut words = [0; 8];
        for (place, word) in words.iter_mut().enumerate() {
            let (byte, shift) = (place * WIDTH / 8, place * WIDTH % 8);
            let wide = window[byte..byte + 8].try_into().expect("eight bytes");
            *word = *dictionary.get((u64::from_le_bytes(wide) >> shift & ((1 << WIDTH) - 1)) as usize)?;
        }
        out.extend_from_slice(&words);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Runs as a writer lays them out: so many times one number, or numbers by eights.
    #[derive(Clone, Debug)]
    enum Laid {
        Same(u32, usize),
        Packed(Vec<u32>),
    }

    fn lay(runs: &[Laid], width: usize) -> (Vec<u8>, Vec<u32>) {
        let (mut bytes, mut numbers) = (Vec::new(), Vec::new());
        let head = |bytes: &mut Vec<u8>, mut number: usize| {
            while number >= 0x80 {
                bytes.push(number as u8 | 0x80);
                number >>= 7;
            }
            bytes.push(number as u8);
        };
        for run in runs {
            match run {
                Laid::Same(number, count) => {
                    head(&mut bytes, count << 1);
                    bytes.extend(&number.to_le_bytes()[..width.div_ceil(8)]);
                    numbers.extend(std::iter::repeat_n(*number, *count));
                }
                Laid::Packed(those) => {
                    head(&mut bytes, (those.len() / 8) << 1 | 1);
                    let mut bits = vec![0; those.len() / 8 * width];
                    for (at, number) in those.iter().enumerate() {
                        for bit in (0..width).filter(|bit| number >> bit & 1 == 1) {
                            bits[(at * width + bit) / 8] |= 1 << ((at * width + bit) % 8);
                        }
                    }
                    bytes.extend(bits);
                    numbers.extend(those);
                }
            }
        }
        (bytes, numbers)
    }

    fn laid() -> impl Strategy<Value = (usize, Vec<Laid>)> {
        (0usize..27).prop_flat_map(|width| {
            let number = 0..=(((1u64 << width) - 1).min(5000) as u32);
            let packed = proptest::collection::vec(number.clone(), 1..10).prop_map(|numbers| {
                Laid::Packed(numbers.iter().cycle().take(numbers.len() * 8).copied().collect())
            });
            let run = prop_oneof![(number, 1usize..300).prop_map(|(n, c)| Laid::Same(n, c)), packed];
            (Just(width), proptest::collection::vec(run, 0..6))
        })
    }

    proptest! {
        #[test]
        fn numbers_are_looked_up((width, runs) in laid(), sizes in proptest::collection::vec(1usize..40, 1..9)) {
            let (bytes, numbers) = lay(&runs, width);
            let dictionary: Vec<Word> = (0..5001).map(|place| place * 3 + 1).collect();
            let mut hybrid = Hybrid::new(width as u8, 0).unwrap();
            let (mut out, mut sizes) = (vec![7], sizes.iter().cycle());
            while out.len() <= numbers.len() {
                let count = (*sizes.next().unwrap()).min(numbers.len() + 1 - out.len());
                prop_assert_eq!(hybrid.look_up(&bytes, count, &dictionary, &mut out), Some(()));
            }
            let expected: Vec<Word> = numbers.iter().map(|number| u64::from(*number) * 3 + 1).collect();
            prop_assert_eq!(&out[1..], expected.as_slice());
            prop_assert_eq!(hybrid.look_up(&bytes, 1, &dictionary, &mut out), None, "behind the end");
            if let Some(most) = numbers.iter().max() {
                let mut hybrid = Hybrid::new(width as u8, 0).unwrap();
                let short = &dictionary[..*most as usize];
                prop_assert_eq!(hybrid.look_up(&bytes, numbers.len(), short, &mut Vec::new()), None);
            }
        }

        #[test]
        fn any_bytes_are_looked_up_or_not(width in 0u8..40, bytes: Vec<u8>, counts in proptest::collection::vec(0usize..99, 0..9)) {
            let dictionary: Vec<Word> = (0..300).collect();
            let Some(mut hybrid) = Hybrid::new(width, 0) else { return Ok(()) };
            for count in counts {
                let mut out = Vec::new();
                if hybrid.look_up(&bytes, count, &dictionary, &mut out).is_none() {
                    break;
                }
                prop_assert_eq!(out.len(), count);
            }
        }

        #[test]
        fn numbers_are_all_the_same_or_not(ones in 1usize..100, zero in proptest::option::of(0usize..100)) {
            let mut numbers = vec![1; ones.next_multiple_of(8)];
            if let Some(place) = zero.filter(|place| *place < ones) {
                numbers[place] = 0;
            }
            let (bytes, _) = lay(&[Laid::Same(1, 20), Laid::Packed(numbers)], 1);
            let are_all = Hybrid::new(1, 0).unwrap().are_all(&bytes, 20 + ones, 1);
            prop_assert_eq!(are_all, Some(zero.is_none_or(|place| place >= ones)));
        }
    }
}
