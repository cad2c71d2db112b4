//! Who calls: the claims that the gateway's JWT authorizer checked.

use aws_lambda_events::apigw::ApiGatewayRequestAuthorizer;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use transfer_domain::ProjectId;

use crate::{Kind, Problem};

/// Where issuers write scopes, and the gateway looks for them.
const SCOPE_CLAIMS: [&str; 2] = ["scope", "scp"];

/// What a route requires of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `transfers:read`
    TransfersRead,
    /// `transfers:write`
    TransfersWrite,
    /// `transfers:export`
    TransfersExport,
    /// `transfers:erase`
    TransfersErase,
    /// `settings:read`
    SettingsRead,
    /// `settings:write`
    SettingsWrite,
    /// `inbox:read`
    InboxRead,
    /// `inbox:write`
    InboxWrite,
}

impl Scope {
    /// All scopes.
    pub const ALL: &'static [Self] = &[
        Self::TransfersRead,
        Self::TransfersWrite,
        Self::TransfersExport,
        Self::TransfersErase,
        Self::SettingsRead,
        Self::SettingsWrite,
        Self::InboxRead,
        Self::InboxWrite,
    ];

    /// The word in the token.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TransfersRead => "transfers:read",
            Self::TransfersWrite => "transfers:write",
            Self::TransfersExport => "transfers:export",
            Self::TransfersErase => "transfers:erase",
            Self::SettingsRead => "settings:read",
            Self::SettingsWrite => "settings:write",
            Self::InboxRead => "inbox:read",
            Self::InboxWrite => "inbox:write",
        }
    }
}

/// A caller whose token was checked by the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's subject, for assignments in the Inbox.
    pub subject: String,
    /// The project of the path, which the token covers.
    pub project: ProjectId,
}

/// The caller of a request under `/v1/projects/{projectId}`, if the token has the scope and covers the project.
///
/// `project_claim` names the token's claim that lists its projects.
/// A project that the token does not cover is answered like one that does not exist.
pub fn authorize(request: &Request, project_claim: &str, scope: Scope) -> Result<Caller, Problem> {
    let authorizer = authorizer(request).ok_or_else(|| Problem::new(Kind::Unauthorized))?;
    let jwt = authorizer.jwt.as_ref().ok_or_else(|| Problem::new(Kind::Unauthorized))?;
    let granted = jwt.scopes.iter().flatten().map(String::as_str);
    let claimed = SCOPE_CLAIMS.iter().filter_map(|claim| jwt.claims.get(*claim)).flat_map(|claim| words(claim));
    if !granted.chain(claimed).any(|word| word == scope.as_str()) {
        let needed = format!("the token needs the scope {}", scope.as_str());
        return Err(Problem::new(Kind::Forbidden).with_detail(needed));
    }
    let path = crate::path_parameter(request, "projectId").ok_or_else(|| Problem::new(Kind::NotFound))?;
    let covered = jwt.claims.get(project_claim).is_some_and(|projects| words(projects).any(|project| project == path));
    match ProjectId::new(path) {
        Ok(project) if covered => {
            tracing::Span::current().record("project.id", tracing::field::display(&project));
            let subject = jwt.claims.get("sub").cloned().unwrap_or_default();
            Ok(Caller { subject, project })
        }
        Ok(_) | Err(_) => Err(Problem::new(Kind::NotFound)),
    }
}

fn authorizer(request: &Request) -> Option<ApiGatewayRequestAuthorizer> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.authorizer.clone(),
        #[expect(clippy::allow_attributes, reason = "the enum has more variants when other features are unified in")]
        #[allow(unreachable_patterns, clippy::wildcard_enum_match_arm)]
        _ => None,
    }
}

/// The gateway renders a claim that is a list as `[a b]`; others use spaces or commas.
fn words(claim: &str) -> impl Iterator<Item = &str> {
    claim.trim_matches(['[', ']']).split([' ', ',']).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_that_lists_projects_is_read_in_every_rendering() {
        for claim in ["a b", "[a b]", "a,b", "a, b"] {
            assert_eq!(words(claim).collect::<Vec<_>>(), ["a", "b"], "{claim}");
        }
        assert_eq!(words("[]").count(), 0);
    }
}
