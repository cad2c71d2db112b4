//! Events to the bus, commands to the queue. Either may take a call in part; a failure is named by its record.

use std::collections::VecDeque;
use std::time::Duration;

use transfer_domain::Ids;

use super::port::{Aside, Meaning, Refusal, Transport};
use super::set_aside::{Held, SettingAside};

/// How often a call with failures in it is made again for the failed entries.
const ATTEMPTS: u32 = 3;
/// The most entries that one call of either takes.
pub(crate) const MAX_ENTRIES: usize = 10;
/// The most bytes that one call of either takes, with room for what surrounds the content.
const MAX_BYTES: usize = 250 * 1024;

/// Something with the index of the record that it follows from.
#[derive(Debug, Clone)]
pub(crate) struct From<T> {
    pub(crate) record: usize,
    pub(crate) item: T,
}

/// Things that follow from one record.
pub(crate) fn from<T>(record: usize, items: Vec<T>) -> impl Iterator<Item = From<T>> {
    items.into_iter().map(move |item| From { record, item })
}

/// Sends things in order. What is refused for good is parked with its record, and all else goes on. Gives the lowest
/// record of which something must come again; of its group nothing later was sent.
pub(crate) async fn send_all<T: Transport>(
    transport: &T,
    items: &[From<T::Item>],
    setting_aside: &mut SettingAside<'_, impl Aside>,
    jitter: &dyn Ids,
) -> Option<usize> {
    let size = |item: &From<T::Item>| T::size(&item.item);
    // One of each group in a call: were there two, the second could be taken and the first not.
    let mut calls: VecDeque<_> = batches(items, size, |item| Some(T::group(&item.item).to_owned())).into();
    while let Some(call) = calls.pop_front() {
        match send_call(transport, call, setting_aside, jitter).await {
            Sent::Done => {}
            Sent::Narrow(halves) => halves.into_iter().rev().for_each(|half| calls.push_front(half)),
            Sent::Again(record) => return Some(record),
        }
    }
    None
}

/// What became of one call.
enum Sent<'a, T> {
    /// Everything was taken or parked.
    Done,
    /// The call as a whole was refused for good: what is to blame is found by halves.
    Narrow([Vec<&'a From<T>>; 2]),
    /// The lowest record of which something must come again.
    Again(usize),
}

async fn send_call<'a, T: Transport>(
    transport: &T,
    call: Vec<&'a From<T::Item>>,
    setting_aside: &mut SettingAside<'_, impl Aside>,
    jitter: &dyn Ids,
) -> Sent<'a, T::Item> {
    let mut waiting: Vec<(&From<T::Item>, Option<Refusal>)> = call.into_iter().map(|item| (item, None)).collect();
    for attempt in 0..ATTEMPTS {
        pause(attempt, jitter).await;
        let items: Vec<_> = waiting.iter().map(|(item, _)| *item).collect();
        let contents: Vec<_> = items.iter().map(|item| &item.item).collect();
        waiting = match transport.send(&contents).await {
            Ok(results) => {
                let untaken =
                    items.into_iter().zip(results).filter_map(|(item, result)| Some((item, Some(result.err()?))));
                untaken.collect()
            }
            Err(refusal) if refusal.meaning == Meaning::ForGood && items.len() > 1 => {
                tracing::warn!(what = T::WHAT, code = refusal.code, entries = items.len(), "a call is refused");
                let (first, second) = items.split_at(items.len() / 2);
                return Sent::Narrow([first.to_vec(), second.to_vec()]);
            }
            Err(refusal) => items.into_iter().map(|item| (item, Some(refusal.clone()))).collect(),
        };
        if waiting.iter().all(|(_, refusal)| refusal.as_ref().is_some_and(|it| it.meaning == Meaning::ForGood)) {
            break;
        }
    }
    give_up::<T>(waiting, setting_aside).await
}

async fn give_up<'a, T: Transport>(
    waiting: Vec<(&'a From<T::Item>, Option<Refusal>)>,
    setting_aside: &mut SettingAside<'_, impl Aside>,
) -> Sent<'a, T::Item> {
    let mut again = None;
    for (item, refusal) in waiting {
        let refusal = refusal.unwrap_or_else(|| Refusal { code: "no code".to_owned(), meaning: Meaning::Passes });
        if setting_aside.refused(item.record, T::WHAT, &refusal).await == Held::Yes {
            again = Some(again.map_or(item.record, |lowest: usize| lowest.min(item.record)));
        }
    }
    again.map_or(Sent::Done, Sent::Again)
}

/// Before a repetition: up to 100, 200 … milliseconds, so that a busy service is not asked again at once.
pub(crate) async fn pause(attempt: u32, jitter: &dyn Ids) {
    if attempt > 0 {
        tokio::time::sleep(Duration::from_millis(100 << attempt.saturating_sub(1)).mul_f64(jitter.fraction())).await;
    }
}

/// Cuts a list into calls: in order, within the limits of count and bytes, and never two of one `group` in a call.
fn batches<T, G: PartialEq>(items: &[T], size: impl Fn(&T) -> usize, group: impl Fn(&T) -> Option<G>) -> Vec<Vec<&T>> {
    let mut batches: Vec<Vec<&T>> = Vec::new();
    let mut current: Vec<&T> = Vec::new();
    let mut bytes = 0;
    for item in items {
        let meets_its_group =
            group(item).is_some_and(|mine| current.iter().any(|other| group(other).as_ref() == Some(&mine)));
        let full = current.len() == MAX_ENTRIES || bytes + size(item) > MAX_BYTES;
        if !current.is_empty() && (full || meets_its_group) {
            batches.push(std::mem::take(&mut current));
            bytes = 0;
        }
        bytes += size(item);
        current.push(item);
    }
    if !current.is_empty() {
        batches.push(current);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_full_at_ten_entries_or_at_the_byte_limit() {
        let items: Vec<usize> = vec![1; 23];
        let sizes: Vec<_> = batches(&items, |size| *size, |_| None::<()>).iter().map(Vec::len).collect();
        assert_eq!(sizes, [10, 10, 3]);
        let items = [MAX_BYTES - 1, 2, MAX_BYTES + 5, 1];
        let sizes: Vec<_> = batches(&items, |size| *size, |_| None::<()>).iter().map(Vec::len).collect();
        assert_eq!(sizes, [1, 1, 1, 1]);
    }

    #[test]
    fn two_of_one_group_never_share_a_call_and_keep_their_order() {
        let items = ["a1", "b1", "a2", "c1", "a3"];
        let cut = batches(&items, |_| 1, |item| item.chars().next());
        assert_eq!(cut, [vec![&"a1", &"b1"], vec![&"a2", &"c1"], vec![&"a3"]]);
    }
}
