//! Puts all mutants of a file into its text, each behind a switch.
//!
//! `a < b` becomes `(if on(7) { a <= b } else if on(8) { a > b } else { a < b })`. Only one mutant is on
//! at a time, so what a mutant says holds no other one, and the text grows by the depth of expressions
//! and not by its power.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use proc_macro2::{LineColumn, Span};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::list::{At, Mutant};

/// The switches, as a module of the crate under test.
pub const SWITCHES: &str = include_str!("switches.rs.txt");

/// A file with its mutants in it.
pub struct Woven {
    pub text: String,
    /// Mutants for which there is no place.
    pub left_out: BTreeSet<usize>,
    /// Mutants that are no programs: where a `let` is part of a condition, only `&&` can join it.
    pub no_program: BTreeSet<usize>,
}

/// Weaves `mutants`, by number, into the text of their file. Functions that are constant are so no more
/// where they hold a switch, except for those that are called `constant`.
pub fn weave(
    source: &str,
    mutants: &BTreeMap<usize, &Mutant>,
    constant: &BTreeSet<String>,
) -> Result<Woven, syn::Error> {
    let file = syn::parse_file(source)?;
    let text = Text::new(source);
    let mut places = Places {
        text: &text,
        mutants: by_start(&text, mutants),
        sites: Vec::new(),
        no_program: BTreeSet::new(),
        constants: Vec::new(),
    };
    places.bodies();
    places.visit_file(&file);
    let Places { mut sites, no_program, constants, .. } = places;
    for (name, word, whole) in constants {
        let holds = |site: &Site| whole.start <= site.at.start && site.at.end <= whole.end;
        if !constant.contains(&name) && sites.iter().any(holds) {
            sites.push(Site { at: word, how: How::Gone });
        }
    }
    // What is inserted before an expression comes before it; what encloses comes before what it has.
    sites.sort_by_key(|site| (site.at.start, !site.at.is_empty(), usize::MAX - site.at.end));
    let placed = sites.iter().flat_map(|site| site.how.numbers());
    let known: BTreeSet<usize> = placed.chain(no_program.iter().copied()).collect();
    let left_out = mutants.keys().copied().filter(|number| !known.contains(number)).collect();
    let mut woven = String::with_capacity(source.len() * 2);
    let mut sites = &sites[..];
    render(source, 0..source.len(), &mut sites, &mut woven);
    Ok(Woven { text: woven, left_out, no_program })
}

/// The mutants whose text or mark in woven text the bytes `at` lie in: of a case, the case; beside the
/// cases, all of the site.
pub fn concerned(woven: &str, at: usize) -> Vec<usize> {
    let mut open: Vec<Vec<usize>> = Vec::new();
    for (start, _) in woven.match_indices("/*m") {
        if start > at {
            break;
        }
        let mark = &woven[start + 3..];
        let end = mark.find("*/").expect("marks are written whole");
        match &mark[..end] {
            "-" => drop(open.pop()),
            numbers => {
                open.push(numbers.split(',').map(|n| n.parse().expect("a number")).collect());
            }
        }
    }
    open.pop().unwrap_or_default()
}

/// The mutants in woven text that delete an arm of the match whose scrutinee starts at the byte `at`.
pub fn arms(woven: &str, at: usize) -> Vec<usize> {
    struct Arms<'a>(&'a Text<'a>, usize, Vec<usize>);
    impl<'ast> Visit<'ast> for Arms<'_> {
        fn visit_expr_match(&mut self, node: &'ast syn::ExprMatch) {
            if self.0.span(node.expr.span()).start == self.1 {
                for arm in &node.arms {
                    let head =
                        self.0.span(arm.pat.span()).start..self.0.span(arm.body.span()).start;
                    let head = &self.0.source[head];
                    for (start, _) in head.match_indices("!crate::mutants::on(") {
                        let digits = head[start + 20..].split(')').next().unwrap_or_default();
                        self.2.extend(digits.parse::<usize>());
                    }
                }
            }
            visit::visit_expr_match(self, node);
        }
    }
    let Ok(file) = syn::parse_file(woven) else { return Vec::new() };
    let text = Text::new(woven);
    let mut found = Arms(&text, at, Vec::new());
    found.visit_file(&file);
    found.2
}

