//! How a catalog names its tools, and names that fit beside them.

mod case;
mod families;
mod number;
mod prefix;
mod shape;
#[cfg(test)]
mod tests;
mod votes;

use std::collections::{BTreeMap, BTreeSet};

use mcp_insights_text::name_words;

use super::Catalog;
use case::Case;
use families::{Reach, begins_with, family, strength};
use number::{Number, is_counted, is_plural, singular};
use shape::{Order, Shape};
use votes::majority;

/// What may separate a resource from what is done to it; of equally frequent ones the first counts.
const SEPARATORS: &[Option<char>] = &[None, Some('.'), Some('/'), Some(':')];

/// How the tools of a catalog are named, by what most of them do. The default is that of no catalog: `snake_case`, what is
/// done first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// What all names begin with.
    prefix: String,
    separator: Option<char>,
    case: Case,
    order: Order,
    /// The number of what verbs of each reach are done to; none where the catalog does not tell.
    of_one: Option<Number>,
    of_either: Option<Number>,
    of_many: Option<Number>,
    of_resources: Option<Number>,
    /// How often each verb that others could stand for is used.
    verbs: BTreeMap<&'static str, usize>,
    /// What something is done to, by its words in singular, as the catalog writes it.
    resources: BTreeMap<Vec<String>, Vec<Vec<String>>>,
    /// The words of all names.
    taken: BTreeSet<String>,
}

impl Style {
    /// The style of a catalog.
    #[must_use]
    pub fn of(catalog: &Catalog) -> Self {
        let tools = catalog.tools().iter().map(|tool| tool.name.as_str());
        let names: Vec<&str> = tools.collect::<BTreeSet<_>>().into_iter().collect();
        let prefix = prefix::common(&names);
        let rests = names.iter().map(|name| name.strip_prefix(prefix.as_str()).unwrap_or(name));
        let rests: Vec<&str> = rests.collect();
        let separator = majority(SEPARATORS, rests.iter().filter_map(|rest| separator_of(rest)));
        let separator = separator.flatten();
        let parts = rests.iter().flat_map(|rest| match separator {
            Some(separator) => rest.split(separator).collect(),
            None => vec![*rest],
        });
        let case = majority(Case::ALL, parts.filter_map(Case::of)).unwrap_or_default();
        let shapes: Vec<Shape> = rests.iter().map(|rest| Shape::of(rest, separator)).collect();
        let numbers = |reach| {
            let shapes = shapes.iter().filter(move |shape| Reach::of(&shape.action) == Some(reach));
            majority(Number::ALL, shapes.filter_map(Shape::number_of_object))
        };
        Self {
            separator,
            case,
            order: order(&shapes, separator),
            of_one: numbers(Reach::One),
            of_either: numbers(Reach::Either),
            of_many: numbers(Reach::Many),
            of_resources: majority(
                Number::ALL,
                shapes.iter().filter_map(Shape::number_of_resource),
            ),
            verbs: verbs(&shapes),
            resources: resources(&shapes),
            taken: names.iter().map(|name| identity(name)).collect(),
            prefix,
        }
    }

