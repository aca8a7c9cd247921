//! How many mails may be under way to each destination.
//!
//! A window begins small, grows by one with each success and shrinks to one with a failure. None
//! reaches all connections: a destination that hangs leaves some to the others.

use std::collections::HashMap;

use crate::storage::DueDestination;

/// Size of a window to begin with.
const FIRST: usize = 2;

/// Destinations that are remembered without anything under way.
const REMEMBERED: usize = 1000;

/// The windows of every destination that something was sent to.
#[derive(Debug)]
pub(super) struct Windows {
    widest: usize,
    by_destination: HashMap<String, Window>,
    /// Where the next round begins, so that no destination is always last.
    last_served: String,
}

#[derive(Debug)]
struct Window {
    size: usize,
    /// Claimed, under way or not.
    held: usize,
    under_way: usize,
}

impl Windows {
    /// Windows over that many connections.
    pub fn new(connections: usize) -> Self {
        let reserve = (connections / 4).max(1);
        Self {
            widest: connections.saturating_sub(reserve).max(1),
            by_destination: HashMap::new(),
            last_served: String::new(),
        }
    }

    /// Shares out `places` among the destinations to which something is due, in turns: to each what its
    /// window leaves, and as much again to wait; one to a destination that failed last.
    pub fn shares<'d>(
        &mut self,
        due: &'d [DueDestination],
        places: usize,
    ) -> Vec<(&'d DueDestination, usize)> {
        let start = due.partition_point(|destination| destination.domain <= self.last_served);
        let (before, after) = due.split_at(start);
        let mut left = places;
        let mut shares = Vec::new();
        for destination in after.iter().chain(before) {
            if left == 0 {
                break;
            }
            let window = self.window(&destination.domain);
            let room = if destination.failures > 0 {
                window.size = 1;
                1
            } else {
                window.size * 2
            };
            let share = room.saturating_sub(window.held).min(left);
            if share > 0 {
                left -= share;
                shares.push((destination, share));
            }
        }
        if let Some((destination, _)) = shares.last() {
            self.last_served.clone_from(&destination.domain);
        }
        shares
    }

    /// One more is claimed.
    pub fn hold(&mut self, destination: &str) {
        self.window(destination).held += 1;
    }

    /// True when one more may be under way.
    pub fn may_begin(&self, destination: &str) -> bool {
        self.by_destination
            .get(destination)
            .is_none_or(|window| window.under_way < window.size)
    }

    /// One that is held begins.
    pub fn begin(&mut self, destination: &str) {
        self.window(destination).under_way += 1;
    }

    /// One that was under way ended.
    pub fn end(&mut self, destination: &str) {
        let window = self.window(destination);
        window.under_way = window.under_way.saturating_sub(1);
        window.held = window.held.saturating_sub(1);
        if self.by_destination.len() > REMEMBERED {
            self.by_destination.retain(|_, window| window.held > 0);
        }
    }

    /// The way to the destination is open.
    pub fn succeed(&mut self, destination: &str) {
        let widest = self.widest;
        let window = self.window(destination);
        window.size = (window.size + 1).min(widest);
    }

    /// The destination failed.
    pub fn fail(&mut self, destination: &str) {
        self.window(destination).size = 1;
    }

    fn window(&mut self, destination: &str) -> &mut Window {
        if !self.by_destination.contains_key(destination) {
            let window = Window {
                size: FIRST.min(self.widest),
                held: 0,
                under_way: 0,
            };
            self.by_destination.insert(destination.to_owned(), window);
        }
        self.by_destination
            .get_mut(destination)
            .expect("it was just put there")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(domains: &[&str]) -> Vec<DueDestination> {
        let one = |domain: &&str| DueDestination {
            domain: (*domain).to_owned(),
            failures: 0,
        };
        domains.iter().map(one).collect()
    }

    fn shares(
        windows: &mut Windows,
        due: &[DueDestination],
        places: usize,
    ) -> Vec<(String, usize)> {
        let shares = windows.shares(due, places);
        shares
            .into_iter()
            .map(|(destination, share)| (destination.domain.clone(), share))
            .collect()
    }

    #[test]
    fn a_window_grows_with_success_and_never_takes_every_connection() {
        let mut windows = Windows::new(8);
        for _ in 0..20 {
            windows.hold("a");
            windows.begin("a");
            windows.end("a");
            windows.succeed("a");
        }
        for _ in 0..6 {
            assert!(windows.may_begin("a"));
            windows.begin("a");
        }
        assert!(!windows.may_begin("a"), "two connections are for others");
        assert!(windows.may_begin("b"));
    }

    #[test]
    fn a_destination_that_failed_is_tried_with_one_mail() {
        let mut windows = Windows::new(8);
        let mut failing = due(&["a", "b"]);
        failing[0].failures = 1;
        let first = shares(&mut windows, &failing, 16);
        assert_eq!(first, [("a".to_owned(), 1), ("b".to_owned(), 4)]);
        windows.hold("a");
        let second = shares(&mut windows, &failing, 16);
        assert_eq!(second, [("b".to_owned(), 4)]);
    }

    #[test]
    fn destinations_are_served_in_turns() {
        let mut windows = Windows::new(8);
        let due = due(&["a", "b", "c"]);
        let served: Vec<String> = (0..4)
            .flat_map(|_| shares(&mut windows, &due, 2))
            .map(|(domain, _)| domain)
            .collect();
        assert_eq!(served, ["a", "b", "c", "a"]);
    }

    #[test]
    fn one_connection_serves_every_destination() {
        let mut windows = Windows::new(1);
        assert!(windows.may_begin("a"));
        windows.begin("a");
        assert!(!windows.may_begin("a"));
    }
}
