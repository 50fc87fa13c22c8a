//! The one style, as a change of the text.

use crate::completion::Edit;

/// The change that gives a text the one style: only the stretch that differs. None where nothing differs, and
/// where the text cannot be read and is therefore left alone.
pub fn format(text: &str) -> Option<Edit> {
    let styled = twin_syntax::format(text).ok()?;
    if styled == text {
        return None;
    }
    // Whole lines are kept at both ends, so that an editor's marks and cursor stay where they are.
    let same = |(a, b): &(&str, &str)| a == b;
    let head: usize = text
        .split_inclusive('\n')
        .zip(styled.split_inclusive('\n'))
        .take_while(same)
        .map(|(a, _)| a.len())
        .sum();
    let (old, new) = (&text[head..], &styled[head..]);
    let tail: usize = old
        .split_inclusive('\n')
        .rev()
        .zip(new.split_inclusive('\n').rev())
        .take_while(same)
        .map(|(a, _)| a.len())
        .sum();
    Some(Edit { range: head..text.len() - tail, text: new[..new.len() - tail].to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_changed() {
        let text = "unit a\nunit   b\nunit c\n";
        let edit = format(text).expect("a change");
        assert_eq!(&text[edit.range.clone()], "unit   b\n");
        assert_eq!(edit.text, "unit b\n");
        assert_eq!(format("unit a\n"), None);
        assert_eq!(format("twin {"), None);
    }
}
