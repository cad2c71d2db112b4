//! Lists in pages: the token is the name of the last item, so that it holds while others come and go.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

/// The page that a request asks for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Cut {
    /// The name of EventBridge,
    limit: Option<usize>,
    /// and that of SQS.
    max_results: Option<usize>,
    next_token: Option<String>,
}

pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: NextToken,
}

/// Leads to the next page, where there is one.
pub(crate) struct NextToken(Option<String>);

impl Cut {
    /// How many items are asked for: at most, and without a wish, `maximum`. Nothing if the wish is out of bounds.
    pub(crate) fn limit(&self, maximum: usize) -> Option<usize> {
        let wanted = self.limit.or(self.max_results).unwrap_or(maximum);
        (1..=maximum).contains(&wanted).then_some(wanted)
    }

    /// The name that the page comes after: without a token the empty one, which comes before all.
    fn after(&self) -> Option<String> {
        let Some(token) = &self.next_token else { return Some(String::new()) };
        String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()
    }
}

impl NextToken {
    /// An answer with the token, if there is one.
    pub(crate) fn into_answer(self, mut answer: Value) -> Value {
        if let (Some(token), Some(fields)) = (self.0, answer.as_object_mut()) {
            fields.insert("NextToken".to_owned(), token.into());
        }
        answer
    }
}

/// The page of items that are ordered by their names. Nothing if the token was never given out.
pub(crate) fn page<'a, T>(
    items: impl Iterator<Item = &'a T>,
    name: impl Fn(&T) -> &str,
    limit: usize,
    cut: &Cut,
) -> Option<Page<&'a T>> {
    let after = cut.after()?;
    let mut items = items.skip_while(|item| name(item) <= after.as_str());
    let taken: Vec<&T> = items.by_ref().take(limit).collect();
    let more = items.next().is_some();
    let next = taken.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(name(last)));
    Some(Page { items: taken, next: NextToken(next) })
}
