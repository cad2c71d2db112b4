//! SmartAssist.

use serde_json::json;
use simulators::Act;

use super::{Row, Stage, Tell, relayed};

pub(in crate::conformance) const ROWS: &[Row] = &[
    Row { signal: "ack status ok", from: Stage::Pending, tells: |_| vec![], becomes: "pending", reasons: &[] },
    Row {
        signal: "relay queued",
        from: Stage::Pending,
        tells: |it| relayed(it, "queued", &json!({ "queue": { "name": "Sales" }, "position": 2 })),
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "relay agent_joined",
        from: Stage::Queued,
        tells: |it| relayed(it, "agent_joined", &json!({ "agent": { "id": "a-1", "name": "Representative One" } })),
        becomes: "active",
        reasons: &[],
    },
    Row {
        signal: "any utterance",
        from: Stage::Queued,
        tells: |_| vec![Tell::Act(Act::FlowText("Please wait".to_owned()))],
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "relay agent_left, transferred",
        from: Stage::Active,
        tells: |it| relayed(it, "agent_left", &json!({ "reason": "transferred" })),
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "relay agent_left, left",
        from: Stage::Active,
        tells: |it| relayed(it, "agent_left", &json!({ "reason": "left" })),
        becomes: "post_agent",
        reasons: &[],
    },
    Row {
        signal: "relay agent_left, timeout",
        from: Stage::Active,
        tells: |it| relayed(it, "agent_left", &json!({ "reason": "timeout" })),
        becomes: "post_agent",
        reasons: &[],
    },
    Row {
        signal: "relay closed by the agent",
        from: Stage::Active,
        tells: |it| relayed(it, "closed", &json!({ "closed_by": "agent", "reason": "resolved" })),
        becomes: "ended",
        reasons: &["representative_ended"],
    },
    Row {
        signal: "relay closed by the user",
        from: Stage::Active,
        tells: |it| relayed(it, "closed", &json!({ "closed_by": "user", "reason": "other" })),
        becomes: "ended",
        reasons: &["contact_ended"],
    },
    Row {
        signal: "relay closed, no_agents",
        from: Stage::Queued,
        tells: |it| relayed(it, "closed", &json!({ "closed_by": "system", "reason": "no_agents" })),
        becomes: "ended",
        reasons: &["no_representatives"],
    },
    Row {
        signal: "relay csat, an annotation",
        from: Stage::PostAgent,
        tells: |it| relayed(it, "csat", &json!({ "rating": 4, "scale_max": 5 })),
        becomes: "post_agent",
        reasons: &[],
    },
    Row {
        signal: "SESSION_CLOSURE_SUCCESS after our end",
        from: Stage::Active,
        tells: |_| vec![Tell::End],
        becomes: "ended",
        reasons: &["contact_ended"],
    },
];