struct Text<'a> {
    source: &'a str,
    lines: Vec<usize>,
}

impl<'a> Text<'a> {
    fn new(source: &'a str) -> Self {
        let ends = source.match_indices('\n').map(|(at, _)| at + 1);
        Text { source, lines: std::iter::once(0).chain(ends).collect() }
    }

    /// The byte at a line, counted from 1, and a column, counted in characters from 0.
    fn byte(&self, line: usize, column: usize) -> usize {
        let start = self.lines[line - 1];
        let rest = &self.source[start..];
        start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
    }

    fn at(&self, at: At) -> usize {
        self.byte(at.line, at.column - 1)
    }

    fn span(&self, span: Span) -> Range<usize> {
        let byte = |LineColumn { line, column }| self.byte(line, column);
        byte(span.start())..byte(span.end())
    }
}

/// A place in the text, and what is done there.
struct Site {
    at: Range<usize>,
    how: How,
}

enum How {
    /// Text before what stands there.
    Before(usize, String),
    /// Other expressions in place of one.
    Instead(Vec<(usize, String)>),
    /// A guard that may be gone with its arm, or always or never holds.
    Guard { gone: Vec<usize>, always: Vec<usize>, never: Vec<usize> },
    /// The body of a function that answers an iterator, which may be one of other items.
    Items(Vec<(usize, String)>),
    /// Nothing in place of what stands there.
    Gone,
}

impl How {
    fn numbers(&self) -> Vec<usize> {
        match self {
            How::Before(number, _) => vec![*number],
            How::Instead(cases) | How::Items(cases) => {
                cases.iter().map(|(number, _)| *number).collect()
            }
            How::Guard { gone, always, never } => [&gone[..], always, never].concat(),
            How::Gone => Vec::new(),
        }
    }
}

struct Places<'a> {
    text: &'a Text<'a>,
    /// By genre and the byte at which they start.
    mutants: BTreeMap<(&'a str, usize), Vec<(usize, &'a Mutant)>>,
    sites: Vec<Site>,
    no_program: BTreeSet<usize>,
    /// Constant functions: their names, and where the word `const` stands, and all of them.
    constants: Vec<(String, Range<usize>, Range<usize>)>,
}

fn by_start<'a>(
    text: &Text<'_>,
    mutants: &BTreeMap<usize, &'a Mutant>,
) -> BTreeMap<(&'a str, usize), Vec<(usize, &'a Mutant)>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (&number, &mutant) in mutants {
        let start = text.at(mutant.span.start);
        found.entry((mutant.genre.as_str(), start)).or_default().push((number, mutant));
    }
    found
}

impl Places<'_> {
    /// Functions that answer something else at once.
    fn bodies(&mut self) {
        for (&(genre, start), mutants) in &self.mutants {
            let (items, values): (Vec<_>, Vec<_>) = (mutants.iter())
                .filter(|_| genre == "FnValue")
                .partition(|(_, mutant)| mutant.is_iterator());
            if let Some((_, first)) = items.first() {
                let at = start..self.text.at(first.span.end);
                let case = |(number, mutant): &(usize, &Mutant)| {
                    let once = mutant.replacement.strip_prefix("::std::iter::once(");
                    let item = once.and_then(|rest| rest.strip_suffix(')')).unwrap_or_default();
                    (*number, item.to_owned())
                };
                let cases = items.iter().map(case).collect();
                self.sites.push(Site { at, how: How::Items(cases) });
            }
            for (number, mutant) in values {
                let answer = &mutant.replacement;
                let text = format!("if crate::mutants::on({number}) {{ return {answer}; }}");
                self.sites.push(Site { at: start..start, how: How::Before(number, text) });
            }
        }
    }

    fn of(&self, genre: &'static str, start: usize) -> Vec<(usize, String)> {
        let found = self.mutants.get(&(genre, start)).map(Vec::as_slice).unwrap_or_default();
        found.iter().map(|(number, mutant)| (*number, mutant.replacement.clone())).collect()
    }

    /// Replaces the part `inner` of the expression `outer` by each replacement.
    fn instead(&mut self, genre: &'static str, outer: Range<usize>, inner: Range<usize>) {
        let source = self.text.source;
        let with = |(number, by): (usize, String)| {
            let whole = format!(
                "{}{by}{}",
                &source[outer.start..inner.start],
                &source[inner.end..outer.end]
            );
            (number, whole)
        };
        let cases: Vec<_> = self.of(genre, inner.start).into_iter().map(with).collect();
        if !cases.is_empty() {
            self.sites.push(Site { at: outer, how: How::Instead(cases) });
        }
    }
}

