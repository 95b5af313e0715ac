//! Checks that every pair of colours that the style sheet puts on each other can be read, in both schemes and for
//! every brand, as WCAG 2.2 asks: 4.5 for text (1.4.3), 3 for what else must be seen (1.4.11).

use std::collections::HashMap;

const TOKENS: &str = include_str!("../assets/css/tokens.css");

/// Text on its background.
const TEXT: &[(&str, &str)] = &[
    ("ink", "paper"),
    ("ink", "surface"),
    ("ink", "sunken"),
    ("muted", "paper"),
    ("muted", "surface"),
    ("muted", "sunken"),
    ("accent", "paper"),
    ("accent", "surface"),
    ("accent", "sunken"),
    ("accent-hover", "surface"),
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
    ("on-accent-soft", "accent-soft"),
    ("on-good", "good-soft"),
    ("on-warning", "warning-soft"),
    ("on-bad-soft", "bad-soft"),
    ("on-neutral", "neutral-soft"),
    ("bad", "surface"),
    ("bad", "paper"),
    ("on-bad", "bad"),
    ("on-bad", "bad-hover"),
    ("ink", "accent-soft"),
    ("ink", "good-soft"),
    ("ink", "warning-soft"),
    ("ink", "bad-soft"),
    ("on-frame", "frame"),
    ("on-frame", "frame-raised"),
    ("on-frame-muted", "frame"),
    ("on-frame-muted", "frame-raised"),
    ("mark", "frame"),
    ("frame", "mark"),
];

/// Borders of controls, bars, marks and focus rings.
const GRAPHICS: &[(&str, &str)] = &[
    ("line-strong", "surface"),
    ("line-strong", "paper"),
    ("line-strong", "sunken"),
    ("bad", "surface"),
    ("accent", "sunken"),
    ("wordmark-tick", "paper"),
    ("wordmark-tick", "surface"),
    ("focus-outer", "paper"),
    ("focus-outer", "surface"),
    ("focus-outer", "focus-inner"),
    ("mark", "frame-raised"),
];

type Colours = HashMap<String, [u8; 3]>;

/// The body of the first block whose selector is this, in a part of the style sheet.
fn block<'a>(css: &'a str, selector: &str) -> &'a str {
    let start = css.find(&format!("{selector} {{")).unwrap_or_else(|| panic!("no block {selector}"));
    let body = &css[start + selector.len() + 2..];
    let mut depth = 1;
    let end = body.find(|letter| {
        depth += match letter {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        depth == 0
    });
    &body[..end.unwrap()]
}

fn declare(colours: &mut Colours, block: &str) {
    for declaration in block.lines().filter_map(|line| line.trim().strip_prefix("--")) {
        let (name, value) = declaration.split_once(": ").unwrap();
        if let Some(hex) = value.trim_end_matches(';').strip_prefix('#') {
            let channel = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            colours.insert(name.to_owned(), [channel(0), channel(2), channel(4)]);
        }
    }
}

/// The colours that a page of a brand has in a scheme: each block overrides what came before it, as the cascade does.
fn colours(brand: &str, dark: bool) -> Colours {
    let (light_part, dark_part) = TOKENS.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let branded = format!(":root[data-brand=\"{brand}\"]");
    let mut colours = Colours::new();
    for part in [light_part, dark_part].into_iter().take(1 + usize::from(dark)) {
        declare(&mut colours, block(part, ":root"));
    }
    if brand != "web" {
        for part in [light_part, dark_part].into_iter().take(1 + usize::from(dark)) {
            declare(&mut colours, block(part, &branded));
        }
    }
    colours
}

fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn too_weak(pairs: &[(&str, &str)], least: f64) -> Vec<String> {
    let mut weak = Vec::new();
    for (brand, dark) in
        ["web", "admin", "local"].into_iter().flat_map(|brand| [(brand, false), (brand, true)])
    {
        let colours = colours(brand, dark);
        for (front, back) in pairs {
            let measured = contrast(colours[*front], colours[*back]);
            if measured < least {
                weak.push(format!("{brand} dark={dark}: {front} on {back} is {measured:.2}, below {least}"));
            }
        }
    }
    weak
}

#[test]
fn contrast_of_known_colours_is_as_published() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.001);
    assert!((contrast([0x76; 3], [255; 3]) - 4.54).abs() < 0.01);
}

#[test]
fn text_can_be_read_on_its_background() {
    assert_eq!(too_weak(TEXT, 4.5), Vec::<String>::new());
}

#[test]
fn controls_and_focus_rings_can_be_seen() {
    assert_eq!(too_weak(GRAPHICS, 3.0), Vec::<String>::new());
}
