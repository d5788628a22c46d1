//! What is done in a name, and to what.

use mcp_insights_text::{is_function_word, name_words};

use super::families::{begins_with, family, strength};
use super::number::Number;

/// What stands first in a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// `create_invoice`
    #[default]
    VerbFirst,
    /// `invoice_create_bulk`, `invoices.create`
    ResourceFirst,
    /// `invoice_bulk_create`
    VerbLast,
}

/// A name taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// What stands first; none where that cannot be told.
    pub(super) order: Option<Order>,
    /// What it is done to where that stands first: the words of each part.
    pub(super) resource: Vec<Vec<String>>,
    /// The other words, the verb first where there is one.
    pub(super) action: Vec<String>,
}

impl Shape {
    /// Takes a name apart whose parts a character separates.
    pub(super) fn of(name: &str, separator: Option<char>) -> Self {
        let parts: Vec<Vec<String>> = match separator {
            Some(separator) => name.split(separator).map(name_words).collect(),
            None => vec![name_words(name)],
        };
        let parts: Vec<Vec<String>> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => Self::default(),
            [words] => Self::of_words(words),
            [resource @ .., action] => Self::of_parts(resource, action),
        }
    }

    fn of_words(words: &[String]) -> Self {
        let strength_at = |place: usize| words.get(place).map_or(0, |word| strength(word));
        let end = words.len().saturating_sub(1);
        let inner = (1..end).find(|place| strength_at(*place) == 2);
        // "rank", "report" and their like are things at the end.
        let is_thing = words.last().is_some_and(|last| family(last).is_empty());
        let at_end = strength_at(end);
        let at_end = if at_end == 1 && is_thing { 0 } else { at_end };
        let (order, verb) = match (strength_at(0), at_end) {
            _ if words.len() < 2 => (None, 0),
            (2, _) => (Some(Order::VerbFirst), 0),
            (_, 2) => (Some(Order::VerbLast), end),
            (1, 0) => (Some(Order::VerbFirst), 0),
            (0, last) => match (inner, last) {
                (Some(inner), _) => (Some(Order::ResourceFirst), inner),
                (None, 1) => (Some(Order::VerbLast), end),
                _ => (None, 0),
            },
            // "order list": either may be what is done.
            _ => (None, 0),
        };
        let (resource, action) = words.split_at(verb);
        let resource = if resource.is_empty() { Vec::new() } else { vec![resource.to_vec()] };
        Self { order, resource, action: action.to_vec() }
    }

    fn of_parts(resource: &[Vec<String>], action: &[String]) -> Self {
        let begin = |words: &[String]| words.first().map_or(0, |word| strength(word));
        let (before, behind) = (resource.first().map_or(0, |words| begin(words)), begin(action));
        if before > behind {
            let words = resource.iter().flatten().chain(action).cloned().collect();
            return Self { order: Some(Order::VerbFirst), resource: Vec::new(), action: words };
        }
        let order = (behind > 0).then_some(Order::ResourceFirst);
        let resource = if order.is_some() { resource.to_vec() } else { Vec::new() };
        Self { order, resource, action: action.to_vec() }
    }

    /// The number of what a verb that stands first is done to.
    pub(super) fn number_of_object(&self) -> Option<Number> {
        if self.order != Some(Order::VerbFirst) {
            return None;
        }
        let verb = if begins_with(&self.action, "get all") { 2 } else { 1 };
        let objects = self.action.iter().skip(verb);
        let head = objects.take_while(|word| !is_function_word(word)).last();
        head.and_then(|head| Number::of(head))
    }

    /// The number of what stands first instead of a verb.
    pub(super) fn number_of_resource(&self) -> Option<Number> {
        self.resource.last()?.last().and_then(|word| Number::of(word))
    }

    /// How many words it has.
    pub(super) fn len(&self) -> usize {
        self.resource.iter().map(Vec::len).sum::<usize>() + self.action.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        for (name, separator, order, resource, action) in [
            ("create_invoice", None, Some(Order::VerbFirst), "", "create invoice"),
            ("listOrders", None, Some(Order::VerbFirst), "", "list orders"),
            ("invoice_create", None, Some(Order::VerbLast), "invoice", "create"),
            ("user_list", None, Some(Order::VerbLast), "user", "list"),
            ("invoice_create_bulk", None, Some(Order::ResourceFirst), "invoice", "create bulk"),
            ("order_list", None, None, "", "order list"),
            ("champion_rank", None, None, "", "champion rank"),
            ("weather_forecasts", None, None, "", "weather forecasts"),
            ("search", None, None, "", "search"),
            ("invoices.create", Some('.'), Some(Order::ResourceFirst), "invoices", "create"),
            (
                "checkout.sessions.listItems",
                Some('.'),
                Some(Order::ResourceFirst),
                "checkout|sessions",
                "list items",
            ),
            ("create/invoice", Some('/'), Some(Order::VerbFirst), "", "create invoice"),
            ("docs/pages", Some('/'), None, "", "pages"),
        ] {
            let shape = Shape::of(name, separator);
            let parts: Vec<String> = shape.resource.iter().map(|part| part.join(" ")).collect();
            let found = (shape.order, parts.join("|"), shape.action.join(" "));
            assert_eq!(found, (order, resource.to_owned(), action.to_owned()), "{name}");
        }
    }
}
