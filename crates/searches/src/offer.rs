//! What agents can call, and how near each of it is to what they looked for.

use hashbrown::{HashMap, HashSet};
use mcp_insights_text::{Embedder, is_function_word, name_words, stem, words};

use crate::priority::round;
use crate::reading::{Reading, read};
use crate::{Catalog, CatalogTool, Style};

/// A tool scores the mean cosine to the questions, and this much for all of their words. On MetaTool the right tool is
/// among the first three for 96.4 % of clusters of eight; by the cosine alone it is for 95.1 %.
const WORDS: f64 = 0.6;
/// At most so many tools are named as nearest.
const MOST_NEAREST: usize = 3;
/// A tool that scores less has nothing to do with the questions.
const LEAST_SIMILARITY: f64 = 0.1;
/// The best tool is compared with so many that follow it.
const FOLLOWERS: usize = 5;
/// More texts than these say nothing new: the model of verdicts is fitted on clusters of up to 16.
const MOST_COUNTED: f64 = 16.0;

/// The tools of the catalog, and those seen in successful calls that it lacks, ready to be compared with questions.
///
/// One vector a tool for its name and description; parameters count by their words. Building it embeds one text a tool.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    tools: Vec<OfferedTool>,
    /// For each stem the tools that have it, ordered.
    holders: HashMap<String, Vec<u32>>,
    /// Whether a catalog says what there is in words that the embedder reads, so that something can be missing.
    has_catalog: bool,
    style: Style,
    /// The MCP servers that are known by name.
    servers: HashSet<String>,
}

/// A tool that agents can call.
#[derive(Clone, Debug)]
pub struct OfferedTool {
    /// The MCP server that offers it, where the catalog says which.
    pub server: Option<String>,
    /// Its name.
    pub name: String,
    vector: Vec<f32>,
    stems: HashSet<String>,
}

/// One text of those who looked for something.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    stems: Vec<String>,
    /// Of a text that has function words alone, their stems: `get_user` is two of them.
    common: Vec<String>,
    /// Words of the part that says what is wanted.
    wish: Vec<String>,
    vector: &'a [f32],
}

/// A tool near to what was looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct NearTool {
    /// Its place in [`Offer::tools`].
    pub index: usize,
    /// Its name.
    pub tool_name: String,
    /// How near, 0 to 1 in four decimals: the mean cosine of the texts to its name and description, and the mean share of
    /// their words (by inverse document frequency) that its name, description and parameters have, as 5 to 3.
    pub similarity: f64,
}

/// What tells whether the nearest tool is the one that was looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signs {
    /// Mean cosine of the texts to the nearest tool, less the mean of that of the five next.
    pub lead: f64,
    /// Mean share of the words of a text that the nearest tool has.
    pub coverage: f64,
    /// Cosine of the text that is closest to it.
    pub closest: f64,
    /// Natural logarithm of the number of texts, of which at most 16 count.
    pub texts: f64,
}

/// How an offer stands to what was looked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// The nearest tools, at most 3, of equal names one: similarity ↓, name.
    pub nearest: Vec<NearTool>,
    /// Of the best tool, however far it is; none where there is no catalog, or where the texts say nothing.
    pub signs: Option<Signs>,
}

impl<'a> Question<'a> {
    /// The text of a search or request, and the vector of [`asked`](crate::asked()) of it.
    #[must_use]
    pub fn new(text: &str, vector: &'a [f32]) -> Self {
        Self::of_reading(&read(text), vector)
    }

    pub(crate) fn of_reading(reading: &Reading, vector: &'a [f32]) -> Self {
        let stems = stems(&telling(&reading.words));
        let common =
            if stems.is_empty() { self::stems(&words(&reading.words)) } else { Vec::new() };
        Self { stems, common, wish: telling(&reading.wish), vector }
    }
}