impl Places<'_> {
    fn note_constant(&mut self, signature: &syn::Signature, whole: Span) {
        if let Some(word) = &signature.constness {
            let (word, whole) = (self.text.span(word.span()), self.text.span(whole));
            self.constants.push((signature.ident.to_string(), word, whole));
        }
    }
}

impl<'ast> Visit<'ast> for Places<'_> {
    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.note_constant(&node.sig, node.span());
        visit::visit_item_fn(self, node);
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.note_constant(&node.sig, node.span());
        visit::visit_impl_item_fn(self, node);
    }

    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        let (outer, inner) = (self.text.span(node.span()), self.text.span(node.op.span()));
        if has_let(&node.left) || has_let(&node.right) {
            let numbers = self.of("BinaryOperator", inner.start);
            self.no_program.extend(numbers.into_iter().map(|(number, _)| number));
        } else {
            self.instead("BinaryOperator", outer, inner);
        }
        visit::visit_expr_binary(self, node);
    }

    fn visit_expr_unary(&mut self, node: &'ast syn::ExprUnary) {
        let (outer, inner) = (self.text.span(node.span()), self.text.span(node.op.span()));
        self.instead("UnaryOperator", outer, inner);
        visit::visit_expr_unary(self, node);
    }

    fn visit_expr_struct(&mut self, node: &'ast syn::ExprStruct) {
        let outer = self.text.span(node.span());
        let mut cases = Vec::new();
        for field in &node.fields {
            let field = self.text.span(field.span());
            for (number, _) in self.of("StructField", field.start) {
                let source = self.text.source;
                let rest = &source[field.end..outer.end];
                let rest = rest.trim_start().strip_prefix(',').unwrap_or(rest);
                cases.push((number, format!("{}{rest}", &source[outer.start..field.start])));
            }
        }
        if !cases.is_empty() {
            self.sites.push(Site { at: outer, how: How::Instead(cases) });
        }
        visit::visit_expr_struct(self, node);
    }

    fn visit_arm(&mut self, node: &'ast syn::Arm) {
        let arm = self.text.span(node.span());
        let gone: Vec<usize> =
            self.of("MatchArm", arm.start).into_iter().map(|(number, _)| number).collect();
        match &node.guard {
            Some((_, guard)) => {
                let at = self.text.span(guard.span());
                let (mut always, mut never) = (Vec::new(), Vec::new());
                for (number, by) in self.of("MatchArmGuard", at.start) {
                    if by == "true" { always.push(number) } else { never.push(number) }
                }
                if !(has_let(guard) || gone.is_empty() && always.is_empty() && never.is_empty()) {
                    self.sites.push(Site { at, how: How::Guard { gone, always, never } });
                }
            }
            None => {
                let end = self.text.span(node.pat.span()).end;
                for number in gone {
                    let text = format!("if !crate::mutants::on({number})");
                    self.sites.push(Site { at: end..end, how: How::Before(number, text) });
                }
            }
        }
        visit::visit_arm(self, node);
    }
}

