//! Small helpers over text and offsets.

/// The nearest place at or before `offset` that does not cut a character.
pub(crate) fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The name or unit that the cursor at `offset` is in or touches.
pub(crate) fn word_at(text: &str, offset: usize) -> Option<std::ops::Range<usize>> {
    use crate::words::{is_word_head, is_word_tail};
    let offset = floor_boundary(text, offset);
    let before = text[..offset].char_indices().rev().take_while(|(_, c)| is_word_tail(*c)).last();
    let start = before.map_or(offset, |(at, _)| at);
    let rest = &text[offset..];
    let end = offset + rest.find(|c| !is_word_tail(c)).unwrap_or(rest.len());
    // `90degC`: digits belong to the number before.
    let start = start + text[start..end].find(is_word_head).unwrap_or(end - start);
    (start < end && start <= offset).then_some(start..end)
}
