//! A reader of JSON that may have been cut.
//!
//! Clients cut previews at a number of bytes, so that what is left is no JSON any more. This reader takes the
//! beginning of a JSON text as far as it goes: what is open at its end is closed and marked as cut, a text that
//! breaks off keeps what is there of it, a number, a literal or a name that breaks off is dropped.
//! Text that breaks the grammar before its end is no JSON, cut or not.

use std::borrow::Cow;

use mcp_insights_events::plain_end;

/// Nesting beyond this is read as no JSON: the reader recurses, and stacks are finite.
const DEEPEST: u32 = 256;

/// Room for what most texts have behind their first escape, in bytes.
const USUAL_BYTES: usize = 128;

/// A JSON value, borrowed from its text where nothing had to be unescaped.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    /// As written.
    Number(&'a str),
    Text(Text<'a>),
    Array(Array<'a>),
    Object(Object<'a>),
}

/// A text, and whether it breaks off.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) is_cut: bool,
}

/// An array; of one that breaks off the last item may do so too.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Array<'a> {
    /// The items; of an [outline](Json::outline) the first.
    pub(crate) items: Vec<Json<'a>>,
    /// How many whole items follow those.
    passed_over: usize,
    pub(crate) is_cut: bool,
}

/// An object, with its members in their order; of one that breaks off the last value may do so too.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object<'a> {
    pub(crate) members: Vec<(Cow<'a, str>, Json<'a>)>,
    pub(crate) is_cut: bool,
}

impl<'a> Json<'a> {
    /// Reads a whole text, or the beginning of one. None where the grammar is broken, or where nothing of a value
    /// is left.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        Self::read_with(text, true)
    }

    /// As [`read`](Self::read), but of each array only the first item is kept, and the others are counted.
    pub(crate) fn outline(text: &'a str) -> Option<Self> {
        Self::read_with(text, false)
    }

    fn read_with(text: &'a str, keeps_items: bool) -> Option<Self> {
        let mut reader = Reader { text, at: 0, ended: false, keeps_items };
        reader.skip_space();
        let value = reader.value::<true>(0).ok()??;
        reader.skip_space();
        // A number is all there is only at the end of the text, where it may be whole.
        (reader.at == text.len()).then_some(value)
    }

    /// Whether the value breaks off.
    pub(crate) fn is_cut(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => false,
            Self::Text(text) => text.is_cut,
            Self::Array(array) => array.is_cut,
            Self::Object(object) => object.is_cut,
        }
    }

    /// Whether the value says nothing: `null`, `false`, zero, a blank text, an empty array or object.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(value) => !value,
            Self::Number(_) => self.number() == Some(0.0),
            Self::Text(text) => text.text.trim().is_empty(),
            Self::Array(array) => array.items.is_empty(),
            Self::Object(object) => object.members.is_empty(),
        }
    }

    /// The text of a text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(&text.text),
            _ => None,
        }
    }

    /// The text of a text.
    pub(crate) fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text.text),
            _ => None,
        }
    }

    /// The object of an object.
    pub(crate) fn object(&self) -> Option<&Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The array of an array.
    pub(crate) fn array(&self) -> Option<&Array<'a>> {
        match self {
            Self::Array(array) => Some(array),
            _ => None,
        }
    }

    /// The value of a finite number.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(text) => text.parse::<f64>().ok().filter(|number| number.is_finite()),
            _ => None,
        }
    }

    /// The value of a whole number from 0.
    pub(crate) fn count(&self) -> Option<u64> {
        if let Self::Number(text) = self
            && let Ok(count) = text.parse()
        {
            return Some(count);
        }
        let number = self.number()?;
        // Above 2^53 not every whole number is one that was written.
        let is_count = number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above"
        )]
        is_count.then_some(number as u64)
    }
}

impl<'a> Object<'a> {
    /// The value of a name; of a name that stands twice the last one.
    pub(crate) fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

impl Array<'_> {
    /// How many items there are. Of an array that breaks off those that are whole, but at least one where one has
    /// begun; none where none has.
    pub(crate) fn count(&self) -> Option<u64> {
        if self.is_cut && self.items.is_empty() {
            return None;
        }
        let whole = self.items.iter().filter(|item| !item.is_cut()).count() + self.passed_over;
        u64::try_from(whole.max(usize::from(self.is_cut))).ok()
    }
}

