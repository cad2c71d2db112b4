//! Interactions go as `multipart/form-data` (RFC 7578) with one part, also without a file.

use url::Url;

use crate::CallError;
use crate::client::Call;
use crate::reading::digest;

/// A POST of one JSON part named `json`. The boundary is a digest of the part, which therefore cannot contain it.
pub(super) fn post(url: Url, json: &str) -> Result<Call, CallError> {
    let boundary = digest(&[json]);
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"json\"\r\nContent-Type: application/json\r\n\r\n\
         {json}\r\n--{boundary}--\r\n"
    );
    Call::post(url, &format!("multipart/form-data; boundary={boundary}"), body.into_bytes())
}
