//! The API's routes, read from the deployment's template: code and template cannot drift apart.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_yaml_ng::Value;

use crate::gateway::Function;

/// The template that the whole service is deployed with.
pub const TEMPLATE: &str = include_str!("../../../template.yaml");

const FUNCTION_TYPE: &str = "AWS::Serverless::Function";

/// Why a template gives no routes.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// It is no YAML.
    #[error("the template cannot be read")]
    Unreadable(#[from] serde_yaml_ng::Error),
    /// A function has a route and this process does not know the function.
    #[error("the template routes to {0}, which is not part of this process")]
    UnknownFunction(String),
    /// A route lacks something.
    #[error("the route {0} has no path or method that can be understood")]
    Incomplete(String),
}

/// One route of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// As the gateway names it: `GET /v1/projects/{projectId}/transfers`.
    pub key: String,
    /// Whether the gateway asks for a token. What it must be good for is for the function to say.
    pub needs_token: bool,
    /// What answers.
    pub function: Function,
    method: Option<String>,
    segments: Vec<Segment>,
}

/// In the order of specificity: a literal wins over a parameter, a parameter over the rest of the path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Parameter(String),
    Rest(String),
}

impl Segment {
    fn parse(text: &str) -> Self {
        match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Self::Rest(name.to_owned()),
                None => Self::Parameter(name.to_owned()),
            },
            None => Self::Literal(text.to_owned()),
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Parameter(_) => 1,
            Self::Rest(_) => 2,
        }
    }
}

/// A request's route and the parameters of its path, percent-decoded.
#[derive(Debug, PartialEq, Eq)]
pub struct Matched<'a> {
    /// The route.
    pub route: &'a Route,
    /// By name.
    pub parameters: BTreeMap<String, String>,
}

/// All routes of an API.
#[derive(Debug, Clone)]
pub struct RouteTable {
    /// The most specific first.
    routes: Vec<Route>,
}

impl RouteTable {
    /// The routes of every function of a template.
    pub fn from_template(yaml: &str) -> Result<Self, RouteError> {
        let template: Value = serde_yaml_ng::from_str(yaml)?;
        let mut routes = Vec::new();
        for resource in mapping(&template, "Resources").filter(|it| text(it, "Type") == Some(FUNCTION_TYPE)) {
            let properties = resource.get("Properties").unwrap_or(&Value::Null);
            let events = mapping(properties, "Events").filter(|event| text(event, "Type") == Some("HttpApi"));
            for event in events {
                routes.push(Route::read(properties, event)?);
            }
        }
        routes.sort_by_key(Route::specificity);
        Ok(Self { routes })
    }

    /// The routes, the most specific first.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The route of a request. As in an HTTP API, a route that fits the path but not the method does not count.
    pub fn find(&self, method: &str, path: &str) -> Option<Matched<'_>> {
        let path: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        self.routes
            .iter()
            .filter(|route| route.method.as_deref().is_none_or(|own| own == method))
            .find_map(|route| Some(Matched { route, parameters: route.parameters(&path)? }))
    }
}

impl Route {
    fn read(properties: &Value, event: &Value) -> Result<Self, RouteError> {
        let folder = text(properties, "CodeUri").unwrap_or_default();
        let name = folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let function = Function::named(name).ok_or_else(|| RouteError::UnknownFunction(folder.to_owned()))?;
        let event = event.get("Properties").unwrap_or(&Value::Null);
        let incomplete = || RouteError::Incomplete(folder.to_owned());
        let path = text(event, "Path").ok_or_else(incomplete)?;
        let method = text(event, "Method").ok_or_else(incomplete)?.to_ascii_uppercase();
        let segments = path.strip_prefix('/').ok_or_else(incomplete)?.split('/').map(Segment::parse).collect();
        let key = format!("{method} {path}");
        let method = Some(method).filter(|method| method != "ANY");
        Ok(Self { key, needs_token: needs_token(event), function, method, segments })
    }

    /// Segment by segment from the left, then the method: `ANY` comes after a method of its own.
    fn specificity(&self) -> (Vec<u8>, bool) {
        (self.segments.iter().map(Segment::rank).collect(), self.method.is_none())
    }

    fn parameters(&self, path: &[&str]) -> Option<BTreeMap<String, String>> {
        let mut parameters = BTreeMap::new();
        let mut path = path.iter();
        for segment in &self.segments {
            let first = *path.next()?;
            match segment {
                Segment::Literal(own) if own == first => {}
                Segment::Literal(_) => return None,
                Segment::Parameter(_) | Segment::Rest(_) if first.is_empty() => return None,
                Segment::Parameter(name) => {
                    parameters.insert(name.clone(), decoded(first));
                }
                Segment::Rest(name) => {
                    let rest: Vec<String> = std::iter::once(first).chain(path.by_ref().copied()).map(decoded).collect();
                    parameters.insert(name.clone(), rest.join("/"));
                }
            }
        }
        path.next().is_none().then_some(parameters)
    }
}

/// Not with `Authorizer: NONE`; otherwise the default authorizer asks for one.
fn needs_token(event: &Value) -> bool {
    event.get("Auth").and_then(|auth| text(auth, "Authorizer")) != Some("NONE")
}

fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

fn mapping<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_mapping).into_iter().flat_map(serde_yaml_ng::Mapping::values)
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}