/// Words that are values, none standing for null; the last three are what Python writes for numbers that JSON has none for.
const LITERALS: [(&str, Option<bool>); 6] = [
    ("true", Some(true)),
    ("false", Some(false)),
    ("null", None),
    ("NaN", None),
    ("Infinity", None),
    ("-Infinity", None),
];

/// The grammar is broken.
struct Broken;

struct Reader<'a> {
    text: &'a str,
    /// Offset of the next byte, always at the border of a character.
    at: usize,
    /// Whether the text ended inside of a value.
    ended: bool,
    /// Whether all items of arrays are kept, or the first only.
    keeps_items: bool,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// One value; none where the text ends before there is anything of it. Where it is not to be kept, its grammar is checked, and
    /// what is given of it says nothing.
    fn value<const KEPT: bool>(&mut self, depth: u32) -> Result<Option<Json<'a>>, Broken> {
        match self.peek() {
            None => {
                self.ended = true;
                Ok(None)
            }
            _ if depth > DEEPEST => Err(Broken),
            Some(b'"') => {
                let text = self.string::<KEPT>()?;
                Ok(Some(Json::Text(Text { text, is_cut: self.ended })))
            }
            Some(b'[') => self.array::<KEPT>(depth).map(Some),
            Some(b'{') => self.object::<KEPT>(depth).map(Some),
            Some(b'-' | b'0'..=b'9') if !self.rest().starts_with("-I") => self.number(depth),
            Some(_) => self.literal(),
        }
    }

    fn array<const KEPT: bool>(&mut self, depth: u32) -> Result<Json<'a>, Broken> {
        self.at += 1;
        let (mut items, mut passed_over) = (Vec::new(), 0);
        let mut is_first = true;
        loop {
            self.skip_space();
            if is_first && self.peek() == Some(b']') {
                self.at += 1;
                break;
            }
            if KEPT && (is_first || self.keeps_items) {
                items.extend(self.value::<true>(depth + 1)?);
            } else if self.value::<false>(depth + 1)?.is_some() && !self.ended {
                passed_over += 1;
            }
            is_first = false;
            if self.ended || self.closes(b']')? {
                break;
            }
        }
        Ok(Json::Array(Array { items, passed_over, is_cut: self.ended }))
    }

    fn object<const KEPT: bool>(&mut self, depth: u32) -> Result<Json<'a>, Broken> {
        self.at += 1;
        let mut members = Vec::new();
        let mut is_first = true;
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'}') if is_first => {
                    self.at += 1;
                    break;
                }
                Some(b'"') => {}
                Some(_) => return Err(Broken),
                None => self.ended = true,
            }
            if self.ended {
                break;
            }
            is_first = false;
            let name = self.string::<KEPT>()?;
            self.skip_space();
            match self.peek() {
                Some(b':') => self.at += 1,
                Some(_) => return Err(Broken),
                None => self.ended = true,
            }
            if self.ended {
                break;
            }
            self.skip_space();
            if let Some(value) = self.value::<KEPT>(depth + 1)?
                && KEPT
            {
                members.push((name, value));
            }
            if self.ended || self.closes(b'}')? {
                break;
            }
        }
        Ok(Json::Object(Object { members, is_cut: self.ended }))
    }

    /// Whether the container ends here, by its mark or with the text; otherwise another member follows.
    fn closes(&mut self, mark: u8) -> Result<bool, Broken> {
        self.skip_space();
        match self.peek() {
            None => {
                self.ended = true;
                Ok(true)
            }
            Some(byte) if byte == mark => {
                self.at += 1;
                Ok(true)
            }
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            Some(_) => Err(Broken),
        }
    }

    fn literal(&mut self) -> Result<Option<Json<'a>>, Broken> {
        let rest = self.rest();
        for (name, value) in LITERALS {
            if rest.starts_with(name) {
                self.at += name.len();
                return Ok(Some(value.map_or(Json::Null, Json::Bool)));
            }
            if name.starts_with(rest) {
                self.at = self.text.len();
                self.ended = true;
                return Ok(None);
            }
        }
        Err(Broken)
    }

    fn number(&mut self, depth: u32) -> Result<Option<Json<'a>>, Broken> {
        let start = self.at;
        let mut whole = true;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            whole &= self.digits();
        }
        if whole && self.peek() == Some(b'.') {
            self.at += 1;
            whole &= self.digits();
        }
        if whole && let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            whole &= self.digits();
        }
        if self.at == self.text.len() && (depth > 0 || !whole) {
            // More digits may have followed.
            self.ended = true;
            return Ok(None);
        }
        match self.text.get(start..self.at) {
            Some(number) if whole => Ok(Some(Json::Number(number))),
            _ => Err(Broken),
        }
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        self.at > start
    }

    /// A text from its opening quote; as far as it goes where the text ends in it. One that is not kept is not unescaped.
    fn string<const KEPT: bool>(&mut self) -> Result<Cow<'a, str>, Broken> {
        let start = self.at + 1;
        self.at = plain_end(self.text.as_bytes(), start);
        if self.peek() != Some(b'"') {
            return self.escaped_string::<KEPT>(start);
        }
        let end = self.at;
        self.at += 1;
        Ok(Cow::Borrowed(if KEPT { self.text.get(start..end).unwrap_or("") } else { "" }))
    }

    /// The same where there are escapes, or no end; from the first of them on.
    fn escaped_string<const KEPT: bool>(&mut self, start: usize) -> Result<Cow<'a, str>, Broken> {
        let mut unescaped: Option<String> = None;
        loop {
            let before = self.at;
            self.at = plain_end(self.text.as_bytes(), self.at);
            if let Some(text) = &mut unescaped {
                text.push_str(self.text.get(before..self.at).unwrap_or(""));
            }
            match self.peek() {
                Some(b'\\') => {
                    if KEPT && unescaped.is_none() {
                        let rest = USUAL_BYTES.min(self.text.len() - self.at);
                        let mut text = String::with_capacity(self.at - start + rest);
                        text.push_str(self.text.get(start..self.at).unwrap_or(""));
                        unescaped = Some(text);
                    }
                    self.at += 1;
                    match escape(self.text, &mut self.at)? {
                        Some(character) => {
                            unescaped.iter_mut().for_each(|text| text.push(character));
                        }
                        None => {
                            self.at = self.text.len();
                            self.ended = true;
                        }
                    }
                }
                Some(_) => {
                    let end = self.at;
                    self.at += 1;
                    let plain = self.text.get(start..end).unwrap_or("");
                    return Ok(unescaped.map_or(Cow::Borrowed(plain), Cow::Owned));
                }
                None => self.ended = true,
            }
            if self.ended {
                let plain = self.text.get(start..).unwrap_or("");
                return Ok(unescaped.map_or(Cow::Borrowed(plain), Cow::Owned));
            }
        }
    }
}