/// Whether an expression is, or begins a chain with, a `let`.
fn has_let(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

/// Writes what stands `within`, with the sites in it.
fn render(source: &str, within: Range<usize>, sites: &mut &[Site], woven: &mut String) {
    let mut from = within.start;
    while let Some((site, rest)) = sites.split_first()
        && site.at.start < within.end
    {
        *sites = rest;
        woven.push_str(&source[from..site.at.start]);
        from = site.at.end;
        let list =
            |numbers: &[usize]| numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
        let on = |numbers: &[usize]| {
            let each = numbers.iter().map(|number| format!("crate::mutants::on({number})"));
            each.collect::<Vec<_>>().join(" || ")
        };
        if matches!(site.how, How::Gone) {
            continue;
        }
        woven.push_str(&format!("/*m{}*/", list(&site.how.numbers())));
        match &site.how {
            How::Gone => {}
            How::Items(cases) => {
                woven.push_str("let items = { ");
                render(source, site.at.clone(), sites, woven);
                let all: Vec<usize> = cases.iter().map(|(number, _)| *number).collect();
                woven.push_str(&format!(
                    " }}; items.take(if {} {{ 0 }} else {{ usize::MAX }})",
                    on(&all)
                ));
                for (number, item) in cases.iter().filter(|(_, item)| !item.is_empty()) {
                    woven.push_str(&format!(
                        ".chain(crate::mutants::on({number}).then(|| /*m{number}*/{item}/*m-*/))"
                    ));
                }
            }
            How::Before(_, text) => woven.push_str(&format!(" {text} ")),
            How::Instead(cases) => {
                woven.push('(');
                for (number, case) in cases {
                    woven.push_str(&format!(
                        "if crate::mutants::on({number}) {{ /*m{number}*/{case}/*m-*/ }} else "
                    ));
                }
                woven.push_str("{ ");
                render(source, site.at.clone(), sites, woven);
                woven.push_str(" })");
            }
            How::Guard { gone, always, never } => {
                let not = [&gone[..], never].concat();
                for number in not {
                    woven.push_str(&format!("!crate::mutants::on({number}) && "));
                }
                woven.push('(');
                if !always.is_empty() {
                    woven.push_str(&format!("{} || ", on(always)));
                }
                render(source, site.at.clone(), sites, woven);
                woven.push(')');
            }
        }
        woven.push_str("/*m-*/");
    }
    woven.push_str(&source[from..within.end]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::Function;

    /// Weaves mutants that are said by genre, line, column and replacement; without the marks.
    fn woven(source: &str, said: &[(&str, usize, usize, &str)]) -> (String, Vec<usize>) {
        let mutants: Vec<Mutant> = (said.iter())
            .map(|&(genre, line, column, replacement)| {
                Mutant::said(genre, line, column, replacement)
            })
            .collect();
        woven_of(source, &mutants)
    }

    fn woven_of(source: &str, mutants: &[Mutant]) -> (String, Vec<usize>) {
        let constant = BTreeSet::from(["must_be".to_owned()]);
        let woven = weave(source, &mutants.iter().enumerate().collect(), &constant)
            .expect("it is a program");
        let mut text = woven.text;
        while let Some(start) = text.find("/*m") {
            let end = start + text[start..].find("*/").expect("marks are whole") + 2;
            text.replace_range(start..end, "");
        }
        let out = woven.left_out.union(&woven.no_program);
        (text.replace("crate::mutants::", ""), out.copied().collect())
    }

    #[test]
    fn expressions_and_bodies_stand_behind_their_switches() {
        let source = "fn f(a: u8, b: u8) -> bool {\n    a < b && !g(a)\n}\n";
        let said = [
            ("FnValue", 2, 5, "true"),
            ("BinaryOperator", 2, 7, "<="),
            ("BinaryOperator", 2, 7, ">"),
            ("BinaryOperator", 2, 11, "||"),
            ("UnaryOperator", 2, 14, ""),
        ];
        let (text, left_out) = woven(source, &said);
        let less = "(if on(1) { a <= b } else if on(2) { a > b } else { a < b })";
        let not = "(if on(4) { g(a) } else { !g(a) })";
        let expected = format!(
            "fn f(a: u8, b: u8) -> bool {{\n     if on(0) {{ return true; }} \
             (if on(3) {{ a < b || !g(a) }} else {{ {less} && {not} }})\n}}\n"
        );
        assert_eq!(text, expected);
        assert!(left_out.is_empty());
        syn::parse_file(&text).expect("what is woven is a program");
    }

    #[test]
    fn arms_go_by_their_guards_and_fields_by_what_is_left() {
        let source = "fn f(a: u8) -> S {\n    match a {\n        0 => S { x: 1, ..s() },\n        \
                      n if n > 1 => s(),\n        _ => t(),\n    }\n}\n";
        let said = [
            ("MatchArm", 3, 9, ""),
            ("StructField", 3, 18, ""),
            ("MatchArm", 4, 9, ""),
            ("MatchArmGuard", 4, 14, "true"),
            ("MatchArmGuard", 4, 14, "false"),
            ("BinaryOperator", 4, 16, ">="),
        ];
        let (text, left_out) = woven(source, &said);
        let expected = "fn f(a: u8) -> S {\n    match a {\n        \
             0 if !on(0)  => (if on(1) { S {  ..s() } } else { S { x: 1, ..s() } }),\n        \
             n if !on(2) && !on(4) && (on(3) || (if on(5) { n >= 1 } else { n > 1 })) => s(),\n        \
             _ => t(),\n    }\n}\n";
        assert_eq!(text, expected);
        assert!(left_out.is_empty());
    }

    #[test]
    fn what_has_no_place_is_left_out() {
        let source = "fn f(a: Option<u8>) {\n    if let Some(b) = a && b > 1 {\n    }\n}\n";
        let said = [
            ("BinaryOperator", 2, 24, "||"),
            ("BinaryOperator", 2, 29, ">="),
            ("BinaryOperator", 3, 1, "+"),
        ];
        let (text, out) = woven(source, &said);
        assert!(text.contains("&& (if on(1) { b >= 1 } else { b > 1 }) {"), "{text}");
        assert_eq!(out, [0, 2]);
    }

    #[test]
    fn an_iterator_has_other_items() {
        let source = "fn f(a: &[u8]) -> impl Iterator<Item = &u8> {\n    a.iter()\n}\n";
        let said = |replacement: &str| {
            let function = Function { return_type: "-> impl Iterator<Item = &u8>".to_owned() };
            let mut mutant = Mutant::said("FnValue", 2, 5, replacement);
            (mutant.function, mutant.span.end.column) = (Some(function), 13);
            mutant
        };
        let mutants = [said("::std::iter::empty()"), said("::std::iter::once(&0)")];
        let (text, left_out) = woven_of(source, &mutants);
        let expected = "fn f(a: &[u8]) -> impl Iterator<Item = &u8> {\n    let items = { a.iter() }; \
                        items.take(if on(0) || on(1) { 0 } else { usize::MAX })\
                        .chain(on(1).then(|| &0))\n}\n";
        assert_eq!(text, expected);
        assert!(left_out.is_empty());
    }

    #[test]
    fn a_function_is_constant_only_where_it_must_be() {
        let source = "const fn may_be() -> u8 {\n    1 + 2\n}\nconst fn must_be() -> u8 {\n    \
                      3 + 4\n}\nconst fn holds_none() {}\n";
        let said = [("BinaryOperator", 2, 7, "-"), ("BinaryOperator", 5, 7, "-")];
        let (text, _) = woven(source, &said);
        let expected = " fn may_be() -> u8 {\n    (if on(0) { 1 - 2 } else { 1 + 2 })\n}\nconst fn \
                        must_be() -> u8 {\n    (if on(1) { 3 - 4 } else { 3 + 4 })\n}\nconst fn \
                        holds_none() {}\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_place_in_woven_text_tells_whose_it_is() {
        let text = "a /*m1,2*/(if on(1) { /*m1*/x/*m-*/ } else { y })/*m-*/ z";
        let at = |part: &str| concerned(text, text.find(part).expect("it is there"));
        assert_eq!(at("x/*"), [1]);
        assert_eq!(at("y }"), [1, 2]);
        assert_eq!(at(" z"), [0_usize; 0]);
        let text = "fn f() { match g() { A if !crate::mutants::on(3) => 1, B => 2 } }";
        assert_eq!(arms(text, text.find("g()").expect("it is there")), [3]);
        assert_eq!(arms(text, 0), [0_usize; 0]);
    }
}
