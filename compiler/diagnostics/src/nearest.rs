//! Which of some names was probably meant.

/// The name nearest to `wanted`, if it is near enough to be meant: a third of its letters may be wrong, and whether
/// they are large or small does not matter. Of several that are equally near the first in the alphabet.
pub fn nearest<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let mut letters = Vec::new();
    push_lower(wanted, &mut letters);
    let set = set_of(&letters);
    let mut bound = (letters.len() / 3).max(1);
    let mut best: Option<&str> = None;
    let (mut other, mut rows) = (Vec::new(), Rows::default());
    for name in names {
        other.clear();
        push_lower(name, &mut other);
        if letters.len().abs_diff(other.len()) > bound || differ_by(set, set_of(&other)) > bound {
            continue;
        }
        let Some(distance) = rows.distance(&letters, &other, bound) else { continue };
        let is_better = distance < bound || best.is_none_or(|best| name < best);
        if is_better && name != wanted {
            (bound, best) = (distance, Some(name));
        }
    }
    best
}

fn push_lower(name: &str, letters: &mut Vec<char>) {
    match name.is_ascii() {
        // Nearly all names; the general way takes ten times as long.
        true => letters.extend(name.bytes().map(|letter| char::from(letter.to_ascii_lowercase()))),
        false => letters.extend(name.chars().flat_map(char::to_lowercase)),
    }
}

/// The letters of a name as bits. A wide program has hundreds of names, and most are told from the wanted one by this.
fn set_of(letters: &[char]) -> u64 {
    letters.iter().fold(0, |set, letter| set | 1 << (*letter as u32 % 64))
}

/// At least so many letters are to be changed: no step brings in or takes away more than one.
fn differ_by(left: u64, right: u64) -> usize {
    (left & !right).count_ones().max((right & !left).count_ones()) as usize
}

/// The rows of a table of distances; kept, since names are compared by the hundred.
#[derive(Default)]
struct Rows {
    before: Vec<usize>,
    last: Vec<usize>,
    row: Vec<usize>,
}

impl Rows {
    /// Insertions, deletions, replacements and swaps of neighbours from one name to the other; `None` when there are
    /// more than `bound`.
    fn distance(&mut self, left: &[char], right: &[char], bound: usize) -> Option<usize> {
        self.last.clear();
        self.last.extend(0..=right.len());
        for (i, x) in left.iter().enumerate() {
            self.row.clear();
            self.row.push(i + 1);
            for (j, y) in right.iter().enumerate() {
                let replaced = self.last[j] + usize::from(x != y);
                let mut cost = replaced.min(self.last[j + 1] + 1).min(self.row[j] + 1);
                if i > 0 && j > 0 && *x == right[j - 1] && left[i - 1] == *y {
                    cost = cost.min(self.before[j - 1] + 1);
                }
                self.row.push(cost);
            }
            // A swap goes back two rows, so both must be beyond the bound.
            let is_lost = |row: &[usize]| row.iter().all(|cost| *cost > bound);
            if is_lost(&self.row) && is_lost(&self.last) {
                return None;
            }
            std::mem::swap(&mut self.before, &mut self.last);
            std::mem::swap(&mut self.last, &mut self.row);
        }
        self.last.last().copied().filter(|distance| *distance <= bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["coolant_temp", "speed", "battery"];
        assert_eq!(nearest("coolent_temp", names), Some("coolant_temp"));
        assert_eq!(nearest("sped", names), Some("speed"));
        assert_eq!(nearest("psede", names), None);
        assert_eq!(nearest("psi", names), None);
        assert_eq!(nearest("SPEED", names), Some("speed"));
        assert_eq!(nearest("größe", ["GRÖSSE", "GRÖßE"]), Some("GRÖßE"));
        assert_eq!(nearest("speed", names), None);
        assert_eq!(nearest("", ["a", ""]), Some("a"));
    }

    #[test]
    fn the_nearest_wins_and_then_the_alphabet() {
        assert_eq!(nearest("abcdef", ["abcxyf", "abcdeg", "abcdea"]), Some("abcdea"));
        assert_eq!(nearest("abcdef", ["abcdea", "abcdeg", "bacdef"]), Some("abcdea"));
    }

    /// The shortcuts leave nothing out that the whole table would find.
    #[test]
    fn a_bound_changes_no_distance() {
        let words =
            ["", "a", "ab", "ba", "abc", "bca", "tire", "tier", "tyre", "pressure", "presure", "rpessure"];
        for left in words {
            for right in words {
                let (l, r): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
                let whole = Rows::default().distance(&l, &r, usize::MAX).expect("it has no bound");
                assert!(differ_by(set_of(&l), set_of(&r)) <= whole, "{left} {right}");
                for bound in 0..10 {
                    let bounded = Rows::default().distance(&l, &r, bound);
                    assert_eq!(bounded, (whole <= bound).then_some(whole), "{left} {right} {bound}");
                }
            }
        }
    }
}
