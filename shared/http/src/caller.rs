//! Who calls: the claims that the gateway's JWT authorizer checked.

use std::borrow::Cow;
use std::collections::HashMap;

use aws_lambda_events::apigw::ApiGatewayRequestAuthorizer;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use transfer_domain::{ProjectId, TokenForm};

use crate::{Kind, Problem};

/// Where issuers write what a token may do: `scope` by RFC 8693, `scp` (Entra ID for users, Okta), `roles` (Entra ID for
/// programs), `permissions` (Auth0). The gateway looks into the first two alone, so it leaves scopes to the functions.
const SCOPE_CLAIMS: [&str; 4] = ["scope", "scp", "roles", "permissions"];

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
/// A project that the token does not cover is answered like one that does not exist.
pub fn authorize(request: &Request, form: &TokenForm, scope: Scope) -> Result<Caller, Problem> {
    let claims = match authorizer(request) {
        Some(authorizer) => authorizer.jwt.as_ref().map(|jwt| Cow::Borrowed(&jwt.claims)),
        None => form.local_caller.as_deref().map(|projects| Cow::Owned(local_claims(form, projects))),
    };
    let claims = claims.ok_or_else(|| Problem::new(Kind::Unauthorized))?;
    let mut granted = SCOPE_CLAIMS.iter().filter_map(|claim| claims.get(*claim)).flat_map(|claim| words(claim));
    if !granted.any(|word| word.strip_prefix(form.scope_prefix.as_str()) == Some(scope.as_str())) {
        let needed = format!("the token needs the scope {}{}", form.scope_prefix, scope.as_str());
        return Err(Problem::new(Kind::Forbidden).with_detail(needed));
    }
    let path = crate::path_parameter(request, "projectId").ok_or_else(|| Problem::new(Kind::NotFound))?;
    let covered =
        claims.get(&form.project_claim).is_some_and(|projects| words(projects).any(|project| project == path));
    match ProjectId::new(path) {
        Ok(project) if covered => {
            tracing::Span::current().record("project.id", tracing::field::display(&project));
            let subject = claims.get("sub").cloned().unwrap_or_default();
            Ok(Caller { subject, project })
        }
        Ok(_) | Err(_) => Err(Problem::new(Kind::NotFound)),
    }
}

/// Of whoever calls where no token is asked for.
fn local_claims(form: &TokenForm, projects: &str) -> HashMap<String, String> {
    let scopes: Vec<_> = Scope::ALL.iter().map(|scope| format!("{}{}", form.scope_prefix, scope.as_str())).collect();
    [("sub", "local".to_owned()), ("scope", scopes.join(" ")), (form.project_claim.as_str(), projects.to_owned())]
        .map(|(claim, value)| (claim.to_owned(), value))
        .into()
}

fn authorizer(request: &Request) -> Option<&ApiGatewayRequestAuthorizer> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.authorizer.as_ref(),
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