    /// A name for a tool from its words, in small letters and what is done first, such as `refund`, `invoices`, `bulk`.
    ///
    /// The verb is the one that the catalog uses for the same. Where the catalog has such a name, the name with the verb as
    /// it was given is tried, then those without a word that qualifies. None where the catalog has them all, or where the
    /// words are not in ASCII letters and digits, a letter first.
    ///
    /// ```
    /// use mcp_insights_searches::{Catalog, Style};
    /// let catalog = Catalog::read(b"name,description\ngetInvoice,\naddCustomer,\nlistInvoices,")?;
    /// let words = ["create", "invoices"].map(str::to_owned);
    /// assert_eq!(Style::of(&catalog).name(&words).as_deref(), Some("addInvoice"));
    /// # Ok::<(), mcp_insights_searches::CatalogError>(())
    /// ```
    #[must_use]
    pub fn name(&self, words: &[String]) -> Option<String> {
        let is_plain = |word: &String| {
            !word.is_empty()
                && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let begins_well = words.first()?.starts_with(|first: char| first.is_ascii_lowercase());
        if !begins_well || !words.iter().all(is_plain) {
            return None;
        }
        let (verb, objects) = match words.split_first() {
            Some((first, rest)) if !rest.is_empty() && strength(first) > 0 => {
                (vec![first.clone()], rest)
            }
            _ => (Vec::new(), words),
        };
        let own_verb = self.verb_for(&verb);
        let shorter = shortened(objects);
        let lengths = [Some(objects), shorter];
        let variants = lengths.into_iter().flatten();
        variants
            .flat_map(|objects| [(&own_verb, objects), (&verb, objects)])
            .filter_map(|(verb, objects)| self.write(verb, objects))
            .find(|name| name.is_ascii() && !self.taken.contains(&identity(name)))
    }

    /// The verb that the catalog uses for the same.
    fn verb_for(&self, verb: &[String]) -> Vec<String> {
        let [word] = verb else { return verb.to_vec() };
        if self.verbs.contains_key(word.as_str()) {
            return verb.to_vec();
        }
        let used = |candidate: &&str| self.verbs.get(candidate).copied().unwrap_or_default();
        // Reversed, since of equals the last is the greatest.
        let most = family(word).iter().rev().copied().max_by_key(used);
        let most = most.filter(|most| used(most) > 0).unwrap_or(word);
        most.split(' ').map(str::to_owned).collect()
    }

    /// A name of these words; none where it has a word twice.
    fn write(&self, verb: &[String], objects: &[String]) -> Option<String> {
        let parts = self.parts(verb, &self.new_words(verb, objects));
        let words: Vec<&String> = parts.iter().flatten().collect();
        if words.iter().collect::<BTreeSet<_>>().len() < words.len() {
            return None;
        }
        let separator = self.separator.map(String::from);
        let parts = match separator {
            Some(_) => parts,
            None => vec![parts.concat()],
        };
        let parts: Vec<String> = parts.iter().map(|part| self.case.join(part)).collect();
        let rest = parts.join(separator.as_deref().unwrap_or_default());
        Some(format!("{}{rest}", self.prefix))
    }

    /// The words of the objects that neither the prefix nor a word before them says.
    fn new_words(&self, verb: &[String], objects: &[String]) -> Vec<String> {
        let mut known: BTreeSet<String> = name_words(&self.prefix).into_iter().collect();
        known.extend(verb.iter().cloned());
        known = known.iter().map(|word| singular(word)).collect();
        let mut new = objects.to_vec();
        new.retain(|word| known.insert(singular(word)));
        if new.is_empty() && verb.is_empty() { objects.to_vec() } else { new }
    }

    /// The words of each part of a name, in the order of the catalog.
    fn parts(&self, verb: &[String], objects: &[String]) -> Vec<Vec<String>> {
        let parts = match self.order {
            Order::VerbFirst => vec![verb.to_vec(), self.numbered(verb, objects)],
            Order::VerbLast => {
                let (mut parts, rest) = self.resource(verb, objects);
                parts.extend([rest, verb.to_vec()]);
                parts
            }
            Order::ResourceFirst => {
                let (mut parts, rest) = self.resource(verb, objects);
                parts.push([verb, &rest].concat());
                parts
            }
        };
        parts.into_iter().filter(|part| !part.is_empty()).collect()
    }

    fn numbered(&self, verb: &[String], objects: &[String]) -> Vec<String> {
        let number = match Reach::of(verb) {
            Some(Reach::One) => self.of_one,
            Some(Reach::Either) => self.of_either,
            Some(Reach::Many) => self.of_many,
            None => None,
        };
        let mut objects = objects.to_vec();
        if let Some(number) = number {
            number.give(&mut objects);
        }
        objects
    }

    /// What it is done to, and the other words: what the catalog knows, then what there are several of, then all of it.
    fn resource(&self, verb: &[String], objects: &[String]) -> (Vec<Vec<String>>, Vec<String>) {
        let singulars: Vec<String> = objects.iter().map(|word| singular(word)).collect();
        for length in (1..=objects.len()).rev() {
            for (start, window) in singulars.windows(length).enumerate() {
                if let Some(resource) = self.resources.get(window) {
                    let mut rest = objects.to_vec();
                    rest.drain(start..start + length);
                    // "session checkout" beside `checkout.sessions`.
                    rest.retain(|word| !resource.concat().contains(word));
                    return (resource.clone(), rest);
                }
            }
        }
        let until = match objects.iter().position(|word| is_plural(word)) {
            Some(plural) => plural + 1,
            // Without a verb something must be left to follow.
            None if verb.is_empty() => 1,
            None => objects.len(),
        };
        let (resource, rest) = objects.split_at(until.min(objects.len()));
        let mut resource = resource.to_vec();
        if let Some(number) = self.of_resources.filter(|_| !verb.is_empty()) {
            number.give(&mut resource);
        }
        (vec![resource], rest.to_vec())
    }
}

/// The words without one that only qualifies: the first of them ("open invoices"), or the last that is no thing by itself
/// ("invoices bulk").
fn shortened(objects: &[String]) -> Option<&[String]> {
    let (last, before_last) = objects.split_last()?;
    let rest = if is_counted(last) { objects.get(1..)? } else { before_last };
    (!rest.is_empty()).then_some(rest)
}

/// The separator of a name; none for a single word, which tells nothing.
fn separator_of(name: &str) -> Option<Option<char>> {
    let of_parts = SEPARATORS.iter().flatten().find(|separator| name.contains(**separator));
    let is_joined = Case::of(name).is_some();
    of_parts.map(|separator| Some(*separator)).or_else(|| is_joined.then_some(None))
}

fn order(shapes: &[Shape], separator: Option<char>) -> Order {
    let is_verb_first =
        shapes.iter().filter_map(|shape| shape.order).map(|order| order == Order::VerbFirst);
    match majority(&[true, false], is_verb_first) {
        Some(true) => return Order::VerbFirst,
        None if separator.is_none() => return Order::VerbFirst,
        _ => {}
    }
    // Where a name has two words, the verb is last anyway.
    let longer = shapes.iter().filter(|shape| shape.len() > 2).filter_map(|shape| shape.order);
    let orders = [Order::ResourceFirst, Order::VerbLast];
    let order = separator.is_none().then(|| majority(&orders, longer)).flatten();
    order.unwrap_or(Order::ResourceFirst)
}

fn verbs(shapes: &[Shape]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for shape in shapes {
        for verb in families::verbs().filter(|verb| begins_with(&shape.action, verb)) {
            *counts.entry(verb).or_default() += 1;
        }
    }
    counts
}

fn resources(shapes: &[Shape]) -> BTreeMap<Vec<String>, Vec<Vec<String>>> {
    let mut resources = BTreeMap::new();
    let known = || shapes.iter().map(|shape| &shape.resource).filter(|parts| !parts.is_empty());
    let key = |words: &[String]| words.iter().map(|word| singular(word)).collect::<Vec<_>>();
    for parts in known() {
        resources.entry(key(&parts.concat())).or_insert_with(|| parts.clone());
    }
    // One that lies in another may be called by its own name alone.
    for parts in known() {
        let last = parts.last().map(|last| key(last)).unwrap_or_default();
        resources.entry(last).or_insert_with(|| parts.clone());
    }
    resources
}

/// The same for names that differ only in how they are written.
fn identity(name: &str) -> String {
    name_words(name).join(" ")
}
