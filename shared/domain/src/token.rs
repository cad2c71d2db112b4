//! How an issuer writes what a token says.

/// How the issuer of the API's tokens writes what they cover. Each has a form of its own, which the deployment says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenForm {
    /// The claim that lists the token's projects.
    pub project_claim: String,
    /// What stands before the name of a scope, such as the identifier of a resource server of Amazon Cognito and a slash.
    pub scope_prefix: String,
    /// The projects of whoever calls without a token, as a claim lists them; they may do everything there. Only where no
    /// authorizer can stand before the functions, which is under `sam local start-api`.
    pub local_caller: Option<String>,
}
