//! The course of a dump: which client comes when and what its user wants.

use std::io;

use super::Settings;
use super::event::Sender;
use super::intents::Intents;
use super::random::{Random, Zipf, stable_hash};
use super::session::{Arrival, Scene};
use super::words::CLIENTS;

const DAY: u64 = 86_400_000_000;
/// 2026-07-01T00:00:00Z: the last day of a dump is 30 June 2026.
const END: u64 = 1_782_864_000_000_000;
/// 2031-05-05T05:05:05Z: one event of a wrong clock.
const FAR_FUTURE: u64 = 1_935_723_905_000_000;
/// Sessions to a hundred of each hour of the day, UTC.
const HOURS: [u64; 24] =
    [1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 14, 12, 11, 13, 15, 15, 14, 12, 9, 7, 5, 4, 3, 2];

/// How a client sends: its weight, SDK, form of the hint, and what it tells.
struct Flavour {
    weight: u64,
    python: bool,
    hint: Hint,
    names_client: bool,
    client_on_calls: bool,
    declares_frustration: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hint {
    Stdio,
    Hex,
    Uuid,
    None,
    Weak,
    Stateless,
}

const fn flavour(weight: u64, python: bool, hint: Hint, tells: [bool; 3]) -> Flavour {
    Flavour {
        weight,
        python,
        hint,
        names_client: tells[0],
        client_on_calls: tells[1],
        declares_frustration: tells[2],
    }
}

const FLAVOURS: &[Flavour] = &[
    flavour(30, true, Hint::Stdio, [true, true, false]),
    flavour(24, false, Hint::Stdio, [true, false, true]),
    flavour(16, true, Hint::Hex, [false, false, true]),
    flavour(12, false, Hint::Uuid, [true, false, true]),
    flavour(12, true, Hint::None, [true, true, false]),
    flavour(3, false, Hint::Weak, [true, false, true]),
    flavour(3, false, Hint::Stateless, [false, false, true]),
];

/// The course of the dump: who comes when and wants what.
pub(crate) struct Plan {
    random: Random,
    intents: Intents,
    zipf: Zipf,
    actors: Zipf,
    events: u64,
    days: u64,
    servers: u64,
    seed: u64,
    turns: u64,
    /// Every how-many-th turn takes the next intent in order, so that none is left out.
    walk_every: u64,
    walked: u64,
    told_future: bool,
}

impl Plan {
    pub(crate) fn new(settings: &Settings) -> io::Result<Self> {
        let mut random = Random::new(settings.seed);
        let intents = Intents::new(settings.distinct_intents, &mut random)?;
        let turns = settings.events / 9;
        Ok(Self {
            zipf: Zipf::new(intents.len()),
            actors: Zipf::new((settings.events / 80).max(5) as usize),
            walk_every: (turns * 2 / (3 * intents.len() as u64)).max(2),
            intents,
            random,
            events: settings.events,
            days: settings.days.max(1),
            servers: settings.servers.max(1),
            seed: settings.seed,
            turns: 0,
            walked: 0,
            told_future: settings.events < 1_000,
        })
    }

    /// When the session begins that comes after `planned` events: later ones later, more of them by day.
    pub(crate) fn start(&self, planned: u64) -> u64 {
        let total: u64 = HOURS.iter().sum();
        let place = u128::from(planned) * u128::from(self.days) * 1_000_000
            / u128::from(self.events.max(1));
        let (day, within) = ((place / 1_000_000) as u64, (place % 1_000_000) as u64);
        let mut left = within * total;
        let mut hour = 0;
        for weight in HOURS {
            if left < weight * 1_000_000 {
                break;
            }
            left -= weight * 1_000_000;
            hour += 1;
        }
        let weight = HOURS.get(hour as usize).copied().unwrap_or(1);
        END - self.days * DAY
            + day * DAY
            + hour * (DAY / 24)
            + left * (DAY / 24) / (weight * 1_000_000)
    }

    pub(crate) fn session(&mut self, start: u64, planned: u64, arrivals: &mut Vec<Arrival>) {
        let flavour =
            &FLAVOURS[self.random.weighted(FLAVOURS.iter().map(|flavour| flavour.weight))];
        let actor = self.actors.draw(&mut self.random) as u64;
        let sender = self.sender(flavour, actor);
        let turns = self.random.run(330, 6);
        let intents: Vec<Option<String>> = (0..turns).map(|_| self.intent(planned)).collect();
        let future = !self.told_future && planned > self.events / 2;
        self.told_future |= future;
        let mut scene = Scene::new(&mut self.random, sender, arrivals, start);
        if flavour.hint == Hint::Hex && scene.random.chance(200) {
            scene.identity(actor);
        }
        scene.init();
        for intent in intents.iter().flatten() {
            scene.turn(intent);
        }
        if intents.iter().all(Option::is_none) {
            scene.turn("");
        }
        if future {
            scene.far_future(FAR_FUTURE);
        }
    }

    /// The next turn's intent: by Zipf's law, in one turn of `walk_every` the next in order; 1 in 50 declares none.
    fn intent(&mut self, planned: u64) -> Option<String> {
        self.turns += 1;
        if self.turns.is_multiple_of(self.walk_every) {
            let number = (self.walked % self.intents.len() as u64) as usize;
            self.walked += 1;
            return Some(self.intents.text(number));
        }
        if self.random.chance(20) {
            return None;
        }
        let mut number = self.zipf.draw(&mut self.random);
        // One intent in twenty is new: hardly asked for before the last third of the time.
        if number % 20 == 7 && planned < self.events / 3 * 2 {
            number = self.zipf.draw(&mut self.random);
        }
        let text = self.intents.text(number);
        Some(if self.random.chance(50) { text.to_lowercase() } else { text })
    }

    fn sender(&mut self, flavour: &Flavour, actor: u64) -> Sender {
        let mut hint = String::with_capacity(48);
        match flavour.hint {
            Hint::Stdio => {
                hint.push_str("stdio-");
                self.random.uuid(&mut hint);
            }
            Hint::Hex => self.random.hex(&mut hint, 32),
            Hint::Uuid => self.random.uuid(&mut hint),
            Hint::None => {}
            Hint::Weak => hint.push_str(&format!("conv-{}", self.random.below(500))),
            Hint::Stateless => {
                hint.push_str("mcp_claude-ai_v_0.1.0_");
                self.random.uuid(&mut hint);
            }
        }
        // All users of stdio share the id of nobody, as the SDKs send it.
        let identity =
            if flavour.hint == Hint::Stdio && actor.is_multiple_of(3) { u64::MAX } else { actor };
        let server =
            (self.servers > 1).then(|| format!("srv_{}", self.random.below(self.servers) + 1));
        let workflow = self.random.chance(10).then(|| {
            let mut run = "run_".to_owned();
            self.random.hex(&mut run, 12);
            run
        });
        Sender {
            python: flavour.python,
            structured: self.random.chance(400),
            server,
            actor: stable_hash(self.seed, identity),
            hint: (flavour.hint != Hint::None).then_some(hint),
            client: flavour.names_client.then(|| self.random.pick(CLIENTS)),
            client_on_calls: flavour.client_on_calls,
            declares_frustration: flavour.declares_frustration,
            workflow,
        }
    }
}
