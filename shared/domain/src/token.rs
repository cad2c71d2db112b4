//! How an issuer writes what a token says.

/// How the issuer of the API's tokens writes what they cover. Each has a form of its own, which the deployment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenForm {
    /// The claim that lists the token's projects.
    pub project_claim: String,
    /// What stands before the name of a scope, such as the identifier of a resource server of Amazon Cognito and a slash.
    pub scope_prefix: String,
}