/// The stems of words, ordered, each once.
fn stems(words: &[String]) -> Vec<String> {
    let mut stems: Vec<String> = words.iter().map(|word| stem(word).to_owned()).collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

/// The words of a text that mean something, ordered, each once.
fn telling(text: &str) -> Vec<String> {
    let mut telling: Vec<String> =
        words(text).into_iter().filter(|word| !is_function_word(word)).collect();
    telling.sort_unstable();
    telling.dedup();
    telling
}

impl Offer {
    /// The tools of a catalog, and the names of tools of which a call worked: evidence for what there is beside it.
    #[must_use]
    pub fn new<'n>(
        catalog: &Catalog,
        seen: impl IntoIterator<Item = &'n str>,
        embedder: &dyn Embedder,
    ) -> Self {
        let named: HashSet<&str> = catalog.tools().iter().map(|tool| tool.name.as_str()).collect();
        let mut seen: Vec<&str> = seen.into_iter().filter(|name| !named.contains(name)).collect();
        seen.sort_unstable();
        seen.dedup();
        let seen: Vec<CatalogTool> = seen
            .into_iter()
            .map(|name| CatalogTool { name: name.to_owned(), ..CatalogTool::default() })
            .collect();
        let all: Vec<&CatalogTool> = catalog.tools().iter().chain(&seen).collect();
        let texts: Vec<String> = all.iter().map(|tool| text_of(tool)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        // In a catalog that the embedder cannot read nothing would be found, and so nothing be missing.
        let read = texts.iter().take(catalog.tools().len()).filter(|text| embedder.covers(text));
        let says_what_there_is = !catalog.is_empty() && 2 * read.count() >= catalog.tools().len();
        let vectors = embedder.embed(&texts);
        let tools = all.iter().zip(vectors.outer_iter());
        let tools = tools.map(|(tool, vector)| OfferedTool {
            server: tool.server.clone(),
            name: tool.name.clone(),
            vector: vector.to_vec(),
            stems: stems_of(tool),
        });
        let offer = Self::of_tools(tools.collect(), says_what_there_is);
        Self { style: Style::of(catalog), ..offer }
    }

    /// Tells which MCP servers there are: a tool of one of them answers only what was looked for there. A server that
    /// only the catalog names may stand behind any of them.
    #[must_use]
    pub fn with_servers<'n>(mut self, servers: impl IntoIterator<Item = &'n str>) -> Self {
        self.servers = servers.into_iter().map(str::to_owned).collect();
        self
    }

    fn may_serve(&self, tool: &OfferedTool, servers: &[&str]) -> bool {
        let Some(own) = &tool.server else { return true };
        servers.is_empty() || !self.servers.contains(own) || servers.contains(&own.as_str())
    }

    fn of_tools(tools: Vec<OfferedTool>, has_catalog: bool) -> Self {
        let mut holders: HashMap<String, Vec<u32>> = HashMap::new();
        for (index, tool) in (0_u32..).zip(&tools) {
            for stem in &tool.stems {
                holders.entry_ref(stem.as_str()).or_default().push(index);
            }
        }
        Self { tools, holders, has_catalog, ..Self::default() }
    }

    /// The tools, those of the catalog first.
    #[must_use]
    pub fn tools(&self) -> &[OfferedTool] {
        &self.tools
    }

    /// How the catalog names its tools.
    #[must_use]
    pub fn style(&self) -> &Style {
        &self.style
    }

    /// What is left where some tools are not there.
    #[must_use]
    pub fn only(&self, is_kept: impl Fn(usize, &OfferedTool) -> bool) -> Self {
        let kept = self.tools.iter().enumerate().filter(|(index, tool)| is_kept(*index, tool));
        let kept = kept.map(|(_, tool)| tool.clone()).collect();
        let offer = Self::of_tools(kept, self.has_catalog);
        Self { servers: self.servers.clone(), style: self.style.clone(), ..offer }
    }

    /// How the offer stands to texts of one meaning that were asked on these MCP servers; none where they are not known.
    #[must_use]
    pub fn standing(&self, questions: &[Question<'_>], servers: &[&str]) -> Standing {
        let says_something = |question: &Question<'_>| self.telling(question).next().is_some();
        if !questions.iter().any(says_something) {
            return Standing::default();
        }
        let number = questions.len() as f64;
        let mean = mean(questions);
        let coverage = self.coverage(questions);
        let mut scored: Vec<Scored> = self
            .tools
            .iter()
            .zip(&coverage)
            .enumerate()
            .filter(|(_, (tool, _))| self.may_serve(tool, servers))
            .map(|(index, (tool, coverage))| {
                let cosine = dot(&mean, &tool.vector);
                Scored::new(index, cosine, coverage / number)
            })
            .collect();
        scored.sort_by(|left, right| {
            let key = |scored: &Scored| {
                self.tools.get(scored.index).map(|tool| (&tool.name, &tool.server))
            };
            let similarities = right.similarity.total_cmp(&left.similarity);
            similarities.then_with(|| key(left).cmp(&key(right)))
        });
        let signs = if self.has_catalog { self.signs(&scored, questions) } else { None };
        Standing { nearest: self.nearest(&scored), signs }
    }

    /// The first of scored tools, of equal names one.
    fn nearest(&self, scored: &[Scored]) -> Vec<NearTool> {
        let mut nearest: Vec<NearTool> = Vec::new();
        for scored in scored {
            let Some(tool) = self.tools.get(scored.index) else { continue };
            let similarity = scored.similarity;
            if similarity < LEAST_SIMILARITY || nearest.len() == MOST_NEAREST {
                break;
            }
            if nearest.iter().all(|before| before.tool_name != tool.name) {
                let tool_name = tool.name.clone();
                nearest.push(NearTool { index: scored.index, tool_name, similarity });
            }
        }
        nearest
    }

    fn signs(&self, scored: &[Scored], questions: &[Question<'_>]) -> Option<Signs> {
        let (best, rest) = scored.split_first()?;
        let tool = self.tools.get(best.index)?;
        // The same tool on another server does not make it less likely.
        let is_other = |scored: &&Scored| {
            self.tools.get(scored.index).is_some_and(|other| other.name != tool.name)
        };
        let mut others: Vec<f64> =
            rest.iter().filter(is_other).map(|scored| scored.cosine).collect();
        others.sort_by(|left, right| right.total_cmp(left));
        others.truncate(FOLLOWERS);
        let followers = others.iter().sum::<f64>() / others.len().max(1) as f64;
        let closest = questions.iter().map(|question| dot(question.vector, &tool.vector));
        Some(Signs {
            lead: best.cosine - followers,
            coverage: best.coverage,
            closest: closest.fold(f64::NEG_INFINITY, f64::max),
            texts: (questions.len() as f64).min(MOST_COUNTED).ln(),
        })
    }

    /// For each tool the sum over the texts of the share of their words that it has.
    fn coverage(&self, questions: &[Question<'_>]) -> Vec<f64> {
        let mut coverage = vec![0.0; self.tools.len()];
        for question in questions {
            let whole: f64 = self.telling(question).map(|stem| self.rarity(stem)).sum();
            for stem in self.telling(question) {
                let share = self.rarity(stem) / whole;
                for holder in self.holders.get(stem).into_iter().flatten() {
                    if let Some(sum) = coverage.get_mut(*holder as usize) {
                        *sum += share;
                    }
                }
            }
        }
        coverage
    }

    /// The stems of a text that tell what it is about. Function words do where there are no others and a tool is named by them.
    fn telling<'q>(&self, question: &'q Question<'_>) -> impl Iterator<Item = &'q str> {
        let named = question.common.iter().filter(|stem| self.holders.contains_key(stem.as_str()));
        question.stems.iter().chain(named).map(String::as_str)
    }

    /// Inverse document frequency of a stem, as Okapi BM25 has it, with one added so that it stays above zero.
    fn rarity(&self, stem: &str) -> f64 {
        let holders = self.holders.get(stem).map_or(0, Vec::len) as f64;
        let tools = self.tools.len() as f64;
        (1.0 + (tools - holders + 0.5) / (holders + 0.5)).ln()
    }

    /// Words that at least a quarter of the texts have, and two of several, and a tool does not, in no form: share of the
    /// texts ↓, rarity among the tools ↓, word. Of `server: … tool: …` only the second part is looked at.
    #[must_use]
    pub fn missing_words(&self, tool: usize, questions: &[Question<'_>]) -> Vec<String> {
        const MOST: usize = 6;
        let Some(tool) = self.tools.get(tool) else { return Vec::new() };
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for question in questions {
            for word in &question.wish {
                let is_word = word.chars().all(char::is_alphabetic) && word.chars().count() > 2;
                if is_word && !tool.stems.contains(stem(word)) {
                    *counts.entry(word).or_default() += 1;
                }
            }
        }
        let least = questions.len().div_ceil(4).max(questions.len().min(2));
        let mut missing: Vec<(&str, usize)> =
            counts.into_iter().filter(|(_, count)| *count >= least).collect();
        missing.sort_unstable_by(|(left, many), (right, more)| {
            let rarer = || self.rarity(stem(right)).total_cmp(&self.rarity(stem(left)));
            more.cmp(many).then_with(rarer).then_with(|| left.cmp(right))
        });
        let mut known: HashSet<&str> = HashSet::new();
        missing.retain(|(word, _)| known.insert(stem(word)));
        missing.into_iter().take(MOST).map(|(word, _)| word.to_owned()).collect()
    }
}

/// A tool with what was counted for it.
struct Scored {
    index: usize,
    cosine: f64,
    coverage: f64,
    /// Of both, as it is shown.
    similarity: f64,
}

impl Scored {
    fn new(index: usize, cosine: f64, coverage: f64) -> Self {
        let score = (cosine + WORDS * coverage) / (1.0 + WORDS);
        Self { index, cosine, coverage, similarity: round(score.clamp(0.0, 1.0)) }
    }
}

/// What a tool's vector is made of: the words of its name, behind those of its server, as a search often names where it would be, and
/// its description.
fn text_of(tool: &CatalogTool) -> String {
    let names = tool.server.iter().chain([&tool.name]).flat_map(|name| name_words(name));
    let names = names.collect::<Vec<_>>().join(" ");
    let description = tool.description.trim();
    if description.is_empty() { names } else { format!("{names}: {description}") }
}

/// The stems of all words of its name, and of the others those that mean something.
fn stems_of(tool: &CatalogTool) -> HashSet<String> {
    let of_parameters = tool
        .parameters
        .iter()
        .flat_map(|own| name_words(&own.name).into_iter().chain(words(&own.description)));
    let servers = tool.server.iter().flat_map(|name| name_words(name));
    let others = servers.chain(words(&tool.description)).chain(of_parameters);
    let telling = others.filter(|word| !is_function_word(word));
    name_words(&tool.name).into_iter().chain(telling).map(|word| stem(&word).to_owned()).collect()
}

fn mean(questions: &[Question<'_>]) -> Vec<f32> {
    let dimensions = questions.iter().map(|question| question.vector.len()).max().unwrap_or(0);
    let mut sum = vec![0.0_f32; dimensions];
    for question in questions {
        for (sum, number) in sum.iter_mut().zip(question.vector) {
            *sum += number;
        }
    }
    let number = questions.len().max(1) as f32;
    sum.iter().map(|sum| sum / number).collect()
}

/// The scalar product, in eight sums of a fixed order, so that it is fast and the same everywhere.
fn dot(left: &[f32], right: &[f32]) -> f64 {
    let mut sums = [0.0_f32; 8];
    let (left, right) = (left.chunks(8), right.chunks(8));
    for (left, right) in left.zip(right) {
        for (sum, (left, right)) in sums.iter_mut().zip(left.iter().zip(right)) {
            *sum += left * right;
        }
    }
    sums.iter().map(|sum| f64::from(*sum)).sum()
}

#[cfg(test)]
mod tests {
    use mcp_insights_text::HashedNgrams;

    use super::*;
    use crate::{Parameter, asked};

    fn tool(server: Option<&str>, name: &str, description: &str, parameter: &str) -> CatalogTool {
        CatalogTool {
            server: server.map(str::to_owned),
            name: name.to_owned(),
            description: description.to_owned(),
            parameters: vec![Parameter { name: parameter.to_owned(), description: String::new() }],
        }
    }

    fn catalog() -> Catalog {
        [
            tool(None, "create_refund", "Refunds a paid invoice", "invoice_id"),
            tool(None, "list_invoices", "Lists the invoices of a customer", "customer_id"),
            tool(Some("maps"), "find_route", "Finds the way between two places", "destination"),
            tool(Some("weather"), "get_forecast", "Weather of the next days", "city"),
        ]
        .into_iter()
        .collect()
    }

    fn offer() -> Offer {
        Offer::new(&catalog(), ["create_refund", "send_mail"], &HashedNgrams)
    }

    fn standing(offer: &Offer, texts: &[&str], servers: &[&str]) -> Standing {
        let asked: Vec<String> = texts.iter().map(|text| asked(text)).collect();
        let vectors = HashedNgrams.embed(&asked.iter().map(String::as_str).collect::<Vec<_>>());
        let questions: Vec<Question<'_>> = texts
            .iter()
            .zip(vectors.outer_iter())
            .map(|(text, row)| Question::new(text, row.to_slice().unwrap_or_default()))
            .collect();
        offer.standing(&questions, servers)
    }

    fn nearest(offer: &Offer, text: &str, servers: &[&str]) -> Option<String> {
        standing(offer, &[text], servers).nearest.first().map(|near| near.tool_name.clone())
    }

    #[test]
    fn nearest_is_found_by_name_description_and_parameter() {
        for (text, expected) in [
            ("refund an invoice", Some("create_refund")),
            ("invoices of customers", Some("list_invoices")),
            ("which destination", Some("find_route")),
            ("server: weather tool: forecast", Some("get_forecast")),
            ("send a mail", Some("send_mail")),
            ("", None),
            ("please", None),
        ] {
            assert_eq!(nearest(&offer(), text, &[]).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn function_words_tell_something_where_they_name_a_tool() {
        let user = [tool(None, "get_user", "Reads a profile", "id")].into_iter().collect();
        let offer = Offer::new(&catalog().merge(user), [], &HashedNgrams);
        for (text, expected) in [
            ("get_user", Some("get_user")),
            ("getUser", Some("get_user")),
            ("users", Some("get_user")),
            ("user invoices", Some("list_invoices")),
            ("how do I", None),
        ] {
            assert_eq!(nearest(&offer, text, &[]).as_deref(), expected, "{text}");
        }
        let signs = standing(&offer, &["get_user"], &[]).signs.unwrap_or_default();
        assert!(signs.coverage > 0.999, "{signs:?}");
    }

    #[test]
    fn tools_seen_stand_beside_the_catalog_once() {
        let offer = offer();
        let names: Vec<&str> = offer.tools().iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(names.len(), 5);
        assert_eq!(names.last(), Some(&"send_mail"));
    }

    #[test]
    fn tool_of_another_server_does_not_serve() {
        let offer = offer().with_servers(["maps", "billing"]);
        let text = "the way between two places";
        assert_eq!(nearest(&offer, text, &["maps"]).as_deref(), Some("find_route"));
        assert_ne!(nearest(&offer, text, &["billing"]).as_deref(), Some("find_route"));
        // Nobody knows a server `weather`: it may stand behind any of them.
        let text = "weather forecast";
        assert_eq!(nearest(&offer, text, &["billing"]).as_deref(), Some("get_forecast"));
    }

    #[test]
    fn one_tool_on_two_servers_is_one() {
        let twice = |server: &str| tool(Some(server), "rotate_image", "Turns a picture", "angle");
        let alone: Catalog = catalog().tools().iter().cloned().chain([twice("a")]).collect();
        let both = alone.clone().merge([twice("b")].into_iter().collect());
        let standing =
            |catalog| standing(&Offer::new(catalog, [], &HashedNgrams), &["turn a picture"], &[]);
        let (alone, both) = (standing(&alone), standing(&both));
        let lead = |standing: &Standing| standing.signs.map(|signs| signs.lead);
        assert_eq!(lead(&alone), lead(&both));
        let names: Vec<&str> = both.nearest.iter().map(|near| near.tool_name.as_str()).collect();
        assert_eq!(names.iter().filter(|name| **name == "rotate_image").count(), 1);
    }

    #[test]
    fn signs_need_a_catalog_and_words() {
        let signs = |offer: &Offer, text: &str| standing(offer, &[text], &[]).signs;
        assert!(signs(&offer(), "refund").is_some());
        assert_eq!(signs(&offer(), "?"), None);
        let seen = Offer::new(&Catalog::default(), ["create_refund"], &HashedNgrams);
        assert_eq!(signs(&seen, "refund"), None);
        assert_eq!(nearest(&seen, "refund", &[]).as_deref(), Some("create_refund"));
        assert_eq!(standing(&Offer::default(), &["refund"], &[]), Standing::default());
    }

    #[test]
    fn in_a_catalog_that_cannot_be_read_nothing_is_missing() {
        let unread = |name| tool(None, name, "42 17 9", "id");
        let half: Catalog = catalog().tools()[..2].iter().cloned().collect();
        for (others, is_read) in [(vec!["1", "2"], true), (vec!["1", "2", "3"], false)] {
            let others = others.into_iter().map(unread).collect();
            let offer = Offer::new(&half.clone().merge(others), [], &HashedNgrams);
            assert_eq!(standing(&offer, &["refund"], &[]).signs.is_some(), is_read);
        }
    }

    #[test]
    fn better_match_has_stronger_signs() {
        let offer = offer();
        let near = standing(&offer, &["refund a paid invoice", "refund the invoice"], &[]).signs;
        let far = standing(&offer, &["rotate a picture", "turn pictures"], &[]).signs;
        let (near, far) = (near.unwrap_or_default(), far.unwrap_or_default());
        assert!(near.coverage > far.coverage && near.lead > far.lead && near.closest > far.closest);
        assert!((near.texts - 2.0_f64.ln()).abs() < 1e-9);
    }

    #[test]
    fn missing_words_are_those_that_many_use() {
        let texts = [
            "bulk refund of invoices",
            "reimburse in bulk",
            "bulk reimbursement",
            "give back 12 x1",
        ];
        let asked: Vec<Question<'_>> = texts.iter().map(|text| Question::new(text, &[])).collect();
        let offer = offer();
        let place = offer.tools().iter().position(|tool| tool.name == "create_refund");
        let words = offer.missing_words(place.unwrap_or(usize::MAX), &asked);
        assert_eq!(words, ["bulk"]);
        let alone = offer.missing_words(0, &asked[1..2]);
        assert_eq!(alone, ["bulk", "reimburse"]);
        assert!(offer.missing_words(99, &asked).is_empty());
    }

    #[test]
    fn products_do_not_depend_on_padding() {
        let numbers: Vec<f32> = (0..21_u8).map(f32::from).collect();
        let expected: f64 = numbers.iter().map(|number| f64::from(number * number)).sum();
        assert_eq!(dot(&numbers, &numbers), expected);
        assert_eq!(dot(&numbers, &[]), 0.0);
    }
}
