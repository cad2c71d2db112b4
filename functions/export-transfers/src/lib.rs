//! `GET /v1/projects/{projectId}/transfers/export`: sessions whole, one a line.

#[cfg(feature = "openapi")]
pub mod openapi;
mod wire;

use chrono::{DateTime, SecondsFormat, Utc};
use lambda_http::http::{HeaderName, HeaderValue, header};
use lambda_http::{Body, Request, Response};
use transfer_app::export;
use transfer_app::show::NotShown;
use transfer_aws::Service;
use transfer_domain::{Overview, ProjectId};
use transfer_http::{
    Kind, MAX_PAGE_BYTES, Problem, Query, Route, Scope, authorize, json_lines, respond, text_in_answer,
};
use transfer_store::{ListError, Listed};

use crate::wire::Line;

const DEFAULT_LIMIT: u8 = 100;
const MAX_LIMIT: u8 = 100;

const NEXT_CURSOR: HeaderName = HeaderName::from_static("next-cursor");

/// Answers an export request.
pub async fn handle(service: &Service, request: Request) -> Response<Body> {
    service.metrics.came_by(Route::of(&request));
    respond(export(service, &request).await)
}

/// What is asked for.
struct Asked {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    limit: u8,
    cursor: Option<String>,
}

async fn export(service: &Service, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = authorize(request, &service.config.tokens, Scope::TransfersExport)?;
    let asked = read_query(request)?;
    let range = (asked.from, asked.to);
    let listed = export::sessions(service, &caller.project, range, asked.limit, asked.cursor.as_deref()).await;
    let (lines, listed) = lines(service, &caller.project, listed.map_err(not_listed)?).await?;
    let mut response = json_lines(&lines);
    if let Some(cursor) = listed.next_cursor {
        let headers = response.headers_mut();
        headers.insert(header::LINK, written(&asked.link(&cursor))?);
        headers.insert(NEXT_CURSOR, written(&cursor)?);
    }
    Ok(response)
}

/// As many of the sessions as fit into an answer, each a line, and the list cut behind them.
async fn lines(
    service: &Service,
    project: &ProjectId,
    listed: Listed<Overview>,
) -> Result<(Vec<String>, Listed<Overview>), Problem> {
    let (mut lines, mut bytes, mut taken) = (Vec::new(), 0, 0);
    'page: for sessions in listed.items.chunks(export::AT_ONCE) {
        for exported in export::whole(service, project, sessions).await.map_err(not_shown)? {
            if let Some(exported) = exported {
                let line = Line::text(exported, service.now()).map_err(|error| Problem::of_failure(&error, None))?;
                bytes += text_in_answer(&line);
                if bytes > MAX_PAGE_BYTES && !lines.is_empty() {
                    break 'page;
                }
                lines.push(line);
            }
            taken += 1;
        }
    }
    Ok((lines, listed.first(taken)))
}

fn read_query(request: &Request) -> Result<Asked, Problem> {
    let mut query = Query::of(request, &["from", "to", "limit", "cursor"]);
    let (from, to) = (query.one("from"), query.one("to"));
    let limit = query.one::<u8>("limit").unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        query.refuse("limit", "must be 1 to 100");
    }
    let cursor = query.one("cursor");
    match (from, to) {
        (Some(from), Some(to)) if from < to => {
            query.finish()?;
            return Ok(Asked { from, to, limit, cursor });
        }
        (Some(_), Some(_)) => query.refuse("to", "must be after `from`"),
        (None, _) => query.refuse("from", "must be a moment in RFC 3339"),
        (Some(_), None) => query.refuse("to", "must be a moment in RFC 3339"),
    }
    query.finish()?;
    Err(Problem::malformed("the query is not valid"))
}

impl Asked {
    /// The next page, relative to the request: whoever stands before the API may have given it another address.
    fn link(&self, cursor: &str) -> String {
        let [from, to] = [self.from, self.to].map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        format!("<?from={from}&to={to}&limit={}&cursor={cursor}>; rel=\"next\"", self.limit)
    }
}

fn written(text: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(text).map_err(|error| Problem::of_failure(&error, None))
}

fn not_listed(error: ListError) -> Problem {
    match error {
        ListError::InvalidCursor => Problem::new(Kind::InvalidCursor),
        ListError::Store(error) => Problem::of_failure(&error, error.retry_after()),
    }
}

fn not_shown(error: NotShown) -> Problem {
    match error {
        NotShown::Session(error) => error.into(),
        NotShown::InvalidCursor => Problem::new(Kind::InvalidCursor),
    }
}