/// The character of an escape, from behind its backslash; none where the text ends in it.
fn escape(text: &str, at: &mut usize) -> Result<Option<char>, Broken> {
    let Some(&byte) = text.as_bytes().get(*at) else { return Ok(None) };
    *at += 1;
    let character = match byte {
        b'"' | b'\\' | b'/' => char::from(byte),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let Some(unit) = unit(text, *at)? else { return Ok(None) };
            *at += 4;
            if !(0xd800..0xdc00).contains(&unit) {
                // Half of a pair alone is what some clients write where they cut within a character.
                return Ok(Some(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)));
            }
            let behind = text.get(*at..).unwrap_or("");
            if behind.len() < 6 && "\\u".starts_with(behind.get(..2).unwrap_or(behind)) {
                return Ok(None);
            }
            if !behind.starts_with("\\u") {
                return Ok(Some(char::REPLACEMENT_CHARACTER));
            }
            let Some(low) = self::unit(text, *at + 2)? else { return Ok(None) };
            if !(0xdc00..0xe000).contains(&low) {
                return Ok(Some(char::REPLACEMENT_CHARACTER));
            }
            *at += 6;
            let pair = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        _ => return Err(Broken),
    };
    Ok(Some(character))
}

/// Four hexadecimal digits; none where the text ends within them.
fn unit(text: &str, at: usize) -> Result<Option<u32>, Broken> {
    let bytes = text.as_bytes().get(at..).unwrap_or(&[]);
    let digits = bytes.get(..bytes.len().min(4)).unwrap_or(&[]);
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(Broken);
    }
    if digits.len() < 4 {
        return Ok(None);
    }
    let digits = std::str::from_utf8(digits).map_err(|_| Broken)?;
    u32::from_str_radix(digits, 16).map(Some).map_err(|_| Broken)
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
