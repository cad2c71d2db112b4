//! The public API, as the tools use it.

use std::sync::Arc;
use std::time::Duration;

use lambda_http::http::{HeaderValue, header};
use reqwest::{Client, Method};
use serde_json::Value;
use url::Url;

/// How long an answer may take: longer than the longest wait for events.
const ANSWERED_WITHIN: Duration = Duration::from_secs(25);

/// There is no such address.
#[derive(Debug, thiserror::Error)]
pub enum NoApi {
    /// It is none.
    #[error("the API's address is not understood")]
    Address(#[from] url::ParseError),
    /// It has no path below it.
    #[error("the API's address cannot be a base")]
    NoBase,
    /// There can be no caller.
    #[error("no HTTP client can be made")]
    Client(#[from] reqwest::Error),
}

/// What the API is called with.
#[derive(Debug, Clone)]
pub struct ApiCaller(Client);

impl ApiCaller {
    /// With connections of its own.
    pub fn new() -> Result<Self, NoApi> {
        let client = Client::builder().timeout(ANSWERED_WITHIN).redirect(reqwest::redirect::Policy::none());
        Ok(Self(client.build()?))
    }

    /// The API at a base address such as `https://api.example.com`, for a project; `token`: the value of the header.
    pub fn at(&self, base: &str, project: &str, mut token: Option<HeaderValue>) -> Result<Api, NoApi> {
        // So that no `Debug` shows it.
        if let Some(token) = &mut token {
            token.set_sensitive(true);
        }
        let base = Url::parse(base)?;
        if base.cannot_be_a_base() {
            return Err(NoApi::NoBase);
        }
        Ok(Api { client: self.0.clone(), base, project: project.into(), token })
    }
}

/// Where the API is, for one caller of one project.
#[derive(Debug, Clone)]
pub struct Api {
    client: Client,
    base: Url,
    project: Arc<str>,
    token: Option<HeaderValue>,
}

/// What the API said.
pub(crate) enum Said {
    /// It did.
    Done(Value),
    /// It did not, and this problem says why.
    Refused(Value),
}

/// The API did not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    #[error("the API did not answer")]
    Silent(#[from] reqwest::Error),
    #[error("the API's address cannot be a base")]
    NoBase,
}

impl Api {
    /// By which name it is reached.
    pub fn host(&self) -> Option<&str> {
        self.base.host_str()
    }

    /// Asks a path below the project, which is given in its segments.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Said, Unanswered> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Unanswered::NoBase)?
            .pop_if_empty()
            .extend(["v1", "projects", &self.project])
            .extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.client.request(method, url);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let is_done = response.status().is_success();
        let said: Value = response.json().await?;
        Ok(if is_done { Said::Done(said) } else { Said::Refused(said) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_in_no_debug_output() {
        let token = HeaderValue::from_static("Bearer canary");
        let api = ApiCaller::new().unwrap().at("https://api.example.com", "demo", Some(token)).unwrap();
        assert!(!format!("{api:?}").contains("canary"), "{api:?}");
    }
}
