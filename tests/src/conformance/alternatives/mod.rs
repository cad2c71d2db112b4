//! The alternatives of each provider's settings (`docs/contracts`, "Settings and what is not verified"), one by one.

pub(super) mod five9;
pub(super) mod genesys;
pub(super) mod salesforce;
pub(super) mod servicenow;
pub(super) mod smartassist;

mod life;

use std::pin::Pin;

use super::{Bench, Plot, Site};

/// One alternative of one setting.
#[derive(Debug, Clone, Copy)]
pub struct Alternative {
    /// The setting and its value.
    pub setting: &'static str,
    /// What it does.
    pub effect: &'static str,
    /// A contact centre that it fits, and the integration that has it.
    pub site: fn(Plot) -> Site,
    /// Plays what it does; panics if it does not.
    pub play: for<'a> fn(&'a Bench) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>,
    /// Why it cannot be seen, if it cannot: then nothing is played.
    pub unseen: Option<&'static str>,
}

impl Alternative {
    /// Plays it beside what the bench has.
    pub(super) async fn play(&self, bench: &Bench) {
        let beside = bench.beside(self.site).await;
        (self.play)(&beside).await;
        beside.stop().await;
    }
}

/// A list of alternatives: setting, effect, site, and the function that plays it; or setting, what it would do, and why
/// that cannot be seen.
macro_rules! alternatives {
    ($($setting:literal $effect:literal $site:expr => $($path:ident)::+;)+ $(unseen $name:literal $would:literal $why:expr;)*) => {
        &[
            $(crate::conformance::Alternative {
                setting: $setting,
                effect: $effect,
                site: $site,
                play: |bench| Box::pin($($path)::+(bench)),
                unseen: None,
            },)+
            $(crate::conformance::Alternative {
                setting: $name,
                effect: $would,
                site: |_| unreachable!("nothing is played"),
                play: |_| Box::pin(std::future::ready(())),
                unseen: Some($why),
            },)*
        ]
    };
}
use alternatives;
