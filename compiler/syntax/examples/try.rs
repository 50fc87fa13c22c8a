fn main() {
    let mut text = String::new();
    std::io::Read::read_to_string(&mut std::io::stdin(), &mut text).unwrap();
    match std::env::args().nth(1).as_deref() {
        Some("fmt") => print!("{}", twin_syntax::format(&text).unwrap_or_default()),
        Some("tree") => {
            print!("{}", twin_syntax::print_tree(&twin_syntax::parse(Default::default(), &text).module))
        }
        _ => {}
    }
    let parse = twin_syntax::parse(Default::default(), &text);
    for f in parse.report.finish() {
        let s = f.primary.span;
        let before = &text[..s.start as usize];
        let line = before.matches('\n').count() + 1;
        let col = before.len() - before.rfind('\n').map_or(0, |a| a + 1) + 1;
        println!(
            "{line}:{col} {} {} | {:?} -- {} {:?} {:?}",
            f.code,
            f.message,
            &text[s.start as usize..s.end as usize],
            f.primary.text,
            f.help.unwrap_or_default(),
            f.fixes.iter().map(|x| &x.replacement).collect::<Vec<_>>()
        );
    }
}
