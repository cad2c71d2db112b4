//! Contact centres that speak their real wire contract, with a scripted human.
//!
//! Each simulator is an HTTP server on its own listener. It is built from the provider's documents and nothing else,
//! refuses what they do not allow, and calls the platform's webhook like the provider would.
//!
//! * [`genesys`]: Genesys Cloud Open Messaging, with lifecycle events for a partner event bus.
//! * [`five9`]: Five9, classic messaging or Open Messaging.
//! * [`salesforce`]: Salesforce Bring Your Own Channel, with platform events and a customer's package, and Enhanced Chat.
//! * [`servicenow`]: ServiceNow Virtual Agent API, handing over to a live agent.
//! * [`smartassist`]: Kore.ai SmartAssist behind a webhook channel, whose flow tells the lifecycle.
//!
//! A further provider is one more folder: it implements [`Centre`] (answers to requests, the wire form of each [`Act`]),
//! and gets books, scripts, faults, ledgers, callbacks, the control API and the [`Handle`] from the engine.
//!
//! # Scripts
//! `greet` (default: joins, greets, answers, leaves after some messages or on "bye"), `idle`, `queue_forever`,
//! `no_agents`, `reject`, `decline_then_answer`, `transfer_to_queue`, `wrap_up`, `manual`; see [`Script`].
//!
//! # Control API
//! On the simulator's own listener, JSON, without authentication (it listens on loopback). `{id}` is the provider's
//! conversation id or the contact key (the transfer's uuid).
//!
//! | route | does |
//! |---|---|
//! | `GET /_control/state` | everything: requests, callbacks, conversations |
//! | `GET /_control/conversations`, `/_control/conversations/{id}` | conversations with their transcripts |
//! | `GET /_control/requests`, `/_control/callbacks` | the ledgers |
//! | `POST /_control/script` `{"name":"idle"}` | script of new conversations; `"contact"` limits it to one contact key |
//! | `POST /_control/faults` `[…]` | adds faults; `GET` shows what is left, `DELETE` forgets |
//! | `POST /_control/release` | sends what `hold` faults kept |
//! | `POST /_control/tokens/revoke` | makes every access token invalid |
//! | `POST /_control/migrate` | moves every session to another data centre (Five9) |
//! | `POST /_control/webhook` `{"url":"…","secret":"…"}` | where callbacks go from now on |
//! | `POST /_control/relay` `{"url":"…","secret":"whsec_…"}` | where the flow tells the lifecycle (SmartAssist) |
//! | `POST /_control/conversations/{id}/say` `{"text":"…"}` | the representative writes |
//! | `POST …/{id}/send_file` `{"attachment":{"url","mime","filename"},"text"}` | the representative sends a file |
//! | `POST …/{id}/flow_text`, `…/survey` `{"text":"…"}` | the contact centre's bot writes |
//! | `POST …/{id}/accept`, `queue`, `offer`, `decline`, `join`, `start_typing`, `stop_typing`, `transfer`, `leave`, `wrap_up`, `no_agents` | that act |
//! | `POST …/{id}/end` `{"by":"provider"}` | ends it: `representative` (default), `provider`, `contact` |
//!
//! Every act also takes `"id"` and `"atMs"`, the event's identity where the provider has one.
//!
//! ```text
//! curl -X POST localhost:9101/_control/script -H 'content-type: application/json' -d '{"name":"manual"}'
//! curl -X POST localhost:9101/_control/conversations/$ID/join
//! curl -X POST localhost:9101/_control/conversations/$ID/say -d '{"text":"Hello"}'
//! ```
//!
//! # Faults
//! A fault names where it strikes, how often (`times`, after `skip`), and what happens; see [`Fault`].
//!
//! ```json
//! [{"on":"request","operation":"send","times":2,"fault":{"kind":"status","status":429,"retryAfter":1}},
//!  {"on":"request","operation":"open","fault":{"kind":"status","status":503,"taken":"yes"}},
//!  {"on":"request","operation":"open","fault":{"kind":"hang_after","seconds":30}},
//!  {"on":"request","operation":"send","fault":{"kind":"revoke_tokens"}},
//!  {"on":"callback","kind":"webhook.text","times":3,"fault":{"kind":"duplicate","copies":2}},
//!  {"on":"callback","kind":"lifecycle","fault":{"kind":"reorder","window":3}}]
//! ```
//!
//! Operations: `token`, `open`, `send`, `typing`, `receipt`, `end`, `read`, `other`; absent means any.
//! Request faults: `status`, `malformed_body`, `huge_body`, `redirect`, `hang_before`, `hang_after`, `close`,
//! `revoke_tokens`, `migrate`. Callback faults: `duplicate`, `reorder`, `delay`, `hold`, `drop`; the kinds of callbacks
//! are listed
//! with each provider.

mod act;
mod book;
pub mod bus;
pub mod centre;
mod claims;
mod config;
mod control;
mod desk;
mod door;
mod fault;
pub mod five9;
pub mod genesys;
mod handle;
mod lane;
mod options;
mod plain_http;
pub mod relay;
mod request;
mod runtime;
pub mod salesforce;
mod scene;
mod script;
mod server;
pub mod servicenow;
mod shape;
pub mod smartassist;
mod state;
mod timer;
mod unfinished;
mod webhook;

/// What a contact centre is built from.
mod engine {
    pub(crate) use seeded_ids::Ids;

    pub(crate) use crate::{
        act::{Act, ActError, Attachment, EndedBy, Phase, Stamp},
        book::{Book, Case},
        bus::{BusCarrier, PartnerBus, PartnerEvent},
        centre::Centre,
        claims::signed_claims,
        config::{choices, config},
        desk::{Desk, Said},
        fault::Operation,
        handle::{Handle, StartError},
        lane::{Callback, Carrier, Lane},
        options::{Options, Representative},
        relay::relay,
        request::{Answer, Incoming, same},
        runtime::{Runtime, locked},
        scene::Scene,
        script::Script,
        server,
        shape::{
            Refusal, bad, optional_flag, optional_list, optional_object, optional_text, optional_texts, refuse,
            required_choice, required_flag, required_list, required_object, required_text, required_time, strings,
            transfer_id, values, with,
        },
        state::Author,
        timer::rfc3339,
        webhook::{PATIENCE, Posts, webhook},
    };
}

pub use act::{Act, ActError, Attachment, EndedBy, Phase, Stamp};
pub use centre::{Centre, Control};
pub use desk::Desk;
pub use fault::{CallbackFault, Fault, Operation, RequestFault, Taken};
pub use handle::{Handle, StartError};
pub use options::{Lines, Options, Pace, Representative};
pub use plain_http::plain_http;
pub use runtime::{Runtime, WaitTimeout};
pub use script::Script;
pub use state::{Author, CallbackRecord, Conversation, Effect, Line, Outcome, RequestRecord, State};
pub use timer::Timer;
